"""Groups of every kind, of no rows and of hidden ones; and what cannot be grouped by is refused."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q

from nuages import API
from nuages.http.request import Request
from shop.models import Author, Book, Publisher
from tests.http.asking import ask, refusal, serve
from tests.zoo.models import Specimen

BOOKS: dict[str, Any] = {
    "fields": ["id"],
    "filters": ["price"],
    "groups": ["author__country", "publisher__name", "publisher", "in_print", "price"]
    + [f"published__{part}" for part in ("year", "month")],
    "measures": ["price", "published", "author__name"],
}
RULES: dict[str, Any] = {"open": True, "some": ~Q(country="FR"), "none": Q(pk__in=[])}


def _api(rule: str) -> API:
    authors = {"fields": ["id"], "rules": {"read": lambda _: RULES[rule]}}
    publishers = {"fields": ["id"], "rules": {"read": lambda _: ~Q(name="P3")}}
    return serve(books=(Book, BOOKS), authors=(Author, authors), publishers=(Publisher, publishers))


APIS = {rule: _api(rule) for rule in RULES}


def _fill(authors: list[int]) -> None:
    """A book by each of the authors named."""
    for n, country in enumerate(["FR", "", "JP"], start=1):
        Author.objects.create(id=n, name="abc"[n - 1], country=country)
        Publisher.objects.create(id=n, name=f"P{n}")
    Book.objects.bulk_create(Book(title="", price=n, author_id=a, publisher_id=3) for n, a in enumerate(authors))


def test_no_rows_are_one_item_without_groups_and_none_with(database: Any, statements: Any) -> None:
    """A count of nought, and nothing to compute of the rest; one statement."""
    api = APIS["open"]
    empty = {
        "count": 0,
        "count_price": 0,
        "sum_price": None,
        "avg_price": None,
        "min_price": None,
        "max_published": None,
    }
    statements.clear()
    page = ask(api, "/books?aggregate=count(),count(price),sum(price),avg(price),min(price),max(published)")
    assert page == {"items": [empty], "next": None, "previous": None}
    assert len(statements) == 1
    assert ask(api, "/books?aggregate=count()&price__lt=0")["items"] == [{"count": 0}]
    assert ask(api, "/books?group=&aggregate=")["items"] == [{"count": 0}]
    assert ask(api, "/books?group=published__year")["items"] == []


def test_groups_of_hidden_rows_are_without_a_name(database: Any) -> None:
    """Whoever may not read authors learns of no country, and cannot tell the hidden from the absent."""
    _fill([1, 1, 2, 3])
    shown = ask(APIS["none"], "/books?group=author__country&aggregate=count(),min(author__name)")["items"]
    assert shown == [{"author__country": None, "count": 4, "min_author__name": None}]
    shown = ask(APIS["some"], "/books?group=author__country,publisher__name&order=-count")["items"]
    assert [tuple(row.values()) for row in shown] == [(None, None, 2), ("", None, 1), ("JP", None, 1)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("order", ["", "-author__country", "count", "-sum_price"])
def test_groups_behind_a_rule_can_be_walked(order: str, rule: str, database: Any) -> None:
    """Also in the order of what is computed of them, both ways."""
    _fill([1, 1, 2, 3, 3, 3])
    question = f"group=author__country,price&aggregate=count(),sum(price)&order={order}"
    whole = ask(APIS[rule], f"/books?{question}")["items"]
    pages = [ask(APIS[rule], f"/books?{question}&limit=2")]
    while pages[-1]["next"]:
        pages.append(ask(APIS[rule], pages[-1]["next"]))
    assert [row for page in pages for row in page["items"]] == whole
    assert ask(APIS[rule], pages[-1]["previous"])["items"] == pages[-2]["items"]


KINDS = {
    "integer": ([1, 2, 2], 5), "big": ([2**61, 2**61 - 1, 1], 2**62), "float": ([0.1, 0.2, 1e100], 1e100),
    "decimal": ([Decimal("0.001"), Decimal("0.002"), Decimal(-1)], "-0.997"),
    "duration": ([dt.timedelta(days=1), dt.timedelta(0, -1), dt.timedelta(0, 0, 2)], "P0DT23H59M59.000002S"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_can_be_summed(kind: str, database: Any) -> None:
    """Sum, average, least and greatest, with an absent one among them; a sum may be larger than any of its kind."""
    values, total = KINDS[kind]
    Specimen.objects.bulk_create(Specimen(**{kind: value}) for value in [*values, None])
    api = serve(specimens=(Specimen, {"fields": ["id"], "measures": [kind], "groups": [kind]}))
    shown = ask(api, f"/specimens?aggregate=count({kind}),sum({kind}),min({kind}),max({kind})")["items"][0]
    assert shown[f"count_{kind}"] == 3
    assert shown[f"sum_{kind}"] == (pytest.approx(total) if kind == "float" else total)
    average = ask(api, f"/specimens?aggregate=avg({kind})")["items"][0][f"avg_{kind}"]
    if kind == "duration":
        assert average == "P0DT07H59M59.666667S"
    else:
        assert math.isclose(average, float(sum(values)) / 3, rel_tol=1e-12)
    assert len(ask(api, f"/specimens?group={kind}")["items"]) == len(set(values)) + 1


def test_a_sum_beyond_64_bits_is_answered_or_refused(database: Any) -> None:
    """PostgreSQL sums in numerics; SQLite stops, and the client is told so."""
    Specimen.objects.bulk_create(Specimen(big=value) for value in [2**62, 2**62])
    api = serve(specimens=(Specimen, {"fields": ["id"], "measures": ["big"]}))
    response = api.handle(Request("GET", "/specimens", "aggregate=sum(big)", {"host": "testserver"}))
    if database.vendor == "sqlite":
        assert (response.status, b"beyond-range" in response.body) == (400, True)
    else:
        assert b'"sum_big":9223372036854775808' in response.body


def test_parts_of_moments_are_those_of_the_projects_zone(database: Any) -> None:
    """Midnight is the project's, and so is the year."""
    Specimen.objects.bulk_create(
        Specimen(datetime=dt.datetime(2019, 12, 31, hour, 30, tzinfo=dt.UTC)) for hour in (21, 22, 23)
    )
    groups = [f"datetime__{part}" for part in ("year", "date", "hour", "iso_year", "week")]
    api = serve(specimens=(Specimen, {"fields": ["id"], "groups": groups}))
    shown = ask(api, "/specimens?group=datetime__year,datetime__date")["items"]
    assert [tuple(row.values()) for row in shown] == [(2019, "2019-12-31", 2), (2020, "2020-01-01", 1)]
    shown = ask(api, "/specimens?group=datetime__hour,datetime__iso_year,datetime__week&order=-datetime__hour")["items"]
    assert [tuple(row.values()) for row in shown] == [(23, 2020, 1, 1), (22, 2020, 1, 1), (0, 2020, 1, 1)]


