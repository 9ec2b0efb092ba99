"""Rows that another program wrote into SQLite, as Django would never spell them, are shown truly or not at all."""

import sqlite3
from typing import Any

import pytest
from django.db import connections

from tests.http.asking_as import ask_as
from tests.http.client import get, items
from tests.zoo.models import Keeper, Specimen


@pytest.mark.parametrize(
    ("column", "stored", "shown"),
    [
        ("datetime", "2023-09-09T08:00:00Z", "2023-09-09T08:00:00+00:00"),
        ("datetime", "2015-01-01 10:00:00+02:00", "2015-01-01T08:00:00+00:00"),
        ("datetime", "2015-01-01 10:00:00.5+02:00", "2015-01-01T08:00:00.5+00:00"),
        ("datetime", "2015-01-01", "2015-01-01T00:00:00+00:00"),
        ("datetime", "2015-01-01 10:00", "2015-01-01T10:00:00+00:00"),
        ("datetime", "2015-01-01T10:00:00.250", "2015-01-01T10:00:00.25+00:00"),
        ("datetime", "", None),
        ("datetime", "soon", None),
        ("uuid", "A09F76B5-A170-B338-3926-3059F28C105D", "a09f76b5-a170-b338-3926-3059f28c105d"),
        ("decimal", "", None),
        ("decimal", "12.5", "12.500"),
    ],
)
@pytest.mark.django_db
def test_what_another_program_wrote_is_shown_as_it_was_meant(column: str, stored: str, shown: Any) -> None:
    """Zones, mere dates, dashes; what is no value at all is null."""
    specimen = Specimen.objects.create()
    with connections["default"].cursor() as cursor:
        cursor.execute(f'UPDATE zoo_specimen SET "{column}" = %s WHERE id = %s', [stored, specimen.pk])
    assert get(f"/zoo/specimens/{specimen.pk}").json()[column] == shown


@pytest.mark.django_db(transaction=True)
def test_one_bad_json_text_spoils_no_list() -> None:
    """SQLite's own JSON functions would refuse the whole statement."""
    Specimen.objects.create(id=1, json={"a": 1})
    Specimen.objects.create(id=2, json=None)
    connection = connections["default"]
    connection.connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        connection.connection.execute("UPDATE zoo_specimen SET json = '{bad' WHERE id = 2")
    finally:
        connection.connection.execute("PRAGMA ignore_check_constraints = OFF")
    assert [row["json"] for row in items("/zoo/specimens")] == [{"a": 1}, "{bad"]


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_the_schema_is_no_busy_database(caplog: pytest.LogCaptureFixture) -> None:
    """A missing column is a 500 that is logged, not a 503 that asks to try again."""
    connection = connections["default"]
    raw: sqlite3.Connection = connection.connection or connection.get_new_connection(connection.get_connection_params())
    raw.execute('ALTER TABLE zoo_badge RENAME COLUMN "number" TO gone')
    try:
        assert ask_as("GET", "/zoo/badges").status_code == 500
        assert "failed" in caplog.text
    finally:
        raw.execute('ALTER TABLE zoo_badge RENAME COLUMN gone TO "number"')


def test_rows_without_any_related_row_can_be_asked_for(database: Any) -> None:
    """Absent over a relation to many means that there is none."""
    friend, alone = Keeper.objects.create(name="friend"), Keeper.objects.create(name="alone")
    friend.friends.add(Keeper.objects.create(name="other"))
    assert [row["name"] for row in items("/zoo/keepers?friends__name__isnull=true")] == [alone.name]
    assert {row["name"] for row in items("/zoo/keepers?friends__name__isnull=false")} == {"friend", "other"}
