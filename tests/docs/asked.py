"""Find the questions that a page of documentation shows, and what it says of their answers.

Shapes: a block marked `http` is a request, and a block marked `json` right behind it its answer, in which "..." stands
    for anything. In a table, each code in a column "ask" is a request or the query of one to /api/books; each in a
    column "filter" is a filter, and in a column "tree" the same filter as JSON. What must hold of their answers stands
    in the other columns: "in Django" the queryset that leaves the same rows, "answer" the code of the refusal.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nuages import API, Resource, anyone
from nuages.http.request import Request
from nuages.http.response import Response
from tests.docs.blocks import ROOT, blocks
from tests.zoo.models import Listing, Specimen

QUESTIONS = ROOT / "docs/reference/questions.md"
BOOKS = "GET /api/books"
_REQUEST = re.compile(r"^```http\n(.*?)^```\n(?:\n?```json\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_SAFE = "=&%,()!:"


@dataclass(frozen=True)
class Asked:
    """One question of a page.

    Shapes: `line` is "METHOD /api/path?query", not yet percent-encoded; `code` is that of a problem, "" for a 200;
        `queryset` and `shown` are what the page says that the answer is, "" where it says nothing.
    """

    page: str
    line: str
    body: str = ""
    code: str = ""
    queryset: str = ""
    shown: str = ""

    def __str__(self) -> str:
        return f"{self.page}: {self.line} {self.body}".strip()


@cache
def documented_api() -> API:
    """The API that docs/reference/questions.md declares, and the kinds of fields that the bookshop does not have."""
    source = next(block.text for block in blocks(QUESTIONS) if block.text.startswith("# shop/api.py"))
    scope: dict[str, Any] = {"__name__": "shop.documented"}
    exec(compile(source, str(QUESTIONS), "exec"), scope)
    api: API = scope["api"]

    @api.resource(Specimen)
    class Specimens(Resource):
        fields = ["id"]
        filters = ["json", "json__color", "json__owner__name", "duration", "time", "uuid", "address", "float", "big"]
        rules = {"read": anyone}

    @api.resource(Listing)
    class Listings(Resource):
        fields = ["id"]
        filters = ["numbers", "span", "days"]
        rules = {"read": anyone}

    return api


def asked_on(page: Path) -> list[Asked]:
    """Every question of a page, in order."""
    text = page.read_text()
    return [*_blocks(page.name, text), *(found for table in tables(text) for found in _rows(page.name, table))]


def send(api: API, question: Asked) -> Response:
    """Ask an API, as its server would."""
    method, _, target = question.line.partition(" ")
    path, _, query = target.partition("?")
    raw = question.body.encode()
    headers = {"x-request-id": "one-for-all"}
    headers |= {"content-type": "application/json", "content-length": str(len(raw))} if raw else {}
    path = path.removeprefix("/api")
    return api.handle(Request(method, path, quote(query, safe=_SAFE), headers, "/api", read=lambda size: raw[:size]))


def is_shown(shown: Any, found: Any) -> bool:
    """Whether an answer is what a page shows; "..." stands for anything, also at the end of a text.

    A problem's `request_id`, which is another each time, need not be shown.
    """
    if isinstance(shown, dict):
        if "request_id" not in shown and isinstance(found, dict):
            found = {name: value for name, value in found.items() if name != "request_id"}
        return (
            isinstance(found, dict) and list(shown) == list(found) and all(is_shown(shown[n], found[n]) for n in shown)
        )
    if isinstance(shown, list):
        return isinstance(found, list) and len(shown) == len(found) and all(map(is_shown, shown, found))
    if isinstance(shown, str) and shown.endswith("..."):
        return shown == "..." or (isinstance(found, str) and found.startswith(shown[:-3]))
    return bool(shown == found)


def tables(text: str) -> Iterator[list[dict[str, str]]]:
    """The tables of a page: each row by the heads of its columns."""
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        header, _, *rows = [_cells(line) for line in block.splitlines()]
        yield [dict(zip(header, row, strict=True)) for row in rows]


def codes(cell: str) -> list[str]:
    """The codes in a cell."""
    return _CODE.findall(cell)


def _blocks(page: str, text: str) -> Iterator[Asked]:
    for match in _REQUEST.finditer(text):
        line, _, body = match[1].partition("\n\n")
        shown = match[2] or ""
        document = json.loads(shown) if shown else {}
        code = document.get("type", "").removeprefix("urn:nuages:problem:") if document.get("status") == 400 else ""
        yield Asked(page, line.strip(), body.strip(), code, shown=shown)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def _rows(page: str, rows: list[dict[str, str]]) -> Iterator[Asked]:
    for row in rows:
        says = Asked(page, BOOKS, code=_only(row.get("answer", "")), queryset=_only(row.get("in Django", "")))
        for text in codes(row.get("ask", "")):
            yield replace(says, line=text if text.startswith(("GET ", "QUERY ")) else f"{BOOKS}?{text}")
        for text in codes(row.get("filter", "")):
            yield replace(says, line=f"{BOOKS}?filter={text.replace('&', '%26').replace('=', '%3D')}")
        for text in codes(row.get("tree", "")):
            yield replace(says, line="QUERY /api/books", body=f'{{"filter": {text}}}')


def _only(cell: str) -> str:
    return next(iter(codes(cell)), "")
