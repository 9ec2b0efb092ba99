"""A row put into its table's place is the row that it was: each value of the same type, and spelled the same."""

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.db.models.expressions import Value
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.unit.live.following import Follower, logged, row_in, row_of
from tests.zoo.models import Badge, Box, Keeper, Listing, Odd, Shelf, Specimen, Tick

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MOMENT = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))
FLOAT = st.floats(allow_nan=False).map(lambda number: number + 0.0)  # -0.0 becomes 0.0, as it does in JSON
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**30), 2**30 - 1),  # twice of which is the generated column
    "big": st.integers(-(2**63), 2**63 - 1),
    "small": st.integers(0, 2**15 - 1),
    "char": TEXT,
    "text": TEXT,
    "boolean": st.booleans(),
    "decimal": st.decimals(-(10**8), 10**8, places=3),
    "float": FLOAT,
    "date": st.dates(),
    "datetime": MOMENT,
    "time": st.times(),
    "duration": st.timedeltas(dt.timedelta(-10_000), dt.timedelta(10_000)),
    "uuid": st.uuids(),
    "binary": st.binary(max_size=20),
    "json": JSON | st.just(Value(None, models.JSONField())),
    "address": st.ip_addresses().map(str),
    "file": TEXT,
}
ROWS = st.fixed_dictionaries({}, optional=VALUES)
NULL = Value(None, models.JSONField())
MANY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


def test_every_kind_of_value_is_kept(database: Any, transactional_db: None) -> None:
    """Whatever Django can store, before and after a change, and generated columns too."""
    with logged(database.alias, Specimen) as feed:
        follower = Follower(feed, Specimen)

        @MANY
        @given(ROWS, ROWS)
        @example({"json": NULL}, {"json": None})
        @example({"json": None}, {"json": NULL})
        def keep(first: dict[str, Any], second: dict[str, Any]) -> None:
            if database.vendor == "sqlite":
                first, second = ({k: v for k, v in row.items() if not _is_beyond(v)} for row in (first, second))
            made = Specimen.objects.create(**{"integer": 1, **first})
            before = row_in(database.alias, "zoo_specimen", (made.pk,))
            Specimen.objects.filter(pk=made.pk).update(integer=2, **{k: v for k, v in second.items() if k != "integer"})
            after = row_in(database.alias, "zoo_specimen", (made.pk,))
            Specimen.objects.all().delete()
            inserted, *changed, deleted = follower.read()
            assert row_of(database.alias, inserted, "new") == before
            assert [row_of(database.alias, change, "old") for change in changed] == [before] * len(changed)
            assert [row_of(database.alias, change, "new") for change in changed] == [after] * len(changed)
            assert row_of(database.alias, deleted, "old") == after

        keep()


def _is_beyond(value: Any) -> bool:
    """Whether SQLite has no such value."""
    return isinstance(value, float) and math.isnan(value)


@pytest.mark.parametrize("form", ["sql", "german"])
def test_a_session_with_ways_of_its_own_loses_nothing(database: Any, transactional_db: None, form: str) -> None:
    """Floats cut short, dates and intervals spelled in another way: the log is not."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite has no such settings.")
    sessions = {
        "sql": "SET datestyle = 'SQL, DMY'; SET intervalstyle = 'sql_standard'; SET extra_float_digits = -10",
        "german": "SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'escape'",
    }
    with logged(database.alias, Specimen, Listing) as feed:
        follower = Follower(feed, Specimen, Listing)
        with database.cursor() as cursor:
            cursor.execute(sessions[form])
            specimen = Specimen.objects.create(
                float=1 / 3, duration=-dt.timedelta(days=3, seconds=1), date=dt.date(2001, 2, 3), binary=b"\0\\x\xff"
            )
            listing = Listing.objects.create(days=(dt.date(2001, 2, 3), dt.date(2001, 4, 5)))
            cursor.execute("RESET datestyle; RESET intervalstyle; RESET extra_float_digits; RESET bytea_output")
        first, second = follower.read()
        assert row_of(database.alias, first, "new") == row_in(database.alias, "zoo_specimen", (specimen.pk,))
        assert row_of(database.alias, second, "new") == row_in(database.alias, "zoo_listing", (listing.pk,))


def test_values_of_postgresql_alone_are_kept(database: Any, transactional_db: None) -> None:
    """Arrays of several dimensions, ranges without an end, not-a-number, infinite moments."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite has none.")
    statements = [
        "INSERT INTO zoo_listing (numbers, prices, matrix, span, days) VALUES ('{1,NULL,3}', '{1.50,NaN}',"
        " '{{1,2},{3,4}}', '[1,)', '(,infinity)')",
        "INSERT INTO zoo_listing (numbers, prices, matrix, span) VALUES ('{}', NULL, '{}', 'empty')",
    ]
    specimens = [
        "INSERT INTO zoo_specimen (decimal, float, date, datetime, file, image)"
        " VALUES ('NaN', 'NaN', 'infinity', '-infinity', '', '')",
        "INSERT INTO zoo_specimen (decimal, float, date, datetime, file, image)"
        " VALUES (0.100, '-infinity', '0044-03-15 BC', '294276-01-01', '', '')",
    ]
    with logged(database.alias, Listing, Specimen) as feed, database.cursor() as cursor:
        follower = Follower(feed, Listing, Specimen)
        for statement in statements + specimens:
            cursor.execute(statement)
        changes = follower.read()
        assert len(changes) == 4
        for change in changes:
            assert change.new is not None
            row = row_of(database.alias, change, "new")
            assert row == row_in(database.alias, change.table, change.new.key)


