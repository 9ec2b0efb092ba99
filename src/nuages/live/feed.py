"""Follow the log of one database: what was committed since a position, each change once, in the order of its row.

Who may see a change, and what it means to a list, is not known here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.db import InterfaceError, OperationalError, connections

from nuages.live.changes import Change
from nuages.live.positions import Position
from nuages.live.purging import purge_in_turn
from nuages.live.waking import Waking, waking_of
from nuages.per_process import PerProcess


class Feed:
    """The log of one database, as one process follows it; `feed_of` gives it.

    Every method works on Django's connection of the thread that calls it; `wait` needs none.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._waking: Waking = waking_of(connections[alias])
        self._seen = threading.local()

    def now(self, asked: Any = None) -> Position:
        """The position of the caller's own snapshot.

        Shapes: `asked` is a cursor or a connection of Django's, inside the transaction that has read what the position
            shall belong to: of REPEATABLE READ on PostgreSQL, any on SQLite.
        Raises: django.db.DatabaseError, such as without the log.
        """
        connection = connections[self.alias] if asked is None else getattr(asked, "db", asked)
        with connection.cursor() as cursor:
            position: Position = _vendor(connection).now(cursor)
        return position

    def since(self, position: Position, tables: Iterable[str], most: int = 500) -> tuple[list[Change], Position]:
        """The changes that were committed after a position, at most so many, and the position after them.

        Shapes: `position.at(change.seq)` of the one that is given back is the place right after one of the changes.
            Where "truncate" stands for a table, its changes before that are left out: they cannot be judged any more.
            Empty at the end; with fewer than `most` there may be more, so ask until it is empty.
        Raises: Expired where changes after the position may be gone; django.db.DatabaseError.
        """
        connection, listed = connections[self.alias], sorted(set(tables))
        self._seen.mark = self._waking.mark(listed)
        purge_in_turn(connection)

        def ask() -> tuple[list[Change], Position]:
            with connection.cursor() as cursor:
                changes, found = _vendor(connection).since(cursor, position, listed, most)
            return changes, found

        found: tuple[list[Change], Position] = _asked_again(connection, ask)
        return found

    def wait(self, timeout_s: float) -> bool:
        """Wait until something may have changed since this thread has last asked `since`; whether it may.

        Units: seconds. True may come for nothing, and comes once in a while where changes cannot be heard of.
        """
        mark = getattr(self._seen, "mark", None)
        return mark is None or self._waking.wait(mark, timeout_s)

    def ring(self) -> None:
        """Let whoever waits in this process look at once."""
        self._waking.ring()

    def close(self) -> None:
        """Let go of connections that are held to hear of changes, while nobody follows; `since` begins anew."""
        self._waking.close()


_feeds = PerProcess(Feed)


def feed_of(alias: str) -> Feed:
    """The feed of a database: one in each process."""
    return _feeds.of(alias)


def _vendor(connection: Any) -> Any:
    return import_module(f"nuages.live.{connection.vendor}_log")


def _asked_again(connection: Any, ask: Callable[[], Any]) -> Any:
    """Ask once more where the server has ended a connection that was kept."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return ask()
