"""Fill a database with the bookshop: the same rows every time, by COPY; more books than 20,000 are copies of those."""

import datetime as dt
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.side_by_side.workloads import COUNTRIES

AUTHORS, PUBLISHERS, TAGS, BOOKS, REVIEWS = 2_000, 200, 100, 20_000, 100_000
_SEED = 20240607
_FIRST_NAMES = (
    "Ada Bea Carl Dana Émile Fay Gus Hana Ivo Jón Kim Léa Max Nina Olga Per Quinn Rosa Søren Tom Uma Vera Wim Xin "
    "Yara Zoë"
)
_LAST_NAMES = (
    "Abbott Brandt Cohen Dubois Evans Fischer García Haddad Ito Jensen Kaya Laurent Müller Novak Okafor Petrov Quist "
    "Rossi Silva Tanaka Ueda Vargas Weber Xu Young Zhang"
)
_TITLE_WORDS = (
    "river stone quiet harbour letter winter garden silver road night glass tower winter song bread salt paper "
    "morning engine summer iron field candle mirror ocean forest signal market window bridge"
)
_OPINION_WORDS = (
    "I read this book in two evenings and it doesn't let go the plot moves slowly at first but the characters are "
    'drawn with care and "real" warmth some chapters feel long while others pass in a moment overall a strong story '
    "about work family and the sea that I would recommend to anyone who likes a café novel"
)
_FIRST, _LAST, _WORDS, _OPINION = map(str.split, (_FIRST_NAMES, _LAST_NAMES, _TITLE_WORDS, _OPINION_WORDS))
_FIRST_MOMENT = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_FIRST_DAY = dt.date(1960, 1, 1)
_FIVE_YEARS_MS = 5 * 365 * 86_400 * 1000

Rows = Iterator[tuple[Any, ...]]


def seed_shop(conninfo: str, books: int) -> None:
    """Fill the empty tables.

    Raises: ValueError unless `books` is a multiple of 20,000.
    """
    if books < BOOKS or books % BOOKS:
        raise ValueError(f"The number of books must be a multiple of {BOOKS:,}, not {books:,}.")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        # The rows are right: foreign keys need not be looked up one by one.
        connection.execute("SET session_replication_role = replica")
        _copy_all(connection)
        _multiply(connection, books // BOOKS)
        for table in ("author", "publisher", "tag", "book", "book_tags", "review"):
            name = f"shop_{table}"
            text = "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))"
            connection.execute(sql.SQL(text).format(sql.Literal(name), sql.Identifier(name)))
        connection.execute("VACUUM (FREEZE, ANALYZE)")
        connection.execute("CHECKPOINT")


def _copy_all(connection: psycopg.Connection[Any]) -> None:
    random = Random(_SEED)
    _copy(connection, "shop_author (id, name, country, born)", _authors(random))
    _copy(connection, "shop_publisher (id, name)", _publishers(random))
    _copy(connection, "shop_tag (id, name)", ((key, f"tag-{key}") for key in range(1, TAGS + 1)))
    columns = "id, title, isbn, price, published, in_print, created_at, author_id, publisher_id"
    _copy(connection, f"shop_book ({columns})", _books(random))
    _copy(connection, "shop_book_tags (book_id, tag_id)", _book_tags(random))
    _copy(connection, "shop_review (id, book_id, user_name, stars, body, created_at)", _reviews(random))


def _copy(connection: psycopg.Connection[Any], target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _authors(random: Random) -> Rows:
    for key in range(1, AUTHORS + 1):
        born = None if key % 11 == 0 else dt.date(1930, 1, 1) + dt.timedelta(days=random.randrange(25_000))
        yield key, f"{random.choice(_FIRST)} {random.choice(_LAST)}", COUNTRIES[key % 10], born


def _publishers(random: Random) -> Rows:
    for key in range(1, PUBLISHERS + 1):
        yield key, f"{random.choice(_LAST)} & {random.choice(_LAST)} Press {key}"


def _books(random: Random) -> Rows:
    days = list(range(BOOKS))  # each once: an order by `published` is total
    random.shuffle(days)
    for key in range(1, BOOKS + 1):
        title = " ".join(random.choice(_WORDS) for _ in range(random.randrange(2, 6))).capitalize()
        price = f"{random.randrange(500, 5000) / 100:.2f}"
        published = _FIRST_DAY + dt.timedelta(days=days[key - 1])
        owners = (random.randrange(1, AUTHORS + 1), random.randrange(1, PUBLISHERS + 1))
        yield key, f"{title} {key}", f"978{key:010d}", price, published, random.random() < 0.8, _moment(random), *owners


def _book_tags(random: Random) -> Rows:
    for key in range(1, BOOKS + 1):
        for tag in random.sample(range(1, TAGS + 1), 3):
            yield key, tag


def _reviews(random: Random) -> Rows:
    for key in range(1, REVIEWS + 1):
        start = random.randrange(len(_OPINION))
        body = " ".join(_OPINION[(start + word) % len(_OPINION)] for word in range(40))[: 170 + random.randrange(60)]
        book, reader = random.randrange(1, BOOKS + 1), f"reader_{random.randrange(1, 30_000)}"
        yield key, book, reader, random.randrange(1, 6), body, _moment(random)


def _moment(random: Random) -> dt.datetime:
    """Choose a moment in whole milliseconds, so that an encoder that stops there loses nothing."""
    return _FIRST_MOMENT + dt.timedelta(milliseconds=random.randrange(1, _FIVE_YEARS_MS))


# What a copy changes: keys, authors and tags; the days are spread so that each is still there once.
_SPREAD = "UPDATE shop_book SET published = DATE '1960-01-01' + (published - DATE '1960-01-01') * %(times)s"
_MORE = [
    """INSERT INTO shop_book (id, title, isbn, price, published, in_print, created_at, author_id, publisher_id)
       SELECT id + %(books)s, title || ' ' || %(turn)s::int, '978' || lpad((id + %(books)s)::text, 10, '0'), price,
         published + %(turn)s::int, in_print, created_at, (author_id + 7 * %(turn)s) %% 2000 + 1, publisher_id
       FROM shop_book WHERE id <= 20000 ORDER BY id""",
    """INSERT INTO shop_book_tags (book_id, tag_id) SELECT book_id + %(books)s, (tag_id + %(turn)s) %% 100 + 1
       FROM shop_book_tags WHERE book_id <= 20000 ORDER BY id""",
    """INSERT INTO shop_review (id, book_id, user_name, stars, body, created_at)
       SELECT id + %(reviews)s, book_id + %(books)s, user_name, stars, body, created_at
       FROM shop_review WHERE id <= 100000 ORDER BY id""",
]


def _multiply(connection: psycopg.Connection[Any], times: int) -> None:
    """Repeat the books with their tags and reviews, so that there are `times` as many."""
    if times > 1:
        connection.execute(_SPREAD, {"times": times})
    for turn in range(1, times):
        for text in _MORE:
            connection.execute(text, {"turn": turn, "books": turn * BOOKS, "reviews": turn * REVIEWS})
