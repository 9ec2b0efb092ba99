"""Plain rows by asyncpg, made into documents in Python: few short queries, dicts, orjson. As an expert writes it."""

from typing import Any

import asyncpg
import orjson

from by_hand.statements import search_rows

_BOOK = "b.id, b.title, b.isbn, b.price, b.published, b.in_print, b.created_at"
_COLUMNS = f"SELECT {_BOOK}, b.author_id, a.name AS author_name, b.publisher_id, p.name AS publisher_name FROM "
_JOINS = " b JOIN shop_author a ON a.id = b.author_id JOIN shop_publisher p ON p.id = b.publisher_id "
_TAGS = "SELECT bt.book_id, t.id, t.name FROM shop_book_tags bt JOIN shop_tag t ON t.id = bt.tag_id "
_ONE = f"{_COLUMNS}shop_book{_JOINS}WHERE b.id = $1"
_ONE_TAGS = f"{_TAGS}WHERE bt.book_id = $1 ORDER BY t.id"
_FLAT = f"SELECT {_BOOK}, b.author_id, b.publisher_id FROM shop_book b ORDER BY b.id LIMIT $1 OFFSET $2"
# The page is cut before the joins.
_FULL = f"{_COLUMNS}(SELECT * FROM shop_book ORDER BY id LIMIT $1 OFFSET $2){_JOINS}ORDER BY b.id"
_FULL_TAGS = f"{_TAGS}WHERE bt.book_id = ANY($1::bigint[]) ORDER BY t.id"
_FULL_REVIEWS = (
    "SELECT book_id, id, user_name, stars, body, created_at FROM shop_review "
    "WHERE book_id = ANY($1::bigint[]) ORDER BY id"
)
_NEW_REVIEW = (
    "INSERT INTO shop_review (book_id, user_name, stars, body, created_at) VALUES ($1, $2, $3, $4, now()) "
    "RETURNING id, book_id AS book, user_name, stars, body, created_at"
)
_FOUND = f"{_BOOK}, b.publisher_id, b.author_id, a.name AS author_name"


def encode(document: Any) -> bytes:
    """Write JSON; decimals as texts."""
    return orjson.dumps(document, default=str)


async def one_book(connection: asyncpg.Connection, key: int) -> bytes | None:
    """Read one book with its author, publisher and tags; None if there is none."""
    row = await connection.fetchrow(_ONE, key)
    if row is None:
        return None
    tags = await connection.fetch(_ONE_TAGS, key)
    return encode({**_nested(row), "tags": [{"id": tag, "name": name} for _, tag, name in tags]})


async def flat_page(connection: asyncpg.Connection, size: int, offset: int) -> bytes:
    """Read a page of books without their relations."""
    return encode([dict(row) for row in await connection.fetch(_FLAT, size, offset)])


async def full_page(connection: asyncpg.Connection, size: int, offset: int) -> bytes:
    """Read a page of books with everything around them."""
    books = {row["id"]: _nested(row) for row in await connection.fetch(_FULL, size, offset)}
    for book in books.values():
        book["tags"], book["reviews"] = [], []
    keys = list(books)
    for key, tag, name in await connection.fetch(_FULL_TAGS, keys):
        books[key]["tags"].append({"id": tag, "name": name})
    for key, review, user_name, stars, body, created_at in await connection.fetch(_FULL_REVIEWS, keys):
        one = {"id": review, "user_name": user_name, "stars": stars, "body": body, "created_at": created_at}
        books[key]["reviews"].append(one)
    for book in books.values():
        stars = [review["stars"] for review in book["reviews"]]
        book["review_count"] = len(stars)
        book["avg_stars"] = sum(stars) / len(stars) if stars else None
    return encode(list(books.values()))


async def found_books(connection: asyncpg.Connection, asked: dict[str, Any]) -> bytes:
    """Read the books that the search finds."""
    values = (asked["country"], asked["min_price"], asked["max_price"], asked["tag"])
    shape = (*(one is not None for one in values), asked["ordering"])
    text = search_rows(shape, columns=_FOUND).format(before="", after="")
    books = []
    for row in await connection.fetch(text, *(one for one in values if one is not None)):
        book = dict(row)
        book["author"] = {"id": book.pop("author_id"), "name": book.pop("author_name")}
        books.append(book)
    return encode(books)


async def new_review(connection: asyncpg.Connection, review: Any) -> bytes:
    """Write a review.

    Raises: asyncpg.ForeignKeyViolationError if there is no such book.
    """
    row = await connection.fetchrow(_NEW_REVIEW, review.book, review.user_name, review.stars, review.body)
    return encode(dict(row))


def _nested(row: asyncpg.Record) -> dict[str, Any]:
    key, title, isbn, price, published, in_print, created_at, author, author_name, publisher, publisher_name = row
    return {
        "id": key,
        "title": title,
        "isbn": isbn,
        "price": price,
        "published": published,
        "in_print": in_print,
        "created_at": created_at,
        "author": {"id": author, "name": author_name},
        "publisher": {"id": publisher, "name": publisher_name},
    }
