"""The page on coming from FastAPI shows what both halves of it really answer, and no longer functions for Nuages."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nuages import API
from nuages.http.request import Request
from tests.docs.asked import is_shown
from tests.docs.blocks import ROOT, blocks
from tests.docs.test_written import Message, message

PAGE = ROOT / "docs/explanation/from-fastapi.md"
PYTHON = os.environ.get("NUAGES_FASTAPI_PYTHON", "")  # of an environment with fastapi, python-multipart and httpx


def halves(title: str) -> list[str]:
    """The blocks of one half, in the order of the page."""
    return [block.text for block in blocks(PAGE) if block.text.startswith(f"# {title}\n")]


def exchanges() -> list[tuple[Message, Message, Message]]:
    """Each request with FastAPI's answer and ours."""
    messages = [message(block.text) for block in blocks(PAGE) if block.language == "http"]
    return list(zip(messages[::3], messages[1::3], messages[2::3], strict=True))


def raw_of(asked: Message) -> str:
    """The body as it is sent: the lines of a form end as RFC 2046 has it."""
    is_form = "multipart" in asked.headers.get("content-type", "")
    return asked.body.replace("\n", "\r\n") + "\r\n" if is_form else asked.body


def test_a_function_takes_no_more_lines_for_nuages() -> None:
    """Each of them, imports included."""
    theirs, ours = halves("FastAPI"), halves("Nuages")
    assert len(theirs) == len(ours) == 7
    lines = [(len(one.splitlines()), len(other.splitlines())) for one, other in zip(theirs, ours, strict=True)]
    assert all(one >= other for one, other in lines), lines


def test_nuages_answers_as_shown(database: Any) -> None:
    """The whole document, but for the request's id."""
    scope: dict[str, Any] = {"__name__": "shop.from_fastapi"}
    exec(compile("\n".join(halves("Nuages")), str(PAGE), "exec"), scope)
    api: API = scope["api"]
    for asked, _, shown in exchanges():
        method, _, target = asked.line.partition(" ")
        path, _, query = target.partition("?")
        raw = raw_of(asked).encode()
        headers = {**asked.headers, "content-length": str(len(raw))}
        response = api.handle(Request(method, path, query, headers, read=lambda size, raw=raw: raw[:size]))
        assert response.status == int(shown.line.split()[1]), response.body
        assert is_shown(json.loads(shown.body), json.loads(response.body)), response.body


@pytest.mark.skipif(not PYTHON, reason="NUAGES_FASTAPI_PYTHON names no interpreter that has FastAPI")
def test_fastapi_answers_as_shown() -> None:
    """The whole document."""
    found = exchanges()
    requests = [
        {
            "method": asked.line.split()[0], "url": asked.line.split()[1], "body": raw_of(asked),
            "headers": asked.headers,
        }
        for asked, _, _ in found
    ]  # fmt: skip
    given = json.dumps({"code": "\n".join(halves("FastAPI")), "requests": requests})
    script = Path(__file__).with_name("from_fastapi.py")
    done = subprocess.run([PYTHON, str(script)], input=given, capture_output=True, text=True, check=True, timeout=120)
    for answer, (_, shown, _) in zip(json.loads(done.stdout), found, strict=True):
        assert answer == {"status": int(shown.line.split()[1]), "body": json.loads(shown.body)}
