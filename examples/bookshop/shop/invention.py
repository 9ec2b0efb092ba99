"""Turn a number of books and a seed into the rows of a whole shop, every key and value the same each time.

Nothing here touches the database or the clock. Each table draws from its own generator, so a change in how one table
is made leaves all others as they were. Rows are tuples, not model instances: making those takes longer than storing.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from django.db import models

from shop import vocabulary as words
from shop.isbn import check_digit
from shop.models import Author, Book, Publisher, Review, Tag

_OPENED = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_OPEN_MS = 5 * 365 * 24 * 3600 * 1000
_OLDEST_BOOK = dt.date(1950, 1, 1)
_OLDEST_AUTHOR = dt.date(1900, 1, 1)
_MOST_COPIES, _LAST_COPIES = 60, 4  # of a book in print, and of one that is not; some are sold out

Row = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows of each kind a shop of so many books has."""

    books: int
    authors: int
    publishers: int
    tags: int
    reviews: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one table, made one by one as they are asked for, each with its values in the order of `columns`."""

    label: str
    model: type[models.Model]
    columns: str
    count: int
    rows: Iterable[Row]


def plan_sizes(books: int) -> Sizes:
    """Scale the shop: 10 books an author, 100 a publisher, 5 reviews a book; a small shop still has some of each."""
    return Sizes(
        books=books,
        authors=max(5, books // 10),
        publishers=max(2, books // 100),
        tags=min(100, max(10, books // 20)),
        reviews=5 * books,
    )


def invent_tables(sizes: Sizes, seed: int) -> Iterator[Table]:
    """Give all tables, parents before children."""
    wrote = _draw_authors(_generator(seed, "who wrote what"), sizes)
    coauthors = list(_make_coauthors(_generator(seed, "coauthors"), sizes, wrote))  # how many, chance decides
    yield Table(
        label="authors",
        model=Author,
        columns="id name country born",
        count=sizes.authors,
        rows=_make_authors(_generator(seed, "authors"), sizes),
    )
    yield Table(
        label="publishers",
        model=Publisher,
        columns="id name",
        count=sizes.publishers,
        rows=_make_publishers(_generator(seed, "publishers"), sizes),
    )
    yield Table(label="tags", model=Tag, columns="id name", count=sizes.tags, rows=_make_tags(sizes))
    yield Table(
        label="books",
        model=Book,
        columns="id title isbn price cost published in_print created_at author_id publisher_id stock",
        count=sizes.books,
        rows=_make_books(_generator(seed, "books"), _generator(seed, "costs"), _generator(seed, "stock"), sizes, wrote),
    )
    yield Table(
        label="tag links",
        model=Book.tags.through,
        columns="id book_id tag_id",
        count=3 * sizes.books,
        rows=_make_tag_links(_generator(seed, "tag links"), sizes),
    )
    yield Table(
        label="coauthors",
        model=Book.coauthors.through,
        columns="id book_id author_id",
        count=len(coauthors),
        rows=coauthors,
    )
    yield Table(
        label="reviews",
        model=Review,
        columns="id book_id user_name stars body created_at",
        count=sizes.reviews,
        rows=_make_reviews(_generator(seed, "reviews"), sizes),
    )


def _generator(seed: int, table: str) -> Random:
    return Random(f"{seed} {table}")  # a text is hashed with SHA-512: the same on every machine and Python


def _draw(rng: Random, below: int) -> int:
    return int(rng.random() * below)  # a third of randrange's time, and nobody gambles on these numbers


def _pick(rng: Random, choices: Sequence[T]) -> T:
    return choices[_draw(rng, len(choices))]


def _pick_name(rng: Random) -> str:
    return f"{_pick(rng, words.GIVEN_NAMES)} {_pick(rng, words.FAMILY_NAMES)}"


def _pick_time(rng: Random) -> dt.datetime:
    return _OPENED + dt.timedelta(milliseconds=_draw(rng, _OPEN_MS))  # no database loses a millisecond


def _draw_authors(rng: Random, sizes: Sizes) -> list[int]:
    return [_draw(rng, sizes.authors) + 1 for _ in range(sizes.books)]


def _make_authors(rng: Random, sizes: Sizes) -> Iterator[Row]:
    for key in range(1, sizes.authors + 1):
        name, country = _pick_name(rng), _pick(rng, words.COUNTRIES)
        born = _OLDEST_AUTHOR + dt.timedelta(days=_draw(rng, 36_000))
        yield key, name, country, born if key % 11 else None


def _make_publishers(rng: Random, sizes: Sizes) -> Iterator[Row]:
    for key in range(1, sizes.publishers + 1):
        yield key, f"{_pick(rng, words.FAMILY_NAMES)} {_pick(rng, words.HOUSES)}"


def _make_tags(sizes: Sizes) -> Iterator[Row]:
    names = [kind + genre for kind in words.KINDS for genre in words.GENRES]
    return enumerate(names[: sizes.tags], start=1)


def _make_books(rng: Random, costs: Random, copies: Random, sizes: Sizes, wrote: Sequence[int]) -> Iterator[Row]:
    for key, author in enumerate(wrote, start=1):
        title, price = _make_title(rng), Decimal(399 + _draw(rng, 5600)) / 100
        published = _OLDEST_BOOK + dt.timedelta(days=_draw(rng, 75 * 365))
        in_print, created_at, publisher = _draw(rng, 5) > 0, _pick_time(rng), _draw(rng, sizes.publishers) + 1
        yield (
            key,
            title,
            _make_isbn(key) if key % 25 else None,
            price,
            _make_cost(costs, price) if key % 30 else None,
            published if key % 40 else None,
            in_print,
            created_at,
            author,
            publisher if key % 15 else None,
            _draw(copies, _MOST_COPIES if in_print else _LAST_COPIES),
        )


def _make_cost(rng: Random, price: Decimal) -> Decimal:
    return (price * (40 + _draw(rng, 35)) / 100).quantize(Decimal("0.01"))


def _make_title(rng: Random) -> str:
    place = _draw(rng, len(words.NOUNS))
    return _pick(rng, words.TITLES).format(
        adjective=_pick(rng, words.ADJECTIVES),
        noun=words.NOUNS[place],
        other=words.NOUNS[place - 1],
        name=_pick(rng, words.GIVEN_NAMES),
    )


def _make_isbn(key: int) -> str:
    first_twelve = f"9795{key:08d}"  # 979-5 is assigned to nobody, so no real book can ever collide
    return first_twelve + check_digit(first_twelve)


def _make_tag_links(rng: Random, sizes: Sizes) -> Iterator[Row]:
    keys = range(1, sizes.tags + 1)
    pairs = ((book, tag) for book in range(1, sizes.books + 1) for tag in rng.sample(keys, 3))
    return ((key, book, tag) for key, (book, tag) in enumerate(pairs, start=1))


def _make_coauthors(rng: Random, sizes: Sizes, wrote: Sequence[int]) -> Iterator[Row]:
    keys = range(1, sizes.authors + 1)
    how_many = (0, 0, 0, 0, 0, 0, 1, 3)
    pairs = ((book, other) for book in range(1, sizes.books + 1) for other in rng.sample(keys, _pick(rng, how_many)))
    others = ((book, other) for book, other in pairs if other != wrote[book - 1])
    return ((key, book, other) for key, (book, other) in enumerate(others, start=1))


def _make_reviews(rng: Random, sizes: Sizes) -> Iterator[Row]:
    by_fame = rng.sample(range(1, sizes.books + 1), sizes.books)
    for key in range(1, sizes.reviews + 1):
        book = by_fame[int(sizes.books * rng.random() ** 2)]  # few bestsellers, a long tail, some with none
        user_name = f"{_pick(rng, words.GIVEN_NAMES)}{_draw(rng, 10_000)}"
        stars = _pick(rng, (1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5))
        yield key, book, user_name, stars, _make_body(rng), _pick_time(rng)


def _make_body(rng: Random) -> str:
    first, length = _draw(rng, len(words.SENTENCES)), 1 + _draw(rng, 5)
    return " ".join((words.SENTENCES * 2)[first : first + length])
