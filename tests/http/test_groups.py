"""`group=` and `aggregate=` compute what Python computes of the visible rows."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nuages import API
from shop.models import Author, Book, Publisher
from tests.http.asking import ask, serve
from tests.http.client import on_each_database

Row = dict[str, Any]
ATTRIBUTES: Row = {
    "fields": ["id"],
    "filters": ["published", "author__country", "publisher__name", "price"],
    "groups": [
        *("author__country", "author__born", "publisher__name", "publisher", "in_print", "published", "price"),
        *("published__year", "published__month", "published__week_day", "published__quarter", "author__born__year"),
    ],
    "measures": ["price", "published", "author__born", "publisher", "author__name"],
}
PARTS: dict[str, Callable[[dt.date], int]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "week_day": lambda day: day.isoweekday() % 7 + 1,
    "quarter": lambda day: (day.month + 2) // 3,
}
MEASURES = [
    *("count()", "count(price)", "count(published)", "count(author__born)", "count(publisher)"),
    *("count_distinct(price)", "count_distinct(publisher)", "count_distinct(author__name)", "sum(price)", "avg(price)"),
    *("min(price)", "max(published)", "min(author__born)", "max(author__name)", "min(author.name)"),
]
DAYS = st.none() | st.sampled_from(
    [dt.date(2020, 1, 1), dt.date(2020, 5, 31), dt.date(1999, 12, 31), dt.date(2000, 2, 29)]
)
BOOKS = st.lists(
    st.fixed_dictionaries(
        {
            "price": st.sampled_from([Decimal("0.10"), Decimal("0.20"), Decimal("0.70"), Decimal("999.99")]),
            "published": DAYS,
            "in_print": st.booleans(),
            "author": st.integers(1, 4),
            "publisher": st.none() | st.integers(1, 3),
        }
    ),
    max_size=14,
)
AUTHORS = {
    1: ("Ann", "FR", dt.date(1950, 3, 3)),
    2: ("Bob", "", None),
    3: ("Cid", "JP", dt.date(1950, 12, 31)),
    4: ("Dot", "US", None),
}
RULES: dict[str, tuple[Any, set[int]]] = {
    "open": (Q(), {1, 2, 3, 4}),
    "some": (~Q(country="FR"), {2, 3, 4}),
    "none": (Q(pk__in=[]), set()),
}


def _api(rule: str, *, cheap: bool = False) -> API:
    own = {"rules": {"read": lambda _: Q(price__lt=100)}} if cheap else {}
    hidden = {"fields": ["id"], "rules": {"read": lambda _: RULES[rule][0] or True}}
    publishers = {"fields": ["id"], "rules": {"read": lambda _: ~Q(name="P3")}}
    return serve(books=(Book, {**ATTRIBUTES, **own}), authors=(Author, hidden), publishers=(Publisher, publishers))


APIS = {(rule, cheap): _api(rule, cheap=cheap) for rule in RULES for cheap in (False, True)}


def _full(book: Row, seen: set[int]) -> Row:
    """A book with all that it may be grouped by or measured; what a rule hides is absent."""
    name, country, born = AUTHORS[book["author"]] if book["author"] in seen else (None, None, None)
    house = book["publisher"]
    row = {**book, "author__name": name, "author__country": country, "author__born": born}
    row["publisher__name"] = f"P{house}" if house and house != 3 else None
    for source in ("published", "author__born"):
        for part, show in PARTS.items():
            row[f"{source}__{part}"] = None if row[source] is None else show(row[source])
    return row


def _compute(measure: str, rows: list[Row]) -> tuple[str, Any]:
    function, _, name = measure.removesuffix(")").replace(".", "__").partition("(")
    if not name:
        return "count", len(rows)
    values = [row[name] for row in rows if row[name] is not None]
    found: Any = {
        "count": len(values),
        "count_distinct": len(set(values)),
        "sum": sum(values) if function == "sum" and values else None,
        "avg": float(sum(values)) / len(values) if function == "avg" and values else None,
        "min": min(values, default=None),
        "max": max(values, default=None),
    }
    return f"{function}_{name}", found[function]


def _grouped(rows: list[Row], groups: list[str], measures: list[str]) -> list[Row]:
    members: dict[Any, list[Row]] = {} if groups else {(): []}
    for row in rows:
        members.setdefault(tuple(row[name] for name in groups), []).append(row)
    return [
        dict(zip(groups, key, strict=True)) | dict(_compute(measure, inside) for measure in measures)
        for key, inside in members.items()
    ]


def _ordered(items: list[Row], terms: list[tuple[str, str]], groups: list[str]) -> list[Row]:
    named = {name for name, _ in terms}
    for name, sign in reversed([*terms, *((group, "") for group in groups if group not in named)]):
        absent = [row for row in items if row[name] is None]
        present = sorted(
            (row for row in items if row[name] is not None), key=lambda row: row[name], reverse=sign == "-"
        )
        items = absent + present if sign else present + absent
    return items


def _comparable(row: Row) -> Row:
    """As JSON shows it; floats to twelve digits."""
    return {name: _shown(value) for name, value in row.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _fill(books: list[Row]) -> None:
    Book.objects.all().delete()
    if not Author.objects.exists():
        Author.objects.bulk_create(Author(id=n, name=a, country=c, born=b) for n, (a, c, b) in AUTHORS.items())
        Publisher.objects.bulk_create(Publisher(id=n, name=f"P{n}") for n in (1, 2, 3))
    ids = {"author": "author_id", "publisher": "publisher_id"}
    Book.objects.bulk_create(Book(title="", **{ids.get(name, name): v for name, v in row.items()}) for row in books)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    books=BOOKS,
    groups=st.lists(st.sampled_from(ATTRIBUTES["groups"]), max_size=3, unique=True),
    measures=st.lists(st.sampled_from(MEASURES), max_size=4, unique_by=lambda text: text.replace(".", "__")),
    limit=st.integers(1, 4),
    kind=st.sampled_from(sorted(APIS)),
    filters=st.sampled_from(
        ["", "price__gte=0.20", "published__year=2020", "author__country=JP", "author__country!=JP"]
    ),
    data=st.data(),
)
@pytest.mark.django_db(databases="__all__")
def test_any_grouping_is_what_python_computes(
    books: list[Row],
    groups: list[str],
    measures: list[str],
    limit: int,
    kind: tuple[str, bool],
    filters: str,
    data: Any,
) -> None:
    """Random groups, measures, filters, rules and orders; the pages both ways, and their count."""
    rule, cheap = kind
    rows = [_full(row, RULES[rule][1]) for row in books if not (cheap and row["price"] > 100)]
    expected = _grouped([row for row in rows if _matches(row, filters)], groups, measures or ["count()"])
    names = [*groups, *(_compute(measure, [])[0] for measure in measures or ["count()"])]
    terms = data.draw(
        st.lists(st.tuples(st.sampled_from(names), st.sampled_from(["", "-"])), max_size=3, unique_by=lambda t: t[0])
    )
    order = ",".join(f"{sign}{name}" for name, sign in terms)
    whole = [_comparable(row) for row in _ordered(expected, terms, groups)]
    asked = f"group={','.join(groups)}&aggregate={','.join(measures)}&order={order}"
    url = f"/books?{asked}&limit={limit}&count=exact&{filters}"
    note(url)
    for connection in on_each_database():
        _fill(books)
        pages = [ask(APIS[kind], url)]
        while pages[-1]["next"]:
            pages.append(ask(APIS[kind], pages[-1]["next"]))
        assert [_comparable(row) for page in pages for row in page["items"]] == whole, connection.vendor
        assert {page["count"] for page in pages} == {len(whole)}
        for before, after in pairwise(pages):
            assert ask(APIS[kind], after["previous"])["items"] == before["items"], connection.vendor


def _matches(row: Row, filters: str) -> bool:
    """What the few filters above ask for."""
    return {
        "": True,
        "price__gte=0.20": row["price"] >= Decimal("0.20"),
        "published__year=2020": row["published__year"] == 2020,
        "author__country=JP": row["author__country"] == "JP",
        "author__country!=JP": row["author__country"] != "JP",
    }[filters]
