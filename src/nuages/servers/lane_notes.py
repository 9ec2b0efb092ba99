"""Note in a lane's thread what its connections are used for: rows that are read over several calls, and what is set.

Nothing is closed here: `lent_connections` does that, between two calls.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# SET LOCAL and its likes end with their transaction.
_OF_ONE_TRANSACTION = r"(?!\s+(?:LOCAL|TRANSACTION|CONSTRAINTS))"
_CHANGES = re.compile(rf"\s*(?:SET\b{_OF_ONE_TRANSACTION}|(?:RESET|LISTEN|PRAGMA|USE)\b)", re.IGNORECASE)


class _Thread(threading.local):
    """Whether the present thread is a lane; what is noted there.

    Shapes: `reading` are the cursors from which rows are read over several calls; `changed` the connections that a call
        has set up for itself.
    """

    def __init__(self) -> None:
        self.is_lane = False
        self.reading: WeakSet[Any] = WeakSet()
        self.changed: set[BaseDatabaseWrapper] = set()


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
    connection.execute_wrappers.append(_note_change)


def _note_change(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
    """Note a statement that changes the connection: a role, a tenant or a variable must not be the next request's."""
    text = sql if isinstance(sql, str) else "SET"  # composed by psycopg's sql module: nobody knows, so to be sure
    if _CHANGES.match(text) or "set_config" in text:
        _thread.changed.add(rest[-1]["connection"])
    return execute(sql, *rest)


def is_read(connection: BaseDatabaseWrapper) -> bool:
    """Whether rows are still being read from a connection of this thread."""
    return any(cursor.db is connection and not getattr(cursor, "closed", False) for cursor in list(_thread.reading))


def was_changed(connection: BaseDatabaseWrapper) -> bool:
    """Whether a call has set a connection up for itself since this was asked last."""
    if connection not in _thread.changed:
        return False
    _thread.changed.discard(connection)
    return True
