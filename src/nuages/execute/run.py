"""Run a plan on Django's own connection: same transaction, same router, same tools, asked again once where it died."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, router

from nuages.cache.noticing import note_read, notice, see
from nuages.cache.reads import reads_under_way
from nuages.execute import alive, sqlite
from nuages.execute.result import Result, Run
from nuages.execute.silence import watch

_LISTENING = (alive, sqlite)  # to each connection that Django opens
Ask = Callable[[Any, Run, str, Sequence[Any]], Result]
Given = TypeVar("Given")
RUNNERS: dict[str, Run] = {"sqlite": sqlite.run}
"""What runs a statement, by the database's vendor; others join when they are first asked, since drivers are extras."""

_OWN_WRAPPERS: tuple[list[Any], ...] = ([see], [])  # what runs here is told by who runs it


def connection_for(model: Any) -> Any:
    """Give Django's connection for reading a model, as the project's routers choose it."""
    alias = router.db_for_read(model, plan=True) if router.routers else DEFAULT_DB_ALIAS
    return connections[alias]


def changing_connection_for(model: Any) -> Any:
    """Give Django's connection for changing a model, as the project's routers choose it."""
    alias = router.db_for_write(model) if router.routers else DEFAULT_DB_ALIAS
    return connections[alias]


def execute(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement that reads.

    Raises: django.db.Error, as Django's own cursors do; `problem_of` knows which problem each is.
    """
    return _execute(connection, text, parameters, ask)


def execute_once(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement that changes something: never again, since nobody knows how far a broken one came.

    Raises: as `execute`.
    """
    alive.leave_ended(connection)
    try:
        return _execute(connection, text, parameters, _ask_once)
    finally:
        notice(connection, text)


def _execute(connection: Any, text: str, parameters: Sequence[Any], how: Ask) -> Result:
    open_connection(connection)
    if reads_under_way.get() is not None:
        note_read(connection, text)
    run = RUNNERS.get(connection.vendor) or _find_runner(connection.vendor)
    if connection.queries_logged or connection.execute_wrappers not in _OWN_WRAPPERS:
        return observed(connection, lambda sql, params: how(connection, run, sql, params), text, parameters)
    return how(connection, run, text, parameters)


def open_connection(connection: Any) -> None:
    """Open a connection that is not open yet; `ensure_connection` costs more where nothing is to be done."""
    if connection.connection is None:
        connection.ensure_connection()


def ask(connection: Any, run: Run, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement unseen by Django's execute wrappers and query log; again where the connection had died.

    Raises: django.db.Error, as `execute` does.
    """
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


def _ask_once(connection: Any, run: Run, text: str, parameters: Sequence[Any]) -> Result:
    with connection.wrap_database_errors:
        return run(connection, text, parameters)


def _has_died(connection: Any) -> bool:
    raw = connection.connection
    return bool(getattr(raw, "closed", False)) and not connection.in_atomic_block and not watch.has_ended(raw)


def observed(
    connection: Any, send: Callable[[str, Sequence[Any]], Given], text: str, parameters: Sequence[Any]
) -> Given:
    """Let Django's execute wrappers and query log see the statement, as they see those of its own cursors."""

    def innermost(sql: str, params: Sequence[Any], many: bool, context: dict[str, Any]) -> Given:  # noqa: ARG001, FBT001
        return send(sql, params)

    call: Any = innermost
    for wrapper in connection.execute_wrappers:
        call = _wrapped(wrapper, call)
    started_s = time.perf_counter()
    try:
        result: Given = call(text, parameters, False, {"connection": connection, "cursor": None})  # noqa: FBT003
    finally:
        duration_s = time.perf_counter() - started_s
        if connection.queries_logged:
            connection.queries_log.append({"sql": text, "time": f"{duration_s:.3f}"})
    return result


def _wrapped(wrapper: Any, inner: Any) -> Any:
    return lambda sql, params, many, context: wrapper(inner, sql, params, many, context)


def _find_runner(vendor: str) -> Run:
    run: Run = import_module(f"nuages.execute.{vendor}").run
    if vendor == "postgresql":
        watch.begin()
    return RUNNERS.setdefault(vendor, run)
