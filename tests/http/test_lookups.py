"""Every lookup of every kind leaves the rows that plain Python leaves, on both databases, and as Django's own does."""

import datetime as dt
import uuid
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils.duration import duration_iso_string

from nuages import API, Resource, anyone
from tests.http.filtering import keys
from tests.support.evaluation import condition_of as ask_of
from tests.zoo.models import Specimen

UTC = dt.UTC
SMALL_SIGMA, DOTLESS_I = "\u03c3", "\u0131"
TEXTS = """a|A|é|É|e\u0301|straße|STRASSE|STRAßE|İstanbul|istanbul|Привет|ПРИВЕТ|100%|100 %s|a_b|axb|a\\b|a\\\\b|\\%
it's|say "hi"|'; --|tab\t|日本|😀 smile|%|_|\\|*|null|true|[1]|a b|--|;""".replace("\n", "|").split("|")
TEXTS += ["", " ", "line\nbreak", f"{DOTLESS_I}I", f"\u03c2 {SMALL_SIGMA} \u03a3"]
PIECES = [*"sSßiİI_\\'\"\ne", "ss", "приВ", "0%", "%s", "E\u0301", SMALL_SIGMA, DOTLESS_I]
VALUES: dict[str, list[Any]] = {
    "integer": [0, 1, -1, 7, 10, 2**30 - 1, -(2**30)],  # twice as much is in the column "doubled"
    "big": [0, 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)],
    "doubled": [0, 2, -2, 14, 20, 2**31 - 2, -(2**31)],
    "char": TEXTS,
    "boolean": [True, False],
    "decimal": [
        Decimal("0.000"),
        Decimal("0.100"),
        Decimal("0.300"),
        Decimal("-0.001"),
        Decimal("12.500"),
        Decimal("999999999.999"),
        Decimal("-999999999.999"),
    ],
    "float": [0.0, 0.1, 0.30000000000000004, 0.3, -1.5, 1e300, 5e-324],
    "date": [
        *(dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2020, 12, 31), dt.date(2021, 1, 1), dt.date(2021, 1, 3)),
        *(dt.date(2021, 1, 4), dt.date(2016, 1, 1), dt.date(2024, 2, 29), dt.date(2024, 12, 30), dt.date(2024, 12, 31)),
    ],
    "datetime": [
        *(dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, 22, 59, 59, 999999, tzinfo=UTC)),
        *(dt.datetime(2020, 12, 31, hour, 30, 59, 1, tzinfo=UTC) for hour in (0, 22, 23)),
        *(dt.datetime(2021, 1, 1, tzinfo=UTC), dt.datetime(2021, 1, 3, 23, 59, 59, 999999, tzinfo=UTC)),
        *(dt.datetime(2023, 10, 28, hour, 15, tzinfo=UTC) for hour in (2, 20, 21, 22, 23)),
        *(dt.datetime(2024, 3, 31, hour, 0, 0, 500000, tzinfo=UTC) for hour in (0, 1, 21, 22)),
    ],
    "time": [
        dt.time(0),
        dt.time(23, 59, 59, 999999),
        dt.time(12),
        dt.time(12, 0, 0, 1),
        dt.time(9, 30),
        dt.time(9, 5, 7),
    ],
    "duration": [
        *(dt.timedelta(0), dt.timedelta(microseconds=1), dt.timedelta(microseconds=-1), dt.timedelta(days=-1, hours=1)),
        *(dt.timedelta(days=40), dt.timedelta(seconds=90), dt.timedelta(days=10_000, microseconds=5)),
    ],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID(int=0xABCDEF << 64)],
    "address": ["1.2.3.4", "::1", "2001:db8::ff", "::ffff:1.2.3.4", "255.255.255.255"],
}
WHOLE = [name for name in VALUES if name not in ("boolean", "uuid", "address")]
ORDERS = ("gt", "gte", "lt", "lte")
EDGES = {
    "year": [1, 2020, 2021, 9999],
    "iso_year": [1, 2015, 2020, 2025, 9999],
    "month": [1, 3, 12],
    "day": [1, 29, 31],
}
EDGES |= {"quarter": [1, 4], "week": [1, 9, 53], "week_day": [1, 6, 7], "iso_week_day": [1, 5, 7]}
CLOCKS = {"hour": [0, 1, 9, 12, 23], "minute": [0, 30, 59], "second": [0, 7, 59]}
ON_POSTGRES = pytest.param("postgres", marks=pytest.mark.django_db(databases=["postgres"]))
Question = tuple[str, Any]


class Everything(Resource):
    """A parameter for each."""

    fields = ["id"]
    filters = list(VALUES)
    rules = {"read": anyone}
    path = "everything"


def make_api() -> API:
    """A new API: no plan is made yet."""
    api = API(title="Lookups")
    api.resource(Specimen)(Everything)
    return api


