"""Take a connection away from its thread for as long as an answer is sent, and give it back to the database after it.

An answer that is made while it is sent may outlast what the thread does next, and be made in other threads. So it has
the very connection that the request had, with all that was set on it, and the thread opens another when it needs one.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

_taken: WeakSet[Any] = WeakSet()


def is_taken(connection: Any) -> bool:
    """Whether a Django connection is one that was taken, and so no thread's to look after."""
    return connection in _taken


class Taken:
    """A Django connection that one reader has for itself.

    Shapes: `connection` is Django's wrapper. It is the thread's own, and only lent, where its transaction is a test's,
        which no other connection could see into, and where the database is in memory.
    """

    def __init__(self, connection: Any) -> None:
        self.is_lent = _cannot_leave(connection)
        self.connection = connection if self.is_lent else _moved(connection)

    def open_anew(self) -> None:
        """Replace a connection that had died."""
        self.connection.close()
        self.connection.ensure_connection()

    def give_back(self) -> None:
        """End what runs on it and close it; one of a pool goes back there. A lent one stays as it is."""
        if not self.is_lent:
            self.connection.close()


def _cannot_leave(connection: Any) -> bool:
    """Whether a connection must stay where it is.

    Source: django.test.TestCase, which marks its transactions; django/db/backends/sqlite3/base.py.
    """
    blocks = connection.atomic_blocks
    if blocks and getattr(blocks[0], "_from_testcase", False):
        return True
    return connection.vendor == "sqlite" and bool(connection.is_in_memory_db())


def _moved(connection: Any) -> Any:
    """Make a wrapper of its own, with the driver's connection in it; one inside a transaction opens a new one.

    That is never one of a pool, on which somebody else's settings may have been left.
    """
    taken = connection.copy()
    _taken.add(taken)
    taken.inc_thread_sharing()
    taken.execute_wrappers, taken.queries_log = connection.execute_wrappers, connection.queries_log
    taken.force_debug_cursor = connection.force_debug_cursor
    if connection.in_atomic_block:
        taken.settings_dict["OPTIONS"].pop("pool", None)
        taken.ensure_connection()
        return taken
    connection.ensure_connection()
    taken.connection, connection.connection = connection.connection, None
    taken.autocommit, taken.health_check_done = connection.autocommit, True
    return taken
