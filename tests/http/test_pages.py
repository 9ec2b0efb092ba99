"""Following `next` shows every row once, in the order of the whole list, whoever writes meanwhile."""

import datetime as dt
import uuid
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.test import override_settings
from django.urls import path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages import API, Resource, anyone
from shop.api import api as shop_api
from shop.invention import plan_sizes
from shop.models import Author, Book
from shop.seeding import seed_shop
from tests.http.client import get, items, on_each_database, walk
from tests.zoo.api import COMPARED
from tests.zoo.data import fill_zoo, make_specimens
from tests.zoo.models import Specimen

other_api = API(title="Another bookshop")


@other_api.resource(Book)
class OtherBooks(Resource):
    fields = ["id"]
    ordering = ["id", "price"]
    path = "books"
    rules = {"read": anyone}


urlpatterns = [
    path("api/", shop_api.urls),
    path("deep/er/mount/", shop_api.urls),
    path("other/", other_api.urls),
]

# Few values, so that many rows share one, in one column or in several; the odd ones stand at the ends of an order.
FEW: dict[str, list[Any]] = {
    "integer": [0, 1, -(2**30)],
    "big": [2**63 - 1, -(2**63), 2**53 + 1, 2**53],
    "small": [0, 32767],
    "char": ["", "a", "A", "é", '"\\ %s'],
    "text": ["", " ", "\n", "漢字😀", "x" * 300],
    "slug": ["a-b", "a_b"],
    "email": ["a@example.org"],
    "url": ["https://example.org/?a=1&b=2"],
    "size": ["s", "l"],
    "boolean": [True, False],
    "decimal": [Decimal(0), Decimal("0.001"), Decimal("-999999999.999"), Decimal("999999999.999")],
    "float": [0.0, -0.0, 1 / 3, 1e300, -5e-324, 0.1 + 0.2, 0.3, float("inf"), float("-inf")],
    "date": [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29)],
    "datetime": [dt.datetime(2024, 1, 1, 0, 0, 0, us, tzinfo=dt.UTC) for us in (0, 1, 500_000)]
    + [dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)],
    "time": [dt.time(0), dt.time(12, 0, 0, 1), dt.time(12), dt.time(23, 59, 59, 999_999)],
    "duration": [
        dt.timedelta(0),
        dt.timedelta(days=-1),
        dt.timedelta(days=40_000, microseconds=1),
        dt.timedelta(hours=24),
    ],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
    "address": ["10.0.0.1", "9.0.0.1", "::1"],
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | st.sampled_from(few) for name, few in FEW.items()}), max_size=25
)
TERMS = st.lists(
    st.tuples(st.sampled_from(COMPARED), st.sampled_from(["", "-"])), max_size=3, unique_by=lambda term: term[0]
)

OTHERS = {
    "/zoo/figures": ["id", "rank", "note_count", "average_id", "said"],
    "/zoo/keepers": ["name", "country__name", "animal_count"],
    "/zoo/birds": ["name", "wingspan", "eaten"],
    "/zoo/shelves": ["label", "load"],
    "/zoo/boxes": ["shelf__label"],
    "/zoo/odds": ["percent", "parent__percent"],
    "/api/books": ["id", "published", "price", "avg_stars"],
    "/api/reviews": ["id", "book", "stars", "created_at"],
}


def _assert_pages_are_the_list(url: str, *, size: int) -> None:
    """Compare what following `next` shows with the first page that holds everything."""
    whole = items(f"{url}&limit=200")
    assert len(whole) == size
    for limit in (2, 7):
        pages = list(walk(f"{url}&limit={limit}"))
        if "figures" in url:  # a test of its own shows its window
            pages, whole = ([{**row, "rank": None} for row in rows] for rows in (pages, whole))
        assert pages == whole, limit


def _fill_specimens(rows: list[dict[str, Any]]) -> None:
    Specimen.objects.all().delete()
    Specimen.objects.bulk_create(Specimen(id=number, **row) for number, row in enumerate(rows, start=1))


@pytest.mark.parametrize("name", COMPARED)
def test_every_order_over_every_kind_shows_every_row_once(name: str, database: Any) -> None:
    """With ties and nulls, ascending and descending, alone and after another term."""
    draw = Random(name)
    rows = [{other: draw.choice([None, *few]) for other, few in FEW.items()} for _ in range(25)]
    _fill_specimens(rows)
    for order in (name, f"-{name}", f"boolean,-{name}" if name != "boolean" else "small,-boolean"):
        whole = [row["id"] for row in items(f"/zoo/specimens?order={order}&limit=200")]
        assert sorted(whole) == list(range(1, 26))
        assert [row["id"] for row in walk(f"/zoo/specimens?order={order}&limit=4")] == whole, order


