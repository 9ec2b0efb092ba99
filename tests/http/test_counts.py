"""`count=` says how many rows there are: exactly, up to a cap, or nearly; of what may be seen, in the one statement."""

import json
from typing import Any

import pytest
from django.db import connections
from django.db.models import Q

import nuages.answers
import nuages.parse.window
import nuages.plan.counts
from nuages import API, nested, nobody
from shop.invention import plan_sizes
from shop.models import Author, Book, Review, Tag
from shop.seeding import seed_shop
from tests.http.asking import ask, refusal, serve
from tests.http.client import get
from tests.zoo.models import Shelf, Specimen

VISIBLE = Q(price__lt=30)


def _api() -> API:
    books: dict[str, Any] = {
        "fields": ["id", nested("author", "id"), nested("reviews", "id", optional=True)],
        "filters": ["price", "author__country", "tags__name", "reviews__stars", "published"],
        "ordering": ["price", "author__name"],
        "search": ["title", "author__name"],
        "groups": ["author__country", "published__year"],
        "measures": ["price"],
        "paging": ["cursor", "offset"],
        "rules": {"read": lambda _: VISIBLE},
    }
    authors = {"fields": ["id"], "rules": {"read": lambda _: ~Q(country="FR")}}
    tags = {"fields": ["id"], "rules": {"read": nobody}}
    return serve(books=(Book, books), authors=(Author, authors), tags=(Tag, tags), reviews=(Review, {"fields": ["id"]}))


@pytest.fixture
def api(database: Any) -> API:
    """Sixty books, of which some may be seen, and authors, of whom the French are hidden."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    return _api()


ROWS = Book.objects.filter(VISIBLE)
SEEN = ~Q(author__country="FR")
COUNTED: dict[str, Any] = {
    "": ROWS,
    "limit=2": ROWS,
    "limit=2&order=-price": ROWS,
    "offset=3&limit=5": ROWS,
    "offset=5000": ROWS,
    "price__gte=10": ROWS.filter(price__gte=10),
    "price__gte=10000": ROWS.none(),
    "price__gte=40": ROWS.none(),
    "price!=10": ROWS.exclude(price=10),
    "author__country=FR": ROWS.none(),
    "author__country__in=JP,US": ROWS.filter(author__country__in=["JP", "US"]),
    "tags__name=poetry": ROWS.none(),
    "reviews__stars=5": ROWS.filter(reviews__stars=5).distinct(),
    "reviews__stars__gte=1&include=reviews": ROWS.filter(reviews__stars__gte=1).distinct(),
    "filter=price > 10 AND NOT reviews.stars = 5": ROWS.filter(price__gt=10).exclude(reviews__stars=5),
    "search=the": ROWS.filter(Q(title__icontains="the") | Q(author__name__icontains="the") & SEEN),
    "fields=id&order=author__name": ROWS,
}


@pytest.mark.parametrize("how", ["exact", "capped"])
def test_a_count_is_of_the_visible_rows_that_match(how: str, api: API, statements: Any) -> None:
    """Neither hidden rows nor rows that only match through hidden ones are counted, on any page; one statement each."""
    for question, rows in COUNTED.items():
        expected = len({row.pk for row in rows})
        statements.clear()
        page = ask(api, f"/books?{question.replace(' ', '%20')}&count={how}")
        assert (page["count"], page["count_relation"]) == (expected, "exact"), question
        assert len(statements) == 1
        assert list(page) == ["items", "next", "previous", "count", "count_relation"]
        while page["next"]:
            page = ask(api, page["next"])
            assert page["count"] == expected, question
        while page["previous"]:
            page = ask(api, page["previous"])
            assert page["count"] == expected, question


def test_hidden_rows_cannot_be_counted_out(api: API) -> None:
    """A count under a filter tells no more than the list does, whatever is guessed at."""
    for question in ("price__gte=30", "tags__name__startswith=p", "author__country__startswith=F"):
        for how in ("exact", "capped"):
            page = ask(api, f"/books?{question}&count={how}")
            assert (page["count"], page["items"]) == (0, []), question
            assert ask(api, f"/books?{question}&count={how}&group=author__country")["count"] == 0


@pytest.mark.parametrize("group", ["author__country", "published__year", "author__country,published__year"])
def test_groups_are_counted(group: str, api: API, statements: Any) -> None:
    """Also those without a value, on every page of groups, and the one of all rows."""
    whole = ask(api, f"/books?group={group}&limit=200")["items"]
    assert len(whole) > 2
    for how in ("exact", "capped", "estimated"):
        statements.clear()
        page = ask(api, f"/books?group={group}&count={how}&limit=2&order=-count")
        assert (page["count"], len(statements)) == (len(whole), 1), how
        assert ask(api, page["next"])["count"] == len(whole)
    assert ask(api, "/books?aggregate=avg(price)&count=exact")["count"] == 1


@pytest.mark.parametrize("cap", [1, 5, 17])
def test_a_capped_count_looks_no_further(cap: int, api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the cap it says that there are at least so many; up to it, it is exact."""
    for module in (nuages.parse.window, nuages.plan.counts, nuages.answers):
        monkeypatch.setattr(module, "MAX_COUNTED", cap)
    for least in (0, 5, 10, 20, 25, 29):
        number = ROWS.filter(price__gte=least).count()
        page = ask(api, f"/books?price__gte={least}&count=capped")
        assert (page["count"], page["count_relation"]) == ((cap, "at_least") if number > cap else (number, "exact"))


