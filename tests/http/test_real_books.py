"""The 10,000 real books are the same from SQLite, from PostgreSQL, and from a plain ORM loop."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Avg, Count

from shop.models import Book
from tests.http.client import on_each_database, walk
from tests.support.oracle import comparable

CSV = Path(os.environ.get("BOOKS_CSV", Path(__file__).parents[3] / "shared/data/goodbooks/books.csv"))


def _orm_loop() -> list[Any]:
    """What /api/books shows, by hand."""
    books = Book.objects.order_by("id").select_related("author").prefetch_related("tags", "reviews")
    counted = books.annotate(review_count=Count("reviews"), avg_stars=Avg("reviews__stars"))
    return [_document(book) for book in counted]


def _document(book: Any) -> dict[str, Any]:
    return {
        "id": book.id,
        "title": book.title,
        "isbn": book.isbn,
        "price": str(book.price),
        "published": book.published and book.published.isoformat(),
        "in_print": book.in_print,
        "author": {"id": book.author.id, "name": book.author.name},
        "tags": [{"id": tag.id, "name": tag.name} for tag in sorted(book.tags.all(), key=lambda tag: tag.id)],
        "reviews": [],
        "review_count": book.review_count,
        "avg_stars": book.avg_stars,
    }


def _without_keys(document: Any) -> Any:
    """Leave the keys out, which go on counting where earlier tests of this process have stopped."""
    if isinstance(document, dict):
        return {name: _without_keys(value) for name, value in document.items() if name != "id"}
    return [_without_keys(one) for one in document] if isinstance(document, list) else document


@pytest.mark.skipif(not CSV.exists(), reason="the CSV of real books is not beside the repository; set BOOKS_CSV")
@pytest.mark.django_db(databases="__all__")
def test_ten_thousand_real_books_are_the_same_everywhere(statements: Any) -> None:
    """Non-Latin titles, missing years, many authors: followed page by page, one statement a page."""
    walks = []
    for connection in on_each_database():
        call_command("load_books", str(CSV), database=connection.alias, stdout=StringIO())
        statements.clear()
        walks.append(comparable(list(walk("/api/books?limit=200"))))
        assert len(statements) == len(walks[-1]) / 200
        assert walks[-1] == comparable(_orm_loop())
    assert len(walks[0]) == 10_000
    assert _without_keys(walks[0]) == _without_keys(walks[1])
