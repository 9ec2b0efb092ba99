"""The requests that pages on changing things show are sent, in order, and answered as shown, on both databases."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management.color import no_style

from nuages import API
from nuages.http.request import Request
from shop.models import Author, Book, Review, Tag
from tests.docs.asked import is_shown
from tests.docs.blocks import ROOT, blocks
from tests.docs.shelf import fill_shelf

WRITES, ACTIONS, ERRORS, ENDPOINTS, INPUTS = (
    ROOT / "docs/reference" / name for name in ("writes.md", "actions.md", "errors.md", "endpoints.md", "inputs.md")
)
METHODS = {
    WRITES: {"POST", "PUT", "PATCH", "DELETE"},
    ACTIONS: {"POST", "GET"},
    ERRORS: {"GET", "POST"},
    ENDPOINTS: {"GET", "POST", "PUT", "DELETE"},
    INPUTS: {"GET", "POST", "PUT"},
}


@dataclass(frozen=True)
class Message:
    """A request or an answer as a page shows it: its first line, its headers, its body."""

    line: str
    headers: dict[str, str]
    body: str


def message(text: str) -> Message:
    """Read a request or an answer."""
    head, _, body = text.partition("\n\n")
    line, *headers = head.strip().splitlines()
    return Message(line, {name.lower(): said for name, said in (one.split(": ", 1) for one in headers)}, body.strip())


def _exchanges(page: Path) -> list[tuple[Message, Message]]:
    messages = [message(block.text) for block in blocks(page) if block.language == "http"]
    return list(zip(messages[::2], messages[1::2], strict=True))


@cache
def _documented_api(page: Path) -> API:
    """The API that a page declares."""
    source = next(block.text for block in blocks(page) if block.text.startswith("# shop/api.py"))
    scope: dict[str, Any] = {"__name__": f"shop.documented_{page.stem}"}
    exec(compile(source, str(page), "exec"), scope)
    api: API = scope["api"]
    return api


of_each_page = pytest.mark.parametrize("page", METHODS, ids=lambda page: page.name)


def _set_sequences(connection: Any) -> None:
    """Let the next key be the one behind the shelf's own."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Author, Book, Review, Tag]):
            cursor.execute(sql)


@of_each_page
def test_what_is_sent_is_answered_as_shown(page: Path, database: Any) -> None:
    """Status, the headers that the page shows, and every member of the body."""
    api = _documented_api(page)
    fill_shelf()
    _set_sequences(database)
    for asked, shown in _exchanges(page):
        method, _, target = asked.line.partition(" ")
        is_form = "multipart" in asked.headers.get("content-type", "")
        raw = (asked.body.replace("\n", "\r\n") + "\r\n" if is_form else asked.body).encode()
        headers = {**asked.headers, "content-length": str(len(raw))}
        path, _, query = target.removeprefix("/api").partition("?")
        response = api.handle(Request(method, path, query, headers, "/api", read=lambda size, raw=raw: raw[:size]))
        assert response.status == int(shown.line.split()[1]), (asked, response.body)
        for name, said in shown.headers.items():
            assert {key.lower(): value for key, value in response.headers}[name] == said
        assert bool(response.body) == bool(shown.body), asked
        assert not shown.body or is_shown(json.loads(shown.body), json.loads(response.body)), (asked, response.body)


@of_each_page
def test_the_page_has_an_example_of_each_section(page: Path) -> None:
    """None is lost by a slip in its marks, and each method is among them."""
    exchanges = _exchanges(page)
    methods = [asked.line.split()[0] for asked, _ in exchanges]
    assert len(methods) >= 5
    assert set(methods) == METHODS[page]
    assert all(re.match(r"HTTP/1\.1 \d{3} ", shown.line) for _, shown in exchanges)


def test_the_logging_of_the_page_on_errors_is_understood() -> None:
    """Python takes it, and its lines have the id."""
    source = next(block.text for block in blocks(ERRORS) if block.text.startswith("# settings.py"))
    code = f"{source}\nimport logging, logging.config\nlogging.config.dictConfig(LOGGING)\nlogging.error('no')"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"\S+ \S+ ERROR \[\] root: no\n", done.stderr), done.stderr


def test_a_hook_of_the_page_runs(database: Any) -> None:
    """What it adds is stored, and what the client may not send is not."""
    api = _documented_api(WRITES)
    fill_shelf()
    _set_sequences(database)
    raw = json.dumps({"book": 1, "user_name": "Dot", "stars": 5, "body": "Yes."}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(raw))}
    api = _documented_api(WRITES)
    response = api.handle(Request("POST", "/reviews", "", headers, "/api", read=lambda size: raw[:size]))
    assert response.status == 201, response.body
    assert Review.objects.get(user_name="Dot").user is None
