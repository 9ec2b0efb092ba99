"""Every type of field is shown the same from both databases, and as a plain ORM loop would show it."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.client import get, items, on_each_database
from tests.support.oracle import comparable, represent, same
from tests.zoo.api import Listings, Specimens
from tests.zoo.models import Listing, Note, Specimen

UTC = dt.UTC
ODD_TEXT = 'quotes " \' and \\ / \b\f\n\r\t\x01\x7f < > & \u2028 é 漢字 😀 {"a":1} %s %% null'

CASES: dict[str, list[Any]] = {
    "integer": [0, 1, -1, 2**30 - 1, -(2**30)],
    "big": [2**63 - 1, -(2**63), 2**53 + 1],
    "small": [0, 32767],
    "char": ["", " ", ODD_TEXT[:100]],
    "text": ["", ODD_TEXT, "x" * 10_000],
    "slug": ["a-b_c"],
    "email": ["a+b@example.org"],
    "url": ["https://example.org/?a=1&b=%20"],
    "size": [Specimen.Size.SMALL, "l"],
    "boolean": [True, False],
    "decimal": [Decimal(0), Decimal("0.001"), Decimal("-0.5"), Decimal("123456789.125"), Decimal(10)],
    "float": [0.0, 1.0, -2.5, 0.1, 1 / 3, 1e22, 1e-7, 1.7976931348623157e308, 5e-324, 123456789.123456789],
    "date": [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29)],
    "datetime": [
        dt.datetime(2024, 5, 31, 12, 0, tzinfo=UTC),
        dt.datetime(2024, 5, 31, 12, 0, 0, 500_000, tzinfo=UTC),
        dt.datetime(2024, 5, 31, 12, 0, 10, 1, tzinfo=UTC),
        dt.datetime(1900, 1, 1, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
    "time": [dt.time(0), dt.time(23, 59, 59, 999_999), dt.time(10, 20, 30, 500_000), dt.time(10, 20, 10)],
    "duration": [
        dt.timedelta(0),
        dt.timedelta(days=3, hours=4, seconds=6, microseconds=500_000),
        dt.timedelta(days=-1, microseconds=1),
        dt.timedelta(microseconds=-1),
        dt.timedelta(days=40_000, seconds=1),
    ],
    "uuid": [uuid.UUID(int=0), uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")],
    "binary": [b"", b"\x00\xff", bytes(range(256)) * 3],
    "json": [
        {},
        [],
        [1, "a", None, True, 1.5],
        {"b": {"c": [1, {"d": None}]}, "é": "\u2028"},
        "text",
        5,
        False,
        10**25,
    ],
    "address": ["192.168.0.1", "2001:db8::1"],
    "file": ["files/a b%20é.txt", "files/x.txt"],
    "image": ["images/x.png"],
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.django_db(databases="__all__")
def test_a_field_is_shown_the_same_from_both_databases_and_as_the_orm_would(name: str) -> None:
    """A field of any type, at its extremes and null, is the same JSON everywhere."""
    bodies = []
    for connection in on_each_database():
        rows = [Specimen.objects.create(id=n, **{name: value}) for n, value in enumerate([None, *CASES[name]], start=1)]
        shown = items("/zoo/specimens")
        expected = [represent(Specimen.objects.get(pk=row.pk), Specimens.fields) for row in rows]
        assert comparable(shown) == comparable(expected), connection.vendor
        bodies.append(comparable(shown))
    assert bodies[0] == bodies[1]


SPECIMENS = st.fixed_dictionaries(
    {
        "integer": st.none() | st.integers(-(2**31), 2**31 - 1).filter(lambda number: abs(number) < 2**30),
        "big": st.none() | st.integers(-(2**63), 2**63 - 1),
        "char": st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=100),
        "boolean": st.none() | st.booleans(),
        "decimal": st.none() | st.decimals(-(10**8), 10**8, places=3),
        "float": st.none() | st.floats(-1e300, 1e300),
        "date": st.none() | st.dates(),
        "datetime": st.none() | st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9998, 1, 1), timezones=st.just(UTC)),
        "time": st.none() | st.times(),
        "duration": st.none() | st.timedeltas(dt.timedelta(days=-90_000), dt.timedelta(days=90_000)),
        "uuid": st.none() | st.uuids(),
        "binary": st.none() | st.binary(max_size=300),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specimens=st.lists(SPECIMENS, min_size=1, max_size=8))
@pytest.mark.django_db(databases="__all__")
def test_any_values_are_shown_the_same_from_both_databases_and_as_the_orm_would(specimens: list[Any]) -> None:
    """Whatever is stored comes out the same."""
    bodies = []
    for _ in on_each_database():
        Specimen.objects.all().delete()
        Specimen.objects.bulk_create(Specimen(id=n, **values) for n, values in enumerate(specimens, start=1))
        shown = comparable(items("/zoo/specimens"))
        assert shown == comparable([represent(row, Specimens.fields) for row in Specimen.objects.order_by("id")])
        bodies.append(shown)
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("text", "spelling"), [(float("inf"), "Infinity"), (float("-inf"), "-Infinity")], ids=["inf", "-inf"]
)
@pytest.mark.django_db(databases="__all__")
def test_an_infinite_float_is_text_since_json_has_no_number_for_it(text: float, spelling: str) -> None:
    """One poisoned row does not make a whole list unreadable."""
    for _ in on_each_database():
        specimen = Specimen.objects.create(float=text)
        assert get(f"/zoo/specimens/{specimen.pk}").json()["float"] == spelling


def test_generic_relations_are_shown(database: Any) -> None:
    """Notes about a specimen, and not those about something else with the same number."""
    specimen = Specimen.objects.create(id=5)
    Note.objects.create(about=specimen, text="mine")
    other = Note.objects.create(id=5, about=specimen, text="also mine")
    Note.objects.create(about=other, text="about a note")
    assert [note["text"] for note in get("/zoo/specimens/5").json()["notes"]] == ["also mine", "mine"] or [
        note["text"] for note in get("/zoo/specimens/5").json()["notes"]
    ] == ["mine", "also mine"]


@pytest.mark.django_db(databases=["postgres"])
def test_fields_of_postgresql_are_shown() -> None:
    """Arrays as lists, with the spelling of their elements; ranges as text."""
    from tests.support.router import choose_database  # noqa: PLC0415

    with choose_database("postgres"):
        Listing.objects.create(
            id=1, numbers=[3, None, 1], prices=[Decimal("1.50"), None], matrix=[[1, 2], [3, 4]], span=(1, 5),
            days=(dt.date(2024, 1, 1), None),
        )  # fmt: skip
        Listing.objects.create(id=2, numbers=[])
        Listing.objects.create(id=3)
        first, second, third = items("/listings/listings")
    assert first["numbers"] == [3, None, 1]
    assert first["prices"] == ["1.50", None]
    assert first["matrix"] == [[1, 2], [3, 4]]
    assert (first["span"], first["days"]) == ("[1,5)", "[2024-01-01,)")
    assert (second["numbers"], third["numbers"]) == ([], None)
    assert list(third) == [name for name in Listings.fields if isinstance(name, str)]


def test_a_timestamp_is_utc_whatever_the_projects_time_zone(database: Any) -> None:
    """The tests' settings live in Paris; the wire does not."""
    moment = dt.datetime(2024, 7, 1, 12, 30, tzinfo=timezone.get_default_timezone())
    specimen = Specimen.objects.create(datetime=moment)
    body = get(f"/zoo/specimens/{specimen.pk}").content
    assert json.loads(body)["datetime"] == "2024-07-01T10:30:00+00:00"
    assert same(body, represent(Specimen.objects.get(pk=specimen.pk), Specimens.fields))
