"""Read the rows of one statement on SQLite a few at a time, each few within the time of a statement.

While a statement runs, SQLite keeps its snapshot: other connections write beside it, where the journal is a WAL.
Source: sqlite.org/isolation.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nuages.execute.run import observed
from nuages.execute.sqlite import within_time


class Cursor:
    """The rows of one statement.

    Raises: django.db.Error, from every method but `close`.
    """

    def __init__(self, connection: Any, text: str, parameters: Sequence[Any]) -> None:
        self._connection = connection

        def execute(sql: str, values: Sequence[Any]) -> Any:
            return within_time(connection, lambda: connection.connection.execute(sql, values))

        with connection.wrap_database_errors:
            self._lines = observed(connection, execute, text, parameters)

    def fetch(self, most: int) -> list[bytes]:
        """Fetch the next documents; none at the end."""
        with self._connection.wrap_database_errors:
            return [line[0] for line in within_time(self._connection, lambda: self._lines.fetchmany(most))]

    def close(self) -> None:
        """End the statement."""
        with suppress(self._connection.Database.Error):  # it has ended with its connection
            self._lines.close()