@pytest.mark.parametrize(("url", "name"), [(url, name) for url, names in OTHERS.items() for name in names])
def test_every_order_over_values_and_relations_shows_every_row_once(url: str, name: str, database: Any) -> None:
    """Aggregates, a window, a nullable relation's column, composite and text keys, names with percent signs."""
    fill_zoo()
    make_specimens()
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    size = 3 if url == "/zoo/odds" else len(items(f"{url}?limit=200"))
    assert size > 2
    for order in (name, f"-{name}"):
        _assert_pages_are_the_list(f"{url}?order={order}", size=size)


@pytest.mark.parametrize("order", ["id", "-note_count", "rank", "-rank"])
def test_a_window_is_over_the_whole_list_on_every_page(order: str, database: Any) -> None:
    """A rank does not begin anew behind a cursor."""
    make_specimens()
    whole = {row["id"]: row["rank"] for row in items(f"/zoo/figures?order={order}")}
    assert whole == {1: 3, 2: 1, 3: 4, 4: 1}
    assert {row["id"]: row["rank"] for row in walk(f"/zoo/figures?order={order}&limit=1")} == whole


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, terms=TERMS, limit=st.integers(1, 9))
@pytest.mark.django_db(databases="__all__")
def test_any_order_over_any_rows_shows_every_row_once(
    rows: list[dict[str, Any]], terms: list[tuple[str, str]], limit: int
) -> None:
    """Several terms of any kinds in any directions, any size of page, on both databases."""
    order = ",".join(f"{sign}{name}" for name, sign in terms)
    for connection in on_each_database():
        _fill_specimens(rows)
        whole = [row["id"] for row in items(f"/zoo/specimens?order={order}&limit=200")]
        assert sorted(whole) == list(range(1, len(rows) + 1))
        assert [row["id"] for row in walk(f"/zoo/specimens?order={order}&limit={limit}")] == whole, connection.vendor


@pytest.mark.parametrize("order", ["", "-id", "price", "-price", "published", "-published", "price,-published"])
def test_rows_that_stay_are_neither_doubled_nor_lost_while_others_come_and_go(order: str, database: Any) -> None:
    """Rows are inserted and deleted before, at and behind the place of the cursor, between any two pages."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    draw, author = Random(order), Author.objects.order_by("id")[0]
    stay = set(Book.objects.values_list("id", flat=True)[:40])
    url, shown = f"/api/books?limit=4&order={order}", []
    while url:
        page = get(url).json()
        shown += [row["id"] for row in page["items"]]
        Book.objects.filter(id__in=set(shown[-2:]) - stay).delete()
        leaving = Book.objects.exclude(id__in=stay).values_list("id", flat=True)
        Book.objects.filter(id__in=[key for key in leaving if draw.random() < 0.2]).delete()
        day = draw.choice([None, dt.date(1950 + draw.randrange(75), 1, 1)])
        Book.objects.create(title="new", price=Decimal(draw.randrange(400, 6000)) / 100, published=day, author=author)
        url = page["next"] if len(shown) < 200 else None
    assert [key for key in shown if shown.count(key) > 1] == []
    assert stay <= set(shown)


@pytest.mark.parametrize("size", [1_000, 3_000, 10_000])
def test_an_order_by_long_text_can_be_followed(size: int, database: Any) -> None:
    """The cursor that this server gave is one that it takes, also in a URL."""
    _fill_specimens([{"text": letter * size} for letter in "abé"])
    assert [row["id"] for row in walk("/zoo/specimens?order=-text&limit=1")] == [3, 2, 1]


def _edited(cursor: str) -> dict[str, str]:
    """Cursors that are almost the given one."""
    middle = len(cursor) // 2
    other = "A" if cursor[middle] != "A" else "B"
    return {
        "one letter changed": f"{cursor[:middle]}{other}{cursor[middle + 1 :]}",
        "first letter changed": f"B{cursor[1:]}",
        "cut": cursor[:-4],
        "longer": f"{cursor}AAAA",
        "doubled": cursor * 2,
        "turned round": cursor[::-1],
        "in upper case": cursor.upper(),
        "its signature alone": cursor[:17],
        "nonsense": "not a cursor",
    }


def _cursor_of(url: str) -> str:
    following: str = get(url).json()["next"]
    return following.rpartition("cursor=")[2]


@override_settings(ROOT_URLCONF=__name__)
def test_a_cursor_that_is_not_this_lists_own_is_refused_unasked(database: Any, statements: Any) -> None:
    """Edited, cut, or made for another resource, another order, another API."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    own = _cursor_of("/api/books?order=price&limit=2")
    foreign = {
        "resource": _cursor_of("/api/reviews?limit=2"),
        "order": _cursor_of("/api/books?order=-price&limit=2"),
        "no order": _cursor_of("/api/books?limit=2"),
        "API": _cursor_of("/other/books?order=price&limit=2"),
    }
    statements.clear()
    for name, cursor in (_edited(own) | foreign).items():
        response = get(f"/api/books?order=price&limit=2&cursor={cursor}")
        document = response.json()
        assert (response.status_code, document["type"]) == (400, "urn:nuages:problem:invalid-cursor"), name
        assert [error["pointer"] for error in document["errors"]] == ["?cursor"], name
    assert statements == []
    assert items(f"/api/books?order=price&limit=5&cursor={own}"), "the size of the page may change on the way"
    assert items(f"/deep/er/mount/books?order=price&cursor={own}"), "the same API under another path"


