"""Read the rows of one statement on PostgreSQL a few at a time, through a cursor of the server's in one snapshot.

Each FETCH is a statement of its own to `statement_timeout`: how long a client takes to read does not count.
Source: postgresql.org/docs/current/sql-declare.html, sql-fetch.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from django.db import DatabaseError, OperationalError
from psycopg import Error
from psycopg.pq import TransactionStatus

from nuages.execute.postgresql import run_once
from nuages.execute.run import observed

_numbers = count(1)


class Cursor:
    """The rows of one statement.

    Raises: django.db.Error, from every method but `close`.
    """

    def __init__(self, connection: Any, text: str, parameters: Sequence[Any]) -> None:
        self._connection = connection
        self._name = f"nuages_rows_{next(_numbers)}"
        is_idle = connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
        self._has_begun = is_idle and connection.connection.autocommit
        if self._has_begun:
            self._send("BEGIN READ ONLY")
        # Django's execute wrappers and query log see the statement here, and not the fetches.
        observed(connection, self._send, f"DECLARE {self._name} NO SCROLL CURSOR FOR {text}", parameters)

    def fetch(self, most: int) -> list[bytes]:
        """Fetch the next documents; none at the end."""
        return self._send(f"FETCH {most} FROM {self._name}")

    def close(self) -> None:
        """End the statement, and the transaction with it where it is its own."""
        with suppress(Error):  # it has ended with its connection
            run_once(self._connection, "ROLLBACK" if self._has_begun else f"CLOSE {self._name}", [])

    def _send(self, text: str, parameters: Sequence[Any] = ()) -> list[bytes]:
        try:
            with self._connection.wrap_database_errors:
                return run_once(self._connection, text, parameters).documents
        except DatabaseError as error:
            if not self._connection.connection.closed:
                raise
            # What libpq says of its own has no code, by which psycopg would know it as this.
            raise OperationalError("The connection was lost.") from error
