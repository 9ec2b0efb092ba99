"""Fetch the rows behind an answer by the bare driver and do nothing with them: what no way of reading can go below.

Nothing is joined, grouped, averaged or written as JSON here; of what the other sides do, this is the part that is left.
"""

from typing import Any

from django.db import connections, router

from shop.models import Book

_BOOKS = "SELECT id, title, isbn, price, published, in_print, author_id, publisher_id FROM shop_book"
_INSIDE = "SELECT id FROM shop_book WHERE id >= %s ORDER BY id LIMIT 50"
_REVIEWS = "SELECT id, user_name, stars, body FROM shop_review WHERE book_id"
_TAGS = "SELECT tag_id FROM shop_book_tags WHERE book_id"


def fetch_page(first: int) -> bytes:
    """Fetch 50 books, their reviews and the keys of their tags."""
    _fetch(f"{_BOOKS} WHERE id >= %s ORDER BY id LIMIT 50", first)
    _fetch(f"{_REVIEWS} IN ({_INSIDE})", first)
    _fetch(f"{_TAGS} IN ({_INSIDE})", first)
    return b""


def fetch_one(key: int) -> bytes:
    """Fetch one book, its reviews and the keys of its tags."""
    for text in (f"{_BOOKS} WHERE id = %s", f"{_REVIEWS} = %s", f"{_TAGS} = %s"):
        _fetch(text, key)
    return b""


def _fetch(text: str, key: int) -> None:
    connection: Any = connections[router.db_for_read(Book)]
    connection.ensure_connection()
    spelled = text.replace("%s", "?") if connection.vendor == "sqlite" else text
    connection.connection.execute(spelled, (key,)).fetchall()