WRONG = {
    "group=author__nam": ("unknown-group", ""),
    "group=author__countr": ("unknown-group", "'author__country'"),
    "group=id": ("unknown-group", ""),
    "group=author__country,": ("unknown-group", ""),
    "group=in_print,published__year,published__month,price,publisher": ("too-many-terms", "4"),
    "group=in_print,in_print": ("repeated-term", ""),
    "aggregate=count(),count()": ("repeated-term", ""),
    "aggregate=price": ("invalid-aggregate", "avg(price)"),
    "aggregate=avg": ("invalid-aggregate", ""),
    "aggregate=avg()": ("unknown-measure", ""),
    "aggregate=avg(pric)": ("unknown-measure", "'price'"),
    "aggregate=avg(author__name)": ("unknown-measure", "text"),
    "aggregate=sum(published)": ("unknown-measure", "date"),
    "aggregate=averag(price)": ("unknown-function", ""),
    "aggregate=stddev(price)": ("unknown-function", ""),
    "aggregate=avg(id)": ("unknown-measure", ""),
    "aggregate=avg(price);drop": ("invalid-aggregate", ""),
    "aggregate=" + ",".join(["count()"] * 11): ("too-many-terms", "10"),
    "group=in_print&order=price": ("unknown-order", ""),
    "group=in_print&order=-coun": ("unknown-order", "'count'"),
    "group=in_print&fields=id": ("unknown-parameter", ""),
    "group=in_print&include=author": ("unknown-parameter", ""),
    "group=in_print&group=price": ("repeated-parameter", ""),
}


@pytest.mark.parametrize("question", WRONG)
def test_what_is_wrong_is_refused_unasked(question: str, database: Any, statements: Any) -> None:
    """Naming the parameter and the nearest right name."""
    statements.clear()
    code, hint = WRONG[question]
    status, found, detail = refusal(APIS["open"], f"/books?{question}")
    assert (status, found, statements) == (400, code, []), detail
    assert hint in detail


def test_a_resource_without_groups_has_none(database: Any) -> None:
    """But its rows may be counted."""
    api = serve(tags=(Author, {"fields": ["id"]}))
    assert refusal(api, "/tags?group=name")[1] == "unknown-group"
    assert ask(api, "/tags?aggregate=count()")["items"] == [{"count": 0}]


def test_a_cursor_of_one_grouping_is_not_anothers(database: Any) -> None:
    """Nor the plain list's."""
    _fill([1, 1, 1, 1])
    api = APIS["open"]
    cursor = ask(api, "/books?group=price&limit=1")["next"].partition("cursor=")[2]
    for other in ("group=in_print", "group=price,in_print", "group=price&aggregate=avg(price)", "", "group="):
        assert refusal(api, f"/books?{other}&cursor={cursor}")[:2] == (400, "invalid-cursor"), other
