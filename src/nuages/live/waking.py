"""Hear that something may have changed: at once within this process, by PostgreSQL's NOTIFY, or by looking often.

Whoever hears it asks the log; what is heard for nothing costs one statement. So nothing here has to be exact, but
nothing may be missed for longer than PATIENCE_S.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

from nuages.cache.noticing import hear
from nuages.cache.tables import EVERY_TABLE
from nuages.live.listening import Listener
from nuages.live.sights import FileVersion, TableVersions

PATIENCE_S = 1.0
"""After how long something may have changed, where that can be neither heard nor seen."""
_LOOK_S = 0.05

Sight = FileVersion | TableVersions
Mark = tuple[int, tuple[str, ...], Any]


class Waking:
    """Wakes those who wait for changes of one database.

    Shapes: `sight` is looked at while somebody waits; `listener` hears by itself.
    """

    def __init__(self, *, sight: Sight | None = None, listener: Listener | None = None) -> None:
        self._sight, self._listener = sight, listener
        self._rung = threading.Condition()
        self._count = 0
        self._watched: frozenset[str] = frozenset()
        hear(self._notice)

    def mark(self, tables: Iterable[str]) -> Mark:
        """What stands for now, before the log is asked for changes of tables."""
        listed = tuple(tables)
        if not self._watched.issuperset(listed):
            self._watched |= frozenset(listed)
        if self._listener is not None:
            self._listener.begin(self.ring)
        return self._count, listed, self._look(listed)

    def wait(self, mark: Mark, timeout_s: float) -> bool:
        """Wait until something may have changed since a mark."""
        count, tables, seen = mark
        begun_s = time.monotonic()
        until_s = begun_s + (timeout_s if self._is_whole(seen) else min(timeout_s, PATIENCE_S))
        while (rest_s := until_s - time.monotonic()) > 0:
            with self._rung:
                if self._rung.wait_for(lambda: self._count != count, min(rest_s, self._step_s())):
                    return True
            if self._look(tables) != seen:
                return True
        return time.monotonic() < begun_s + timeout_s

    def ring(self) -> None:
        """Wake everybody."""
        with self._rung:
            self._count += 1
            self._rung.notify_all()

    def close(self) -> None:
        """Let go of what is held while nobody follows; the next mark begins again."""
        if self._listener is not None:
            self._listener.end()
        if self._sight is not None:
            self._sight.close()

    def _notice(self, tables: frozenset[str]) -> None:
        if EVERY_TABLE in tables or not self._watched.isdisjoint(tables):
            self.ring()

    def _look(self, tables: tuple[str, ...]) -> Any:
        return None if self._sight is None else self._sight.look(tables)

    def _is_whole(self, seen: Any) -> bool:
        """Whether every change is heard or seen, by whomever it is made."""
        return self._listener is not None or (self._sight is not None and self._sight.is_whole and seen is not None)

    def _step_s(self) -> float:
        return PATIENCE_S if self._sight is None else _LOOK_S


def waking_of(connection: Any) -> Waking:
    """What wakes those who follow the database of a connection."""
    if connection.vendor == "sqlite":
        return Waking(sight=FileVersion(connection))
    from nuages.execute.postgresql import may_prepare_statements  # noqa: PLC0415  # its driver is an extra

    if may_prepare_statements():
        return Waking(listener=Listener(connection))
    return Waking(sight=TableVersions())
