"""Every question in the documentation is asked, on both databases, and answered as its page says."""

import json
import re
from typing import Any

import pytest
from django.db.models import Avg, Count, F, Q

from nuages.declare.spec import Operand
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.parse.lookups import lookups_of
from nuages.parse.values import READERS
from shop.models import Author, Book, Publisher, Review, Tag
from tests.docs.asked import QUESTIONS, Asked, asked_on, documented_api, is_shown, send
from tests.docs.blocks import PAGES
from tests.docs.shelf import fill_shelf
from tests.http.client import on_each_database

ELSEWHERE = {
    "README.md",
    "accounts.md",
    "writes.md",
    "actions.md",
    "endpoints.md",
    "from-fastapi.md",
    "inputs.md",
    "logins.md",
    "errors.md",
    "second-factor.md",
    "webhooks.md",
}  # whose requests are sent in order, by tests of their own
ASKED = {page.name: found for page in PAGES if page.name not in ELSEWHERE and (found := asked_on(page))}
ORM = {one.__name__: one for one in (Avg, Count, F, Q, Author, Book, Publisher, Review, Tag)}


def test_the_pages_ask() -> None:
    """The examples are found."""
    assert set(ASKED) >= {"questions.md", "pages.md", "filter-language.md", "aggregates.md", "from-django-filter.md"}


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("page", ASKED)
def test_the_questions_of_a_page_are_answered_as_shown(page: str) -> None:
    """200, or the refusal that the page names; the same from both databases, and as its queryset has it."""
    answers: dict[str, list[Any]] = {}
    for connection in on_each_database():
        fill_shelf()
        for question in ASKED[page]:
            if connection.vendor == "postgresql" or "/listings" not in question.line:
                answers.setdefault(str(question), []).append(_answer(question))
    for text, (first, *others) in answers.items():
        assert all(other == first for other in others), text


def _answer(question: Asked) -> Any:
    response = send(documented_api(), question)
    document = json.loads(bytes(response.body))
    assert response.status == (400 if question.code else 200), (question, document)
    assert document.get("type", "").rpartition(":")[2] == question.code, (question, document)
    assert not question.shown or is_shown(json.loads(question.shown), document), (question, document)
    if question.queryset:
        rows = eval(f"Book.objects.{question.queryset}", dict(ORM))
        assert {item["id"] for item in document["items"]} == set(rows.values_list("pk", flat=True)) != set(), question
    return document.get("items", document)


def _sent(method: str, target: str, body: bytes = b"", **headers: str) -> Response:
    path, _, query = target.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return documented_api().handle(Request(method, path, query, named, "/api", read=lambda size: body[:size]))


@pytest.mark.django_db(databases=["default"])
def test_the_validators_and_the_bodies_of_the_page_on_http() -> None:
    """304 by tag or by date, and what a QUERY's body may not be."""
    fill_shelf()
    for method, target in [("GET", "/books"), ("HEAD", "/books/1"), ("GET", "/books/1"), ("GET", "/")]:
        etag = dict(_sent(method, target).headers)["ETag"]
        again = _sent(method, target, if_none_match=etag)
        assert (again.status, bytes(again.body), dict(again.headers)["ETag"]) == (304, b"", etag)
    changed = dict(_sent("GET", "/books/1").headers)["Last-Modified"]
    assert changed == "Wed, 01 May 2024 09:30:00 GMT"
    assert _sent("GET", "/books/1", if_modified_since=changed).status == 304
    assert _sent("GET", "/books/1", if_modified_since=changed, if_none_match='"another"').status == 200
    assert (
        dict(_sent("OPTIONS", "/books").headers)["Accept-Query"]
        == "application/json, application/x-www-form-urlencoded"
    )
    form = _sent("QUERY", "/books", b"price=12&fields=id", content_type="application/x-www-form-urlencoded")
    assert [item["id"] for item in json.loads(bytes(form.body))["items"]] == [1, 4]
    assert _sent("QUERY", "/books", b"a,b", content_type="text/csv").status == 415
    assert _sent("QUERY", "/books", b"{}").status == 415
    assert _sent("QUERY", "/books", b" " * 65_537, content_type="application/json").status == 413


def _table(heading: str) -> list[list[str]]:
    lines = QUESTIONS.read_text().split(f"| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _lookups(cell: str) -> set[str]:
    """The lookups that a cell names; `year` and `(__gt ...)` behind it stand for all of its comparisons."""
    names: set[str] = set()
    for part, compared, ranged, listed in re.findall(r"`(\w+)`( \[c\])?( \[r\])?( \[in\])?", cell):
        names |= {part}
        names |= {f"{part}__{how}" for how in ("gt", "gte", "lt", "lte") if compared}
        names |= {f"{part}__range"} if ranged else set()
        names |= {f"{part}__in"} if listed else set()
    return names


def test_the_table_of_lookups_is_that_of_the_code() -> None:
    """Each kind has just the lookups that its row names."""
    shown: dict[str, set[str]] = {}
    for kinds, lookups in _table("kind | lookups"):
        for kind in re.findall(r"`(\w+)`", kinds):
            shown.setdefault(kind, set()).update(_lookups(lookups))
    bare = {"json"}
    for kind, names in shown.items():
        known = {lookup.suffix for lookup in lookups_of(Operand("x", kind, None, nullable=True))}
        assert ("" in known) == (kind not in bare)
        assert names == known - {"", "exact", "isnull"}, kind


def test_the_table_of_values_is_that_of_the_code() -> None:
    """Each spelling is read, as the kind of its row."""
    for kinds, spelled in _table("kind | spelled"):
        for kind in re.findall(r"`(\w+)`", kinds):
            assert [READERS[kind](text) for text in re.findall(r"`([^`]+)`", spelled)]
