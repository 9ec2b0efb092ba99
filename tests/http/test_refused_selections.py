"""A selection that names what is not declared is refused, quickly and before any statement."""

import time
from typing import Any

import pytest
from django.db.models import Q

from nuages import API, nested
from shop.models import Author, Book, Review
from tests.http.asking import refusal, serve
from tests.support.patience import HANGING_S

FIELDS = [
    "id",
    "title",
    nested("author", "id", "name", nested("books", "id", optional=True)),
    nested("reviews", "id", nested("book", "id", optional=True), optional=True),
]


@pytest.fixture
def api(database: Any) -> API:
    """No row is needed: nothing is asked."""
    authors = {"fields": ["id", "born"], "rules": {"read": lambda _: Q(country="FR")}}
    api = serve(books=(Book, {"fields": FIELDS}), authors=(Author, authors), reviews=(Review, {"fields": ["id"]}))
    api.build()
    return api


# the parameter, the code, and the nearest name or another part of the sentence
WRONG = {
    "fields=titl": ("fields", "unknown-field", "'title'"),
    "fields=isbn": ("fields", "unknown-field", "'isbn'"),
    "fields=created_at": ("fields", "unknown-field", ""),
    "fields=author.born": ("fields", "unknown-field", ""),
    "fields=author.nam": ("fields", "unknown-field", "'name'"),
    "fields=author.password": ("fields", "unknown-field", ""),
    "fields=author_id": ("fields", "unknown-field", ""),
    "fields=author__name": ("fields", "unknown-field", ""),
    "fields=title.x": ("fields", "unknown-field", "no fields of its own"),
    "fields=author.": ("fields", "unknown-field", ""),
    "fields=id,": ("fields", "unknown-field", ""),
    "fields=*": ("fields", "unknown-field", ""),
    "fields=%20": ("fields", "unknown-field", ""),
    "fields=__class__": ("fields", "unknown-field", ""),
    "fields=reviews.book.title": ("fields", "unknown-field", ""),
    "fields=reviews.user": ("fields", "unknown-field", ""),
    "include=review": ("include", "unknown-relation", "'reviews'"),
    "include=coauthors": ("include", "unknown-relation", ""),
    "include=title": ("include", "unknown-relation", ""),
    "include=author.publisher": ("include", "unknown-relation", ""),
    "include=reviews.user": ("include", "unknown-relation", ""),
    "include=reviews.book.author": ("include", "unknown-relation", ""),
    "fields=id&fields=title": ("fields", "repeated-parameter", ""),
    "fields=" + ".".join(["author"] * 50): ("fields", "too-deep", ""),
    "include=" + ".".join(["author", "books"] * 25): ("include", "too-deep", ""),
    "include=" + ".".join(["author", "books"] * 3): ("include", "unknown-relation", ""),
    "fields=" + ",".join(f"n{n}" for n in range(10_000)): ("fields", "too-many-names", ""),
    "fields=" + "," * 60_000: ("fields", "too-many-names", ""),
    "fields=" + "." * 60_000: ("fields", "too-deep", ""),
    "fields=" + "x" * 60_000: ("fields", "unknown-field", "..."),
}


@pytest.mark.parametrize("question", WRONG, ids=lambda question: question[:40])
@pytest.mark.parametrize("path", ["/books", "/books/1"])
def test_what_is_not_declared_is_refused_unasked(path: str, question: str, api: API, statements: Any) -> None:
    """Hidden and unknown names alike; however long the text, it ends."""
    parameter, code, hint = WRONG[question]
    statements.clear()
    started = time.process_time()
    status, found, detail = refusal(api, f"{path}?{question}")
    assert time.process_time() - started < HANGING_S
    assert (status, found, statements) == (400, code, []), detail
    assert hint in detail
    assert detail.startswith((f"{parameter}:", f"'{parameter}'"))
    assert len(detail) < 300


def test_a_member_takes_nothing_else(api: API, statements: Any) -> None:
    """No filter, no count."""
    statements.clear()
    for question in ("price=1", "limit=1", "count=exact", "order=id", "cursor=", "group=x", "filter=id=1", "search=x"):
        assert refusal(api, f"/books/1?{question}")[:2] == (400, "unknown-parameter"), question
    assert statements == []