# the question, and what of it stands in `next` before the cursor
KEPT = {
    "limit=2": "limit=2",
    "limit=2&cursor=": "limit=2",
    "&limit=2&&price__gte=1&": "limit=2&price__gte=1",
    "order=-price,id&limit=2": "order=-price,id&limit=2",
    "author__country__in=FR,%20%26,%2B,JP,US,GB,DE,&limit=2": "author__country__in=FR,%20%26,%2B,JP,US,GB,DE,&limit=2",
    "limit=2&author__country__gte=%22%3C%3E%25a": "limit=2&author__country__gte=%22%3C%3E%25a",
    "limit=2&author__country__gte=+": "limit=2&author__country__gte=+",
    "limit=2&author__country__lt=é": "limit=2&author__country__lt=%C3%A9",
    'limit=2&author__country__gte=" <>': "limit=2&author__country__gte=%22%20%3C%3E",
}


@pytest.mark.parametrize("question", KEPT)
@pytest.mark.parametrize("mount", ["/api", "/deep/er/mount"])
@override_settings(ROOT_URLCONF=__name__)
def test_next_is_the_same_question_behind_a_cursor(question: str, mount: str, database: Any) -> None:
    """In the body and as a Link header, relative to the mount, and it goes on where the page ends."""
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    response = get(f"{mount}/books?{question}")
    page = response.json()
    before, _, cursor = page["next"].rpartition("&cursor=")
    assert before == f"{mount}/books?{KEPT[question]}"
    assert cursor.isascii()
    assert response.headers["Link"] == f'<{page["next"]}>; rel="next"'
    assert page["previous"] is None
    whole = [row["id"] for row in items(f"{mount}/books?{question.replace('limit=2', 'limit=200')}")]
    assert [row["id"] for row in walk(f"{mount}/books?{question}")] == whole


@pytest.mark.parametrize("spelling", ["cursor", "cursor=", "%63ursor=", "curso%72"])
def test_an_empty_cursor_in_any_spelling_is_the_start(spelling: str, database: Any) -> None:
    """And `next` replaces it, so that the way does not end in a repeated parameter."""
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    assert [row["id"] for row in walk(f"/api/books?limit=9&{spelling}")] == list(range(1, 21))


@pytest.mark.parametrize("number", [0, 1, 49, 50])
def test_a_page_that_holds_everything_has_no_next(number: int, database: Any) -> None:
    """Neither in the body nor as a header; one row more has one."""
    Author.objects.bulk_create(Author(name=f"{n}") for n in range(number))
    response = get("/api/authors")
    assert response.json().keys() == {"items", "next", "previous"}
    assert (response.json()["next"], response.json()["previous"], response.headers.get("Link")) == (None, None, None)
    Author.objects.bulk_create(Author(name="more") for _ in range(51 - number))
    assert get("/api/authors").json()["next"].startswith("/api/authors?cursor=")


def test_a_page_is_one_statement_that_reads_one_row_too_many(database: Any, statements: Any) -> None:
    """Which tells whether there is a next page; no count is ever made."""
    Author.objects.bulk_create(Author(name=f"{n}") for n in range(9))
    statements.clear()
    assert len(list(walk("/api/authors?limit=3"))) == 9
    assert len(statements) == 3
    assert all("COUNT(*)" not in sql.upper() for sql in statements)
