"""Make a row by one statement, where that is all there is to it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import DataError, IntegrityError

from nuages.change.direct import fill, has_receivers
from nuages.change.transactions import run_change
from nuages.execute.run import execute_once
from nuages.http.response import Response
from nuages.operation import Write
from nuages.plan.inserts import Insert, compile_insert
from nuages.writes.asked import Asked
from nuages.writes.shown import CREATED, answer, location, show_changed


class _Refused(Exception):
    """The database does not take the row."""


def create_directly(asked: Asked[Write]) -> Response | None:
    """Make a row by one statement, where that is all there is to it; None where it is not, or was refused.

    What the database refuses is asked again the long way, which finds out why.
    """
    operation, connection = asked.operation, asked.connection
    spec, columns = operation.spec, operation.direct
    if columns is None or asked.verdict is not True or connection.in_atomic_block or has_receivers(spec.model):
        return None
    values = operation.documents.whole(asked.document, is_new=True)
    if any(part.many and values.get(part.name) for part in spec.writable):
        return None
    fields, prepared = fill(columns, values, connection)
    shape = ("insert", spec.plan_name, connection.alias, tuple([field.column for field in fields]))
    insert = asked.plans.get(shape, lambda: compile_insert(spec, fields, connection))
    make = partial(_make, asked, insert, prepared)
    try:
        return run_change(connection, make) if insert.finish else make()  # an author's Python may fail after the row
    except _Refused:
        return None


def _make(asked: Asked[Write], insert: Insert, prepared: tuple[Any, ...]) -> Response:
    spec = asked.operation.spec
    try:
        result = execute_once(asked.connection, insert.statement.text, insert.statement.bind(prepared))
    except (IntegrityError, DataError) as error:
        raise _Refused from error
    key = ",".join([str(c.field.to_python(raw)) for c, raw in zip(spec.key, result.place(0), strict=True)])
    if not insert.is_shown:
        return answer(asked, key, CREATED, [location(asked, key)])
    body = insert.finish(result.documents[0]) if insert.finish else result.documents[0]
    return show_changed(asked, body, CREATED, [location(asked, key)])
