"""Over a million books, PostgreSQL reads a page off an index: no shape asked for here reads the table.

Counted are the rows that the very statement fetches, by EXPLAIN (ANALYZE): a walk along a whole index that throws
most of it away costs as much as a scan.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from nuages import API, Resource, anyone, nested
from nuages.diagnose.statements import bound_text
from nuages.http.request import Request
from nuages.identify.principal import ANONYMOUS
from shop.models import Author, Book, Publisher
from tests.support.router import choose_database

pytestmark = pytest.mark.django_db(databases=["postgres"])

api = API(title="A million books")


@api.resource(Book)
class Books(Resource):
    fields = ["id", "title", "price", "published", nested("author", "id", "name")]
    filters = ["id", "isbn", "price", "published", "author", "author__country", "publisher", "publisher__name"]
    ordering = ["id", "price", "published"]
    paging = ["cursor", "offset"]
    rules = {"read": anyone}


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name", nested("books", "id", "title", order="id", limit=3)]
    rules = {"read": anyone}


@api.resource(Publisher)
class Publishers(Resource):
    fields = ["id", "name"]
    rules = {"read": anyone}


# One book in ten has no date, one in twenty an ISBN, one in three no publisher.
_FILL = """
INSERT INTO shop_author (id, name, country)
SELECT n, 'Author ' || n, (ARRAY['FR', 'JP', 'US', 'GB', 'DE'])[1 + n % 5] FROM generate_series(1, 20000) n;
INSERT INTO shop_publisher (id, name) SELECT n, 'Publisher ' || n FROM generate_series(1, 5000) n;
INSERT INTO shop_book (id, title, isbn, price, published, in_print, created_at, author_id, publisher_id)
SELECT n, 'Book', CASE WHEN n % 20 = 0 THEN (9780000000000 + n)::text END, (n * 7919 % 100000) / 100.0,
CASE WHEN n % 10 > 0 THEN DATE '1950-01-01' + (n * 7907 % 27000)::int END, TRUE, now(),
1 + n % 20000, CASE WHEN n % 3 > 0 THEN 1 + n % 5000 END FROM generate_series(1::bigint, 1000000) n;
"""
_EMPTY = "TRUNCATE shop_book, shop_author, shop_publisher RESTART IDENTITY CASCADE"
# With the key as tie-breaker, a page in this order is read off the index.
_ADDED = {
    "million_published_id": "CREATE INDEX million_published_id ON shop_book (published, id)",
}
_PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'shop_book' AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@pytest.fixture(scope="module")
def million(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The rows, committed, and gone afterwards; the indexes are made when they are there, in a third of the time."""
    with django_db_blocker.unblock(), choose_database("postgres"), connections["postgres"].cursor() as cursor:
        cursor.execute(_PLAIN_INDEXES)
        indexes = dict(cursor.fetchall())
        try:
            cursor.execute("SET maintenance_work_mem = '256MB'")
            cursor.execute("SET session_replication_role = replica")  # no foreign key is checked
            cursor.execute("".join(f"DROP INDEX {name};" for name in indexes))
            cursor.execute(_FILL, None)
            cursor.execute(";".join([*indexes.values(), *_ADDED.values()]))
            cursor.execute("ANALYZE shop_book, shop_author, shop_publisher")
            yield
        finally:
            cursor.execute("".join(f"DROP INDEX IF EXISTS {name};" for name in _ADDED))
            cursor.execute(_EMPTY)
            cursor.execute("RESET session_replication_role")


MOST_ROWS = 15_000  # of a million, for a page of 50: a year has 12,000 books, a day 40, a price ten


def _get(query: str, path: str = "/books") -> Any:
    response = api.handle(Request("GET", path, query, {}))
    assert response.status == 200, response.body
    return json.loads(response.body)


def _deep(order: str) -> tuple[str, str]:
    """The questions for the pages behind and before a place in the middle; a cursor may be used under other filters."""
    name = order.removeprefix("-").partition("__nulls")[0]
    place = (DOWN if order.startswith("-") else UP)[name]
    cursor = _get(f"order={order}&limit=1&{place}")["next"].partition("cursor=")[2]
    behind = f"order={order}&cursor={cursor}"
    return behind, _get(behind)["previous"].partition("?")[2]


def _rows_read(query: str, path: str = "/books") -> tuple[int, str]:
    """How many rows of the big table the statement fetches, and the plan."""
    _, read = api.build().pipeline.prepare(Request("GET", path, query, {}), ANONYMOUS)
    text = bound_text(read.plan.statement, read.values, read.connection)
    with read.connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}", None)
        ((found,),) = cursor.fetchall()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return sum(_fetched(plan)), json.dumps(plan, indent=1)


