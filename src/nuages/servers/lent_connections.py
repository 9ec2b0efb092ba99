"""End what a call on a lane leaves open, since the thread's connections are another request's a moment later.

Which connections a thread has is `connections`' to know.
Source: django/db/backends/base/base.py; psycopg.pq.TransactionStatus; sqlite3.Connection.in_transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError

from nuages.servers.connections import close_if_due, is_due, own_connections
from nuages.servers.lane_notes import is_read, was_changed

T = TypeVar("T")
_IN_TRANSACTION = frozenset({1, 2, 3})  # active, idle in one, idle in a failed one


def run_on_lane(call: Callable[[], T], *, is_first: bool) -> T:
    """Run a call, the first of its request or not, and end what it leaves open.

    Raises: what the call raises; TransactionManagementError where it leaves a transaction open, since what a coroutine
        sends into that later would be stored without it.
    """
    connections = own_connections()
    if is_first:
        _begin(connections)
    try:
        given = call()
    except BaseException:
        _end_call(connections)
        raise
    _demand_none(_end_call(connections))
    return given


def _begin(connections: Iterable[Any]) -> None:
    """Do what Django does when a request begins."""
    for connection in connections:
        connection.health_check_done = False
        if connection.queries_log:
            connection.queries_log.clear()


def tidy() -> bool:
    """Close what is broken or too old, and tell whether some of it has to stay, since rows are still being read."""
    for connection in own_connections():
        if not is_read(connection):
            close_if_due(connection)
    return has_due()


def has_due() -> bool:
    """Whether a connection of this thread is too old to be kept when its request has ended."""
    return any(is_due(connection) for connection in own_connections())


def close_connections() -> None:
    """Close every connection of this thread."""
    for connection in own_connections():
        connection.close()


def end_transaction(connection: BaseDatabaseWrapper) -> bool:
    """Roll back a transaction that was left open, and tell whether there was one; nobody is there who could end it."""
    if not _is_open(connection):
        return False
    connection.in_atomic_block = connection.needs_rollback = connection.closed_in_transaction = False
    connection.savepoint_ids, connection.atomic_blocks, connection.run_on_commit = [], [], []
    try:
        if connection.connection is not None:
            connection.rollback()
            connection.set_autocommit(connection.settings_dict["AUTOCOMMIT"])
    except Error:
        connection.close()
    return True


@contextmanager
def ended_transactions() -> Iterator[None]:
    """Leave no transaction open in this thread after the block that was begun in it.

    Raises: TransactionManagementError where one was left by a block that seemed to succeed.
    """
    before = [connection for connection in own_connections() if _is_open(connection)]
    try:
        yield
    except BaseException:
        _end_others(before)
        raise
    _demand_none(_end_others(before))


def _end_others(before: Iterable[BaseDatabaseWrapper]) -> list[str]:
    others = [connection for connection in own_connections() if connection not in before]
    return [connection.alias for connection in others if end_transaction(connection)]


def _demand_none(left: list[str]) -> None:
    if left:
        raise TransactionManagementError(
            f"A coroutine left a transaction open on {left[0]!r}; it was rolled back, since what it sends to a thread "
            "next runs beside other requests. Write all of a transaction into one function for sync_to_async."
        )


def _end_call(connections: Iterable[BaseDatabaseWrapper]) -> list[str]:
    """End what a call has left open on these, and give the aliases of those that were in a transaction."""
    left = [connection.alias for connection in connections if end_transaction(connection)]
    for connection in connections:
        if was_changed(connection):
            _discard(connection)
        is_pooled = bool(connection.settings_dict["OPTIONS"].get("pool"))
        if (is_pooled or connection.errors_occurred) and not is_read(connection):
            close_if_due(connection)
    return left


def _discard(connection: BaseDatabaseWrapper) -> None:
    """Close a connection that was set up for one request; a pool would pass it on as it is."""
    driver: Any = connection.connection
    if driver is not None:
        with suppress(Exception):  # it is broken already
            driver.close()
        connection.close()


def _is_open(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block:
        return True
    driver: Any = connection.connection
    if driver is None:
        return False
    if connection.vendor == "postgresql":
        return driver.info.transaction_status in _IN_TRANSACTION
    return bool(getattr(driver, "in_transaction", not connection.autocommit))
