"""Make the triggers that log the changes of live tables, take those of others away, and say what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from django.db import connections, transaction
from django.db.models import Model

from nuages.live.tables import literal, tables_on


def ensure_triggers(alias: str, models: Iterable[type[Model]]) -> list[str]:
    """Make what a database lacks and take away what is too much; give the tables whose triggers were made.

    Raises: django.db.DatabaseError, such as for a user that may not; then nothing is changed.
    """
    connection = connections[alias]
    plan = _vendor(connection)
    if plan is None:
        return []
    tables = tables_on(alias, models)
    with transaction.atomic(alias), connection.cursor() as cursor:
        made, statements = plan.missing(connection, cursor, tables)
        for statement in statements:
            cursor.execute(statement)
    return [table for table in made if any(literal(table) in statement for statement in statements)]  # not a view's


def missing_triggers(alias: str, models: Iterable[type[Model]]) -> list[str]:
    """The live tables of a database whose triggers are not there, or are old.

    Raises: django.db.DatabaseError.
    """
    connection = connections[alias]
    plan = _vendor(connection)
    if plan is None:
        return []
    with connection.cursor() as cursor:
        return list(plan.missing(connection, cursor, tables_on(alias, models))[0])


def trigger_statements(alias: str, models: Iterable[type[Model]]) -> Iterator[str]:
    """The statements that would make every trigger of a database anew.

    Raises: django.db.DatabaseError.
    """
    connection = connections[alias]
    plan = _vendor(connection)
    if plan is not None:
        with connection.cursor() as cursor:
            yield from plan.all_statements(connection, cursor, tables_on(alias, models))


def drop_statements(alias: str) -> Iterator[str]:
    """The statements that would take every trigger of a database away.

    Raises: django.db.DatabaseError.
    """
    connection = connections[alias]
    plan = _vendor(connection)
    if plan is not None:
        with connection.cursor() as cursor:
            yield from plan.dropping_all(cursor)


def _vendor(connection: Any) -> Any:
    """How it is done on a database; None where it is not."""
    if connection.vendor not in {"postgresql", "sqlite"}:
        return None
    return import_module(f"nuages.live.{connection.vendor}_triggers")
