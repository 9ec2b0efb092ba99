"""Look whether a database has changed, where it does not tell: a number of SQLite's, or the versions of the cache.

Source: sqlite.org/pragma.html#pragma_data_version: it changes when another connection has committed something.
"""

from __future__ import annotations

import threading
from typing import Any

from nuages.cache.sharing import versions
from nuages.cache.tables import EVERY_TABLE


class FileVersion:
    """The number that SQLite gives to what others have committed; None for a database in memory."""

    is_whole = True

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._own: Any = None
        self._lock = threading.Lock()

    def look(self, tables: tuple[str, ...]) -> Any:  # noqa: ARG002  # as the other has it
        """The number now; None where it cannot be had."""
        if self._connection.is_in_memory_db():
            return None
        with self._lock:
            try:
                self._own = self._own or self._connection.Database.connect(**self._connection.get_connection_params())
                return self._own.execute("PRAGMA data_version").fetchone()
            except self._connection.Database.Error:
                self._drop()
                return None

    def close(self) -> None:
        """Close the connection that it looks with."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            own.close()


class TableVersions:
    """The versions that every change through Django gives to tables, of this machine or in Redis."""

    is_whole = False

    def look(self, tables: tuple[str, ...]) -> Any:
        """The versions now; None where they cannot be had."""
        return versions().current((*tables, EVERY_TABLE))

    def close(self) -> None:
        """Hold nothing."""
