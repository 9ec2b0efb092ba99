"""Tell whether the database has every migration that this process has on disk. Applies none."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from nuages.errors import Unavailable

_NO_SUCH = ("no such table", "no such column", "has no column named")  # SQLite has no code for it
_UNDEFINED = ("42P01", "42703")  # PostgreSQL's, of a table and of a column

Recorded = frozenset[tuple[str, str]]


class Migrations:
    """Those that were applied, and those on disk.

    A call sends one statement; the migrations on disk are compared anew only when those recorded have changed.
    """

    def __init__(self) -> None:
        self._seen: tuple[Recorded, int] | None = None

    def count_pending(self) -> int:
        """Count the migrations that `manage.py migrate` would apply.

        Units: migrations; 0 for a project without a default database, which has none to wait for.
        Raises: django.db.DatabaseError when the database does not answer.
        """
        if not has_database():
            return 0
        recorded = _read_recorded()
        if self._seen is None or self._seen[0] != recorded:
            self._seen = recorded, _count_plan()
        return self._seen[1]


def behind(error: Exception) -> Unavailable | None:
    """The problem of a statement that has met a table or column that a pending migration may make; else None.

    Source: PostgreSQL, appendix A (error codes).
    """
    if not _is_of_the_schema(error) or connections[DEFAULT_DB_ALIAS].in_atomic_block:  # which has failed
        return None
    pending = 0
    with suppress(Exception):  # of a database that is away by now
        pending = _migrations().count_pending()
    return not_migrated(pending) if pending else None


def not_migrated(pending: int) -> Unavailable:
    """The problem of a database that is behind."""
    return Unavailable(f"Migrations to apply: {pending}.", code="not-migrated", headers=[("Retry-After", "5")])


def _is_of_the_schema(error: Exception) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    if state is not None:
        return state in _UNDEFINED
    return isinstance(error, DatabaseError) and any(words in str(error) for words in _NO_SUCH)


@cache
def _migrations() -> Migrations:
    return Migrations()


def has_database() -> bool:
    """Tell whether the project has a default database; Django lets it be left empty."""
    return bool(connections[DEFAULT_DB_ALIAS].vendor != BaseDatabaseWrapper.vendor)


def _read_recorded() -> Recorded:
    """Read which migrations were applied; a connection that has died is tried once more, as a new one."""
    connection = connections[DEFAULT_DB_ALIAS]
    recorder = MigrationRecorder(connection)
    applied = recorder.migration_qs.values_list("app", "name")
    try:
        return frozenset(applied.all())
    except DatabaseError:
        connection.close()
        return frozenset(applied.all()) if recorder.has_table() else frozenset()


def _count_plan() -> int:
    """Count what Django would apply: squashed and replaced migrations are its business."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