def test_a_key_of_two_columns_finds_its_row(database: Any, transactional_db: None) -> None:
    """Before and after a change, and when the table has it no more."""
    with logged(database.alias, Shelf) as feed:
        follower = Follower(feed, Shelf)
        for room, place in ((1, "a"), (1, "b"), (2, "a")):
            Shelf.objects.create(room=room, place=place, label="new")
        Shelf.objects.filter(pk=(1, "b")).update(label="newest")
        change = follower.read()[-1]
        assert row_of(database.alias, change, "old") == labelled(database, (1, "b"), "new")
        Shelf.objects.filter(pk=(1, "b")).delete()
        assert row_of(database.alias, change, "new") == labelled(database, (1, "b"), "newest")


def labelled(database: Any, key: Any, label: str) -> Any:
    """A shelf as the table would spell it."""
    return [
        ("integer", str(key[0]), "character varying", key[1], "character varying", label)
        if database.vendor == "postgresql"
        else ("integer", key[0], "text", key[1], "text", label)
    ]


def test_names_with_blanks_quotes_and_percent_signs_are_followed(database: Any, transactional_db: None) -> None:
    """Of tables and columns."""
    with logged(database.alias, Odd) as feed:
        follower = Follower(feed, Odd)
        with database.cursor() as cursor:
            cursor.execute(
                """INSERT INTO "zoo odd's 100%" ("sel ect", "100% of %s", "it's %% odd") VALUES ('a', 1, 2)"""
            )
            cursor.execute("""UPDATE "zoo odd's 100%" SET "it's %% odd" = 3""")
        inserted, changed = follower.read()
        assert row_of(database.alias, changed, "old") == row_of(database.alias, inserted, "new")
        assert row_of(database.alias, changed, "new") == row_in(database.alias, inserted.table, changed.new.key)


def test_keys_are_what_python_has(database: Any, transactional_db: None) -> None:
    """A UUID is one, a reference has the value that it refers to, a key of two columns has both."""
    with logged(database.alias, Keeper, Badge, Tick, Box) as feed:
        follower = Follower(feed, Keeper, Badge, Tick)
        key, moment = uuid.uuid4(), dt.datetime(2026, 3, 29, 1, 30, 0, 123456, dt.UTC)
        keeper = Keeper.objects.create(pk=key, name="Jo")
        Badge.objects.create(keeper=keeper, number=3)
        Tick.objects.create(at=moment)
        assert [change.new.key for change in follower.read() if change.new] == [(key,), (key,), (moment,)]


def test_decimals_keep_their_digits(database: Any, transactional_db: None) -> None:
    """Trailing zeros are part of what PostgreSQL stores."""
    with logged(database.alias, Specimen) as feed:
        follower = Follower(feed, Specimen)
        made = Specimen.objects.create(decimal=Decimal("12345678.100"))
        [change] = follower.read()
        assert row_of(database.alias, change, "new") == row_in(database.alias, "zoo_specimen", (made.pk,))
