"""Triggers come and go with `migrate`, tables can be altered under them, and what is missing is told."""

from collections.abc import Callable, Iterator
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connections, migrations, models
from django.db.migrations.state import ProjectState

from nuages.live import migrating
from nuages.live.postgresql_triggers import found_triggers, making
from nuages.live.triggers import ensure_triggers, missing_triggers
from tests.unit.live.following import Follower, logged, row_of
from tests.zoo.models import Box, Food, Shelf

Declare = Callable[..., None]


@pytest.fixture
def declare(database: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Say which models are live from now on, as resources would; none are when the test has ended."""

    def say(*live: Any) -> None:
        for module in ("nuages.live.migrating._live_models", "nuages.management.triggers.live_models"):
            monkeypatch.setattr(module, lambda: set(live))

    yield say
    ensure_triggers(database.alias, [])


def migrate(alias: str) -> str:
    """Send the signals of a migration that has nothing to do; what is printed."""
    out = StringIO()
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=alias, stdout=out, plan=[])
    emit_post_migrate_signal(verbosity=1, interactive=False, db=alias, stdout=out, plan=[])
    return out.getvalue()


def warned(alias: str) -> list[str]:
    """What checks say of triggers."""
    return [found.msg for found in run_checks(databases=[alias]) if found.id == "nuages.W059"]


def test_migrate_makes_and_drops_triggers(database: Any, declare: Declare) -> None:
    """For tables that are live, and no more; until then a check warns. A second run changes nothing."""
    declare(Food, Shelf)
    assert warned(database.alias) == [
        f"Database {database.alias!r}: no triggers for live lists on zoo_food, zoo_shelf."
    ]
    assert "made triggers on zoo_food, zoo_shelf" in migrate(database.alias)
    assert warned(database.alias) == []
    assert "made triggers" not in migrate(database.alias)
    declare(Shelf)
    migrate(database.alias)
    assert missing_triggers(database.alias, [Food, Shelf]) == ["zoo_food"]


def alter(alias: str, state: ProjectState, *operations: Any) -> ProjectState:
    """Run operations of a migration of the zoo, with the signals that `migrate` sends."""
    plan = [(migrations.Migration("0001_altered", "zoo"), False)]
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=alias, plan=plan)
    for operation in operations:
        before, state = state, state.clone()
        operation.state_forwards("zoo", state)
        with connections[alias].schema_editor() as editor:
            operation.database_forwards("zoo", editor, before, state)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=alias, plan=plan)
    return state


STEPS: list[list[Any]] = [
    [migrations.AddField("food", "extra", models.IntegerField(default=7))],
    [
        migrations.AddField("food", "more", models.IntegerField(null=True)),
        migrations.RenameField("food", "more", "other"),
        migrations.AlterField("food", "other", models.CharField(max_length=5, null=True)),
    ],
    [migrations.RemoveField("food", "extra")],
    [migrations.RemoveField("food", "other"), migrations.AlterField("food", "name", models.TextField())],
    [migrations.AlterField("food", "name", models.CharField(max_length=50))],
]


def test_live_tables_can_be_altered(database: Any, declare: Declare) -> None:
    """Columns come, change their names and types, and go; who follows begins again, and hears of what comes after."""
    declare(Food)
    with logged(database.alias, Food) as feed:
        follower = Follower(feed, Food)
        state = ProjectState.from_apps(apps)
        food = Food.objects.create(name="0")
        for number, operations in enumerate(STEPS):
            state = alter(database.alias, state, *operations)
            with database.cursor() as cursor:
                cursor.execute("UPDATE zoo_food SET name = %s", [f"{number}!"])
            *_, begun, change = follower.read()
            assert (begun.op, begun.old, begun.new) == ("truncate", None, None)
            assert (change.op, change.new and change.new.key) == ("update", (food.pk,))
            assert row_of(database.alias, change, "new")[0][-1] == f"{number}!"
            assert missing_triggers(database.alias, [Food]) == []


def test_a_table_that_is_wider_than_its_model_is_followed(database: Any, declare: Declare) -> None:
    """The trigger logs a column that a migration has brought before the new code is there."""
    declare(Food)
    with logged(database.alias, Food) as feed:
        state = ProjectState.from_apps(apps)
        wider = migrations.AddField("food", "extra", models.IntegerField(default=7))
        changed = state.clone()
        wider.state_forwards("zoo", changed)
        with connections[database.alias].schema_editor() as editor:
            wider.database_forwards("zoo", editor, state, changed)
        try:
            assert missing_triggers(database.alias, [Food]) == ["zoo_food"]
            ensure_triggers(database.alias, [Food])
            follower = Follower(feed, Food)
            with connections[database.alias].cursor() as cursor:
                cursor.execute("INSERT INTO zoo_food (name, extra) VALUES ('x', 1)")
                cursor.execute("UPDATE zoo_food SET extra = 2")
            assert [change.op for change in follower.read()] == ["insert", "update"]
        finally:
            ensure_triggers(database.alias, [])
            with connections[database.alias].schema_editor() as editor:
                wider.database_backwards("zoo", editor, changed, state)


def test_the_command_prints_triggers(database: Any, declare: Declare) -> None:
    """For those whose migrations may not make them: run as they are, they are what `migrate` would have made."""
    declare(Food)
    text = printed("--live", "--database", database.alias)
    with connections[database.alias].cursor() as cursor:
        if database.vendor == "sqlite":
            database.connection.executescript(text)
        else:
            cursor.execute(text)
    assert missing_triggers(database.alias, [Food]) == []
    text = printed("--live", "--drop", "--database", database.alias)
    with connections[database.alias].cursor() as cursor:
        if database.vendor == "sqlite":
            database.connection.executescript(text)
        else:
            cursor.execute(text)
    assert missing_triggers(database.alias, [Food]) == ["zoo_food"]
    declare()
    with pytest.raises(CommandError, match="live = True"):
        printed("--live")


def printed(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("nuages", "triggers", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_a_view_is_in_nobodys_way(database: Any, declare: Declare) -> None:
    """It cannot have triggers; other tables get theirs, and a check goes on warning."""
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE zoo_box RENAME TO zoo_boxes")
        cursor.execute("CREATE VIEW zoo_box AS SELECT * FROM zoo_boxes")
        try:
            declare(Box, Food)
            assert "made triggers on zoo_food\n" in migrate(database.alias)
            assert warned(database.alias) == [f"Database {database.alias!r}: no triggers for live lists on zoo_box."]
            assert "made triggers" not in migrate(database.alias)
        finally:
            cursor.execute("DROP VIEW zoo_box")
            cursor.execute("ALTER TABLE zoo_boxes RENAME TO zoo_box")


def test_going_back_takes_triggers_away(database: Any, declare: Declare) -> None:
    """Before the log is dropped; on SQLite before any migration is run."""
    ensure_triggers(database.alias, [Food])
    if database.vendor == "sqlite":
        plan = [(migrations.Migration("0005_live_log", "nuages"), True)]
        emit_pre_migrate_signal(verbosity=0, interactive=False, db=database.alias, plan=plan)
    else:
        with database.schema_editor() as editor:
            import_module("nuages.migrations.0005_live_log")._drop_triggers(None, editor)
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE nuages_change RENAME TO nuages_gone")
        try:
            Food.objects.create(name="x")
            assert missing_triggers(database.alias, [Food]) == ["zoo_food"]
            assert warned(database.alias) == []
        finally:
            cursor.execute("ALTER TABLE nuages_gone RENAME TO nuages_change")


def test_other_schemas_keep_their_triggers(database: Any, declare: Declare) -> None:
    """As where each tenant has a schema with the same tables: those that are not in the path are others'."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite has no schemas.")
    ensure_triggers(database.alias, [Food])
    with database.cursor() as cursor:
        cursor.execute("CREATE SCHEMA tenant")
        try:
            cursor.execute("SET search_path = tenant")
            cursor.execute("CREATE TABLE zoo_food (LIKE public.zoo_food INCLUDING ALL)")
            cursor.execute("CREATE TABLE nuages_change (LIKE public.nuages_change INCLUDING ALL)")
            assert ensure_triggers(database.alias, [Food]) == ["zoo_food"]
            cursor.execute("INSERT INTO zoo_food (name) VALUES ('x')")
            cursor.execute("SELECT op FROM nuages_change ORDER BY seq")
            assert cursor.fetchall() == [("truncate",), ("insert",)]
            ensure_triggers(database.alias, [])
            cursor.execute("RESET search_path")
            assert missing_triggers(database.alias, [Food]) == []
        finally:
            cursor.execute("RESET search_path; DROP SCHEMA tenant CASCADE")


def test_triggers_of_another_project_stay(database: Any, declare: Declare) -> None:
    """In the same database, on a table of which this project has no model."""
    if database.vendor == "sqlite":
        pytest.skip("A file of SQLite's is one project's.")
    ensure_triggers(database.alias, [Food])
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE others (id int)")
        try:
            for statement in making("public", "others", ("others", "shape")):
                cursor.execute(statement)
            ensure_triggers(database.alias, [])
            assert list(found_triggers(cursor)) == ["others"]
        finally:
            cursor.execute("DROP TABLE others")


def test_a_user_that_may_not_is_told(database: Any, declare: Declare, capsys: pytest.CaptureFixture[str]) -> None:
    """The migration counts all the same; W059 stays."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite knows no users.")
    declare(Food)
    with database.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS zoo_guest")
        cursor.execute("CREATE ROLE zoo_guest; SET ROLE zoo_guest")
        try:
            out = StringIO()
            migrating._make(database.alias, stdout=out)
        finally:
            cursor.execute("RESET ROLE; DROP ROLE zoo_guest")
    assert "could not be made: permission denied" in out.getvalue()
    assert warned(database.alias)
