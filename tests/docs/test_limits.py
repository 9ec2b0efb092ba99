"""The page about limits: its API is built as it stands, and what it shows of the wire is what is sent."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nuages import API
from nuages.http.request import Request
from nuages.limit import limiter
from nuages.limit.counts import Counts
from nuages.limit.table import Table
from shop.models import Book

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "limits.md").read_text()


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def _read(api: API) -> Any:
    return api.handle(Request("GET", "/books", "", {}, peer="192.0.2.1"))


def test_the_api_of_the_page_says_what_the_page_shows(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policies to the letter; of what is left, the names; and the members of a refusal."""
    table = Table()
    monkeypatch.setattr(limiter, "counts", lambda: Counts(table, table))
    there: dict[str, Any] = {"Book": Book}
    exec(_block("python"), there)  # the page's own words
    shown = dict(line.split(": ", 1) for line in _block("text").splitlines())
    first = _read(there["api"])
    assert first.header("RateLimit-Policy") == shown["RateLimit-Policy"]
    names = re.compile(r'"([^"]+)";r=\d+;t=\d+')
    assert names.findall(first.header("RateLimit") or "") == names.findall(shown["RateLimit"])
    refused = next(answer for answer in (_read(there["api"]) for _ in range(60)) if answer.status == 429)
    assert json.loads(_block("json")).keys() - {"..."} <= json.loads(refused.body).keys()