def test_no_count_is_made_unasked(api: API, statements: Any) -> None:
    """Nor shown."""
    for question in ("", "count=none"):
        statements.clear()
        assert list(ask(api, f"/books?{question}")) == ["items", "next", "previous"]
        assert "COUNT(" not in statements[0].upper()


def test_another_word_is_refused(api: API, statements: Any) -> None:
    """With the nearest one."""
    for word, nearest in [("exactly", "exact"), ("Exact", "exact"), ("", ""), ("true", ""), ("1", "")]:
        statements.clear()
        status, code, detail = refusal(api, f"/books?count={word}")
        assert (status, code, statements) == (400, "invalid-count", [])
        assert nearest in detail
    assert refusal(api, "/books?count=exact&count=exact")[1] == "repeated-parameter"


def test_a_composite_key_and_a_value_are_counted(database: Any) -> None:
    """Whatever the rows' key is made of."""
    Shelf.objects.bulk_create(Shelf(room=n % 3, place=f"{n}", label="x" if n % 2 else "y") for n in range(9))
    for how in ("exact", "capped", "estimated"):
        page = get(f"/zoo/shelves?label=x&limit=2&count={how}").json()
        assert page["count"] == 4, how
    assert get("/zoo/shelves?load__isnull=true&count=exact").json()["count"] == 9
    assert get("/zoo/figures?rank__gte=1&count=exact").json()["count"] == 0


ESTIMATED = {"": 6_000, "small=1": 2_000, "small=7": 0, "filter=small=1 OR integer<600": 2_400, "search=b": 3_000}


def test_an_estimate_is_near(database: Any, statements: Any) -> None:
    """On PostgreSQL from statistics or a sample, exact on SQLite; hidden rows do not enter it."""
    Specimen.objects.bulk_create(
        Specimen(id=n, integer=n, small=n % 3, char="abcd"[n % 4] + "b" * (n % 4 == 3)) for n in range(6_000)
    )
    if database.vendor == "postgresql":
        with connections[database.alias].cursor() as cursor:
            cursor.execute("ANALYZE zoo_specimen")
    attributes = {"fields": ["id"], "filters": ["small", "integer"], "search": ["char"]}
    hidden = {**attributes, "rules": {"read": lambda _: Q(small=2)}}
    api = serve(specimens=(Specimen, attributes), hidden=(Specimen, hidden))
    for question, number in {**ESTIMATED, "/hidden": 2_000}.items():
        path = question if question.startswith("/") else f"/specimens?{question.replace(' ', '%20')}&limit=1"
        statements.clear()
        page = ask(api, f"{path}{'&' if '?' in path else '?'}count=estimated")
        assert page["count_relation"] == "estimated"
        assert len(statements) == 1
        assert page["count"] == pytest.approx(number, rel=0.2), json.dumps(page)[:200]
        if database.vendor == "sqlite":
            assert page["count"] == number


def test_an_estimate_of_a_table_without_statistics_is_its_count(database: Any) -> None:
    """A table just made or just emptied has none; what autovacuum knew of it is forgotten with its rows."""
    if database.vendor == "postgresql":
        with connections[database.alias].cursor() as cursor:
            cursor.execute("TRUNCATE zoo_shelf")
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'zoo_shelf'::regclass")
            assert cursor.fetchone() == (-1,)
    Shelf.objects.bulk_create(Shelf(room=n, place="", label="") for n in range(9))
    Tag.objects.bulk_create(Tag(name=f"{n}") for n in range(9))
    assert ask(serve(tags=(Tag, {"fields": ["id"]})), "/tags?count=estimated")["count"] >= 0
    assert get("/zoo/shelves?count=estimated").json()["count"] == 9
