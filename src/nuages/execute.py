"""Run a plan on Django's own connection: same transaction, same router, same tools.

Driver errors become problems by a table; what the rows mean is not known here.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import msgspec
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError, connections, router
from django.db.backends.signals import connection_created

from nuages.errors import BadRequest, Problem, Unavailable

Place: TypeAlias = tuple[Any, ...]


class Result(msgspec.Struct, frozen=True):
    """What a statement gave.

    Shapes: `documents` are the JSON of the rows, as bytes; `place(n)` gives the raw values of row n's order columns,
        which only the last row of a page is asked for.
    """

    documents: list[bytes]
    place: Callable[[int], Place]


Run: TypeAlias = Callable[[Any, str, Sequence[Any]], Result]


def connection_for(model: Any) -> Any:
    """Give Django's connection for reading a model, as the project's routers choose it."""
    return connections[router.db_for_read(model)]


def execute(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement.

    Raises: django.db.Error, as Django's own cursors do; `problem_of` knows which problem each is.
    """
    if connection.connection is None:
        connection.ensure_connection()
    run = _RUNNERS[connection.vendor]
    if connection.queries_logged or connection.execute_wrappers:
        return _observed(connection, run, text, parameters)
    return _run(connection, run, text, parameters)


def _run(connection: Any, run: Run, text: str, parameters: Sequence[Any]) -> Result:
    try:
        return run(connection, text, parameters)
    except Exception:  # of any driver
        if not _has_died(connection):
            with connection.wrap_database_errors:  # turns the driver's error into Django's, and remembers it
                raise
    # A kept connection that the server has ended meanwhile; a read may be asked again.
    connection.close()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return run(connection, text, parameters)


def _has_died(connection: Any) -> bool:
    return bool(getattr(connection.connection, "closed", False)) and not connection.in_atomic_block


def _observed(connection: Any, run: Run, text: str, parameters: Sequence[Any]) -> Result:
    """Let Django's execute wrappers and query log see the statement, as they see those of its own cursors."""

    def innermost(sql: str, params: Sequence[Any], many: bool, context: dict[str, Any]) -> Result:  # noqa: ARG001, FBT001
        return _run(connection, run, sql, params)

    call: Any = innermost
    for wrapper in connection.execute_wrappers:
        call = _wrapped(wrapper, call)
    started_s = time.perf_counter()
    try:
        result: Result = call(text, parameters, False, {"connection": connection, "cursor": None})  # noqa: FBT003
    finally:
        duration_s = time.perf_counter() - started_s
        if connection.queries_logged:
            connection.queries_log.append({"sql": text, "time": f"{duration_s:.3f}"})
    return result


def _wrapped(wrapper: Any, inner: Any) -> Any:
    return lambda sql, params, many, context: wrapper(inner, sql, params, many, context)


def _run_sqlite(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    lines = connection.connection.execute(text, parameters).fetchall()
    return Result([line[0] for line in lines], lambda row: tuple(lines[row][1:]))


def _run_postgresql(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run with server-side binding, prepared; what comes back stays as PostgreSQL wrote it."""
    from psycopg import RawCursor  # noqa: PLC0415  # psycopg is an extra

    raw = connection.connection
    may_prepare = may_prepare_statements()
    usual, raw.prepare_threshold = raw.prepare_threshold, 0 if may_prepare else None
    try:
        cursor = RawCursor(raw)
        cursor.execute(text, parameters, prepare=may_prepare)
    finally:
        raw.prepare_threshold = usual
    result: Any = cursor.pgresult
    value = result.get_value

    def place(row: int) -> Place:
        return tuple(_text(value(row, column)) for column in range(1, result.nfields))

    return Result([value(row, 0) for row in range(result.ntuples)], place)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()


@cache
def may_prepare_statements() -> bool:
    """Whether statements are prepared on the server: the setting NUAGES_PREPARED_STATEMENTS, read once."""
    return bool(getattr(settings, "NUAGES_PREPARED_STATEMENTS", True))


_RUNNERS: dict[str, Run] = {"sqlite": _run_sqlite, "postgresql": _run_postgresql}

_AWAY = "The database cannot answer now. Try again."
_SQLITE_BUSY = ("BUSY", "LOCKED", "CANTOPEN", "IOERR", "FULL", "READONLY", "INTERRUPT", "PROTOCOL", "NOMEM")
_BUSY = {"57014", "55P03", "53000", "53100", "53200", "53300", "40001", "40P01", "25006", "57P01", "57P02", "57P03"}


def problem_of(error: Exception) -> Problem | None:
    """Tell which problem a database's error is, wherever on a request's way it was met.

    Shapes: Unavailable when the database is away, busy or out of time; BadRequest for a value that it cannot take; None
        for anything else, which is a fault of this project, of the schema or of an author.
    Source: PostgreSQL, appendix A (error codes); sqlite.org/rescode.html.
    """
    if not isinstance(error, OperationalError | InterfaceError | DataError):
        return None
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, DataError) or (state or "").startswith("22"):
        return BadRequest("The database cannot compare with one of the values given.", code="invalid-value")
    if state is not None and state not in _BUSY and not state.startswith("08"):
        return None
    name = getattr(error.__cause__, "sqlite_errorname", None)
    if name is not None and not name.removeprefix("SQLITE_").startswith(_SQLITE_BUSY):
        return None
    return Unavailable(_AWAY, headers=[("Retry-After", "1")])


def _prepare_sqlite(sender: Any, connection: Any, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if connection.vendor == "sqlite":
        connection.connection.create_function("nuages_base64", 1, _base64, deterministic=True)


def _base64(raw: bytes | None) -> str | None:

    return None if raw is None else base64.b64encode(raw).decode("ascii")


connection_created.connect(_prepare_sqlite, dispatch_uid="nuages.execute")