def _fetched(node: Any) -> Iterator[int]:
    if node.get("Relation Name") == "shop_book":
        removed = sum(number for name, number in node.items() if name.startswith("Rows Removed"))
        yield round((node["Actual Rows"] + removed) * node["Actual Loops"])
    for inner in node.get("Plans", ()):
        yield from _fetched(inner)


def _assert_little_is_read(query: str, path: str = "/books") -> None:
    number, plan = _rows_read(query, path)
    assert number <= MOST_ROWS, f"{path}?{query} reads {number} rows\n{plan}"


UP = {"id": "id__gt=500000", "price": "price__gte=500", "published": "published__gte=1990-01-01"}
DOWN = {"id": "id__lt=500000", "price": "price__lt=500", "published": "published__lt=1990-01-01"}
ORDERS = [f"{sign}{name}" for name in UP for sign in ("", "-")]


NULLS_ELSEWHERE = ["published__nulls_first", "-published__nulls_last"]


@pytest.mark.parametrize("order", ["", *ORDERS, *NULLS_ELSEWHERE])
def test_a_first_page_is_read_off_an_index(order: str, million: None) -> None:
    """In the order of an indexed column, also with nulls where its index has them not; the key breaks the ties."""
    _assert_little_is_read(f"order={order}")


@pytest.mark.parametrize("order", [*ORDERS, *NULLS_ELSEWHERE])
def test_a_page_deep_in_a_list_is_read_off_an_index(order: str, million: None) -> None:
    """Both ways from a place in the middle."""
    for query in _deep(order):
        _assert_little_is_read(query)


@pytest.mark.parametrize("order", ["published", "-published"])
def test_a_page_deep_among_absent_values_is_read_off_an_index(order: str, million: None) -> None:
    """A tenth of the rows ties there, and only the key tells them apart."""
    cursor = _get(f"order={order}&limit=1&published__isnull=true&id__gt=500000")["next"].partition("cursor=")[2]
    behind = f"order={order}&cursor={cursor}"
    for query in (behind, _get(behind)["previous"].partition("?")[2]):
        _assert_little_is_read(query)


FILTERS = [
    *("id=500000", "id__in=5,500000,7", "id__gt=999990", "isbn=9780000500000", "author=77", "author__in=77,78"),
    *("price=12.34", "price=12.34&price=12.35", "price__range=10,10.05", "price__gte=999.9", "publisher=7"),
    *("published=1990-06-01", "published__gte=2023-11-01&order=published", "published__isnull=true", "id!=5"),
    *("published__year=1990", "published__year=1990&order=-published", "publisher__isnull=true", "author__country=FR"),
    *(
        "author=77&order=-price",
        "price__gte=10&order=price",
        "price__gte=10&order=-price",
        "publisher__name=Publisher 7",
    ),
    *("publisher__name=Publisher 7", "filter=price > 10 AND author = 77", "filter=author = 77 OR publisher = 9"),
    *('filter=id = 77 OR isbn = "9780000500000"', "filter=published.year >= 2023 AND NOT price < 999"),
]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_on_an_indexed_column_is_answered_by_the_index(query: str, million: None) -> None:
    """Keys, foreign keys, equality, ranges and years; a year has 12,000 books, of which a page is read."""
    _assert_little_is_read(query.replace(" ", "%20"))


@pytest.mark.parametrize("path", ["/books/500000", "/authors/5", "/authors"])
def test_what_hangs_on_one_row_is_looked_up(path: str, million: None) -> None:
    """A member by its key, and the books of an author by the foreign key."""
    _assert_little_is_read("", path)


@pytest.mark.parametrize("query", ["count=estimated", "count=capped", "count=capped&price__gte=100"])
def test_a_count_that_need_not_be_exact_reads_little(query: str, million: None) -> None:
    """The capped one looks at 10,000 rows and one; the estimated one at the statistics."""
    number, plan = _rows_read(query)
    assert number <= 10_001 + MOST_ROWS, plan


def test_an_estimate_under_a_filter_reads_a_sample(million: None) -> None:
    """Not the table beside it."""
    number, plan = _rows_read("count=estimated&price__gte=100")
    assert number <= 100_000, f"{number} rows\n{plan}"


def test_the_page_comes_before_its_count(million: None) -> None:
    """No parallel append may turn the lines round: the count is the last one."""
    page = _get("count=exact&limit=2&price__gte=100")
    assert [row["id"] for row in page["items"]] == [2, 3]
    assert page["count"] == Book.objects.filter(price__gte=100).count()