def spell(value: Any) -> str:
    """Write a value as a client does."""
    if isinstance(value, list | tuple):
        return ",".join(spell(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.timedelta):
        return duration_iso_string(value)
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def questions(name: str) -> Iterable[Question]:
    """Each lookup of one column, with the values that may make a difference."""
    values = VALUES[name]
    plain = [value for value in values if "," not in spell(value)]
    yield from ((lookup, value) for lookup in ("", "exact") for value in values)
    yield from (("in", values) for values in (plain, plain[:1], plain[1:4]))
    if name in WHOLE:
        yield from ((lookup, value) for lookup in ORDERS for value in values)
        yield from (("range", (low, high)) for low, high in pairwise(plain))
    if name == "char":
        names = ("iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith")
        yield from ((lookup, text) for lookup in names for text in (*TEXTS, *PIECES))
    if name in ("date", "datetime"):
        yield from _parts(EDGES)
    if name in ("time", "datetime"):
        yield from _parts(CLOCKS)
    if name == "datetime":
        days = sorted({moment.date() for moment in values} - {dt.date.min, dt.date.max})
        yield from ((f"date{lookup}", day) for lookup in ("", "__gt", "__gte", "__lt", "__lte") for day in days)
        yield "date__in", days[:3]
        yield from (("date__range", pair) for pair in pairwise(days))
        clocks = [moment.time() for moment in values]
        yield from (("time__range", pair) for pair in pairwise(sorted(clocks)))
        yield from ((f"time{lookup}", clock) for lookup in ("", "__gt", "__gte", "__lt", "__lte") for clock in clocks)


def _parts(parts: dict[str, list[int]]) -> Iterable[Question]:
    for part, numbers in parts.items():
        yield from ((f"{part}{lookup}", n) for lookup in ("", "__gt", "__gte", "__lt", "__lte") for n in numbers)
        yield f"{part}__in", numbers[1:]
        yield from ((f"{part}__range", (low, high)) for low, high in pairwise(sorted(numbers)))


def fill(name: str) -> dict[int, Any]:
    """One row a value, and two without any; gives the values by key as the database holds them."""
    column = "integer" if name == "doubled" else name
    stored = [value // 2 for value in VALUES[name]] if name == "doubled" else VALUES[name]
    Specimen.objects.bulk_create([Specimen(**{column: value}) for value in [*stored, None, None]])
    return dict(Specimen.objects.values_list("id", name))


def check(api: API, name: str, rows: dict[int, Any], asked: Iterable[Question]) -> None:
    """Compare each lookup with Python, and its negation with the complement."""
    for lookup, value in asked:
        parameter = f"{name}__{lookup}" if lookup else name
        expected = {key for key, held in rows.items() if held is not None and ask_of(lookup)(held, value)}
        assert keys(api, "/everything", (parameter, spell(value))) == expected, (parameter, value)
        assert keys(api, "/everything", (f"{parameter}!", spell(value))) == rows.keys() - expected, (parameter, value)


@pytest.mark.parametrize("name", VALUES)
def test_a_lookup_leaves_what_python_leaves(name: str, database: Any) -> None:
    """Each lookup with each value; negated it leaves all the others, those without a value included."""
    check(make_api(), name, fill(name), questions(name))


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("database", [ON_POSTGRES], indirect=True)
def test_a_lookup_leaves_what_djangos_own_leaves(name: str, database: Any) -> None:
    """On PostgreSQL, whose text Django compares by its letters."""
    fill(name)
    api = make_api()
    for lookup, value in questions(name):
        parameter = f"{name}__{lookup}" if lookup else name
        if lookup.startswith("iso_year") and value == 9999:
            continue  # Django cannot
        rows = Specimen.objects.filter(**{parameter: value})
        assert keys(api, "/everything", (parameter, spell(value))) == set(rows.values_list("pk", flat=True)), parameter


@pytest.mark.parametrize("name", VALUES)
def test_a_repeated_parameter_asks_for_any_and_its_negation_for_none(name: str, database: Any) -> None:
    """Also where some value is held by no row."""
    rows, api = fill(name), make_api()
    chosen = VALUES[name][:2]
    expected = {key for key, value in rows.items() if value in chosen}
    asked = [spell(value) for value in chosen]
    assert keys(api, "/everything", *((name, text) for text in asked)) == expected
    assert keys(api, "/everything", *((f"{name}!", text) for text in asked)) == rows.keys() - expected
    assert keys(api, "/everything", (f"{name}__isnull", "true")) == {key for key in rows if rows[key] is None}
    assert keys(api, "/everything", (f"{name}__isnull!", "true")) == {key for key in rows if rows[key] is not None}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Beirut", "Pacific/Kiritimati", "UTC", "America/Sao_Paulo"])
@pytest.mark.parametrize("name", ["date", "datetime"])
def test_parts_of_dates_are_those_of_the_projects_clocks(name: str, zone: str, database: Any, settings: Any) -> None:
    """Also where a day has an hour twice at its end (Beirut, 2023-10-28), or begins at one o'clock (São Paulo)."""
    settings.TIME_ZONE = zone
    rows = fill(name)
    if name == "datetime":  # no clock shows them: their day lies outside the calendar
        rows = {key: value for key, value in rows.items() if value is None or 1 < value.year < 9999}
        Specimen.objects.exclude(pk__in=rows).delete()
    check(make_api(), name, rows, [each for each in questions(name) if each[0].partition("__")[0] not in ("", *ORDERS)])
