"""End what a call on a lane leaves open, since the thread's connections are another request's a moment later.

Which connections a thread has is `connections`' to know.
Source: django/db/backends/base/base.py; psycopg.pq.TransactionStatus; sqlite3.Connection.in_transaction.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakSet

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from nuages.logs import log_entry
from nuages.servers.connections import close_if_due, is_due, own_connections

T = TypeVar("T")
_IN_TRANSACTION = frozenset({1, 2, 3})  # active, idle in one, idle in a failed one


def run_on_lane(call: Callable[[], T], *, is_first: bool) -> T:
    """Run a call, the first of its request or not, and end what it leaves open."""
    connections = own_connections()
    if is_first:
        _begin(connections)
    try:
        return call()
    finally:
        for connection in connections:  # also those that the call has opened
            _end_call(connection)


def _begin(connections: Iterable[Any]) -> None:
    """Do what Django does when a request begins."""
    for connection in connections:
        connection.health_check_done = False
        if connection.queries_log:
            connection.queries_log.clear()


def tidy() -> bool:
    """Close what is broken or too old, and tell whether some of it has to stay, since rows are still being read."""
    for connection in own_connections():
        if not _is_read(connection):
            close_if_due(connection)
    return has_due()


def has_due() -> bool:
    """Whether a connection of this thread is too old to be kept when its request has ended."""
    return any(is_due(connection) for connection in own_connections())


def close_connections() -> None:
    """Close every connection of this thread."""
    for connection in own_connections():
        connection.close()


def end_transaction(connection: BaseDatabaseWrapper) -> None:
    """Roll back what was left open; nobody is there any more who could end it."""
    if not _is_open(connection):
        return
    log_entry(logging.WARNING, "A transaction was left open on %s; it was rolled back.", connection.alias)
    connection.in_atomic_block = connection.needs_rollback = connection.closed_in_transaction = False
    connection.savepoint_ids, connection.atomic_blocks, connection.run_on_commit = [], [], []
    try:
        if connection.connection is not None:
            connection.rollback()
            connection.set_autocommit(connection.settings_dict["AUTOCOMMIT"])
    except Error:
        connection.close()


@contextmanager
def ended_transactions() -> Iterator[None]:
    """Leave no transaction open in this thread after the block that was begun in it."""
    before = [connection for connection in own_connections() if _is_open(connection)]
    try:
        yield
    finally:
        for connection in own_connections():
            if connection not in before:
                end_transaction(connection)


def _end_call(connection: BaseDatabaseWrapper) -> None:
    end_transaction(connection)
    is_pooled = bool(connection.settings_dict["OPTIONS"].get("pool"))
    if (is_pooled or connection.errors_occurred) and not _is_read(connection):
        close_if_due(connection)


def _is_open(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block:
        return True
    driver: Any = connection.connection
    if driver is None:
        return False
    if connection.vendor == "postgresql":
        return driver.info.transaction_status in _IN_TRANSACTION
    return bool(getattr(driver, "in_transaction", not connection.autocommit))


class _Thread(threading.local):
    """Whether the present thread is a lane, and the cursors from which rows are read there, over several calls."""

    def __init__(self) -> None:
        self.is_lane = False
        self.reading: WeakSet[Any] = WeakSet()


_thread = _Thread()


def become_lane() -> None:
    """Let the present thread be one whose connections are lent: called once, at its start.

    `QuerySet.aiterator` reads its rows in several calls, from a cursor that the connection must outlive.
    """
    _thread.is_lane = True
    connection_created.connect(_watch, dispatch_uid="nuages.servers.lent_connections")


def _watch(sender: Any, connection: Any, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if not _thread.is_lane or "chunked_cursor" in vars(connection):
        return
    make = connection.chunked_cursor

    def chunked_cursor() -> Any:
        cursor = make()
        _thread.reading.add(cursor)
        return cursor

    connection.chunked_cursor = chunked_cursor


def _is_read(connection: BaseDatabaseWrapper) -> bool:
    return any(cursor.db is connection and not getattr(cursor, "closed", False) for cursor in list(_thread.reading))
