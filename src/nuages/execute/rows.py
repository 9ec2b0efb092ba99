"""Read the rows of one statement piece by piece, whichever database it is, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from django.db import Error

from nuages.execute.run import open_connection
from nuages.execute.taken import Taken

PIECE_BYTES = 64 << 10
_FIRST_ROWS = 32
_MOST_ROWS = 2_000


class Rows:
    """The documents of a statement that reads, on a connection of its own; `close` gives that back.

    Raises: django.db.Error, as `execute.run.execute` does.
    """

    def __init__(self, connection: Any, text: str, parameters: Sequence[Any]) -> None:
        open_connection(connection)
        self._cursor: Any = None
        self._size = _FIRST_ROWS
        self._taken: Taken | None = Taken(connection)
        try:
            self._open(self._taken, text, parameters)
            self._first: list[bytes] | None = self._fetch()
        except BaseException:
            self.close()
            raise

    def next(self) -> list[bytes]:
        """Give the next documents, about PIECE_BYTES of them; none at the end."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return self._fetch()

    def close(self) -> None:
        """End the statement and give the connection back; again does nothing."""
        taken, self._taken, self._first = self._taken, None, None
        if taken is not None:
            if self._cursor is not None:
                self._cursor.close()
            with suppress(Error):  # it is broken; nobody has it any more
                taken.give_back()

    def _open(self, taken: Taken, text: str, parameters: Sequence[Any]) -> None:
        cursor = import_module(f"nuages.execute.{taken.connection.vendor}_cursor").Cursor  # drivers are extras
        try:
            self._cursor = cursor(taken.connection, text, parameters)
        except Error:
            if taken.is_lent or not getattr(taken.connection.connection, "closed", False):
                raise
            taken.open_anew()  # a kept connection that the server has ended meanwhile
            self._cursor = cursor(taken.connection, text, parameters)

    def _fetch(self) -> list[bytes]:
        documents: list[bytes] = self._cursor.fetch(self._size)
        if documents:
            size_bytes = max(1, sum(map(len, documents)))
            self._size = max(1, min(_MOST_ROWS, PIECE_BYTES * len(documents) // size_bytes))
        return documents
