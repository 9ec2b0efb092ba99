"""Run several statements that read on one connection in one snapshot of the database, whichever database it is.

Source: postgresql.org/docs/current/transaction-iso.html, "Repeatable Read Isolation Level"; sqlite.org/isolation.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction

from nuages.execute.alive import leave_ended
from nuages.execute.run import open_connection


@contextmanager
def one_snapshot(connection: Any) -> Iterator[None]:
    """Let all that is read inside be of one moment; inside a transaction of somebody else's, of that transaction.

    Shapes: the connection is the thread's own.
    Raises: django.db.Error.
    """
    leave_ended(connection)
    open_connection(connection)
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(using=connection.alias):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with _read_only(connection):
            yield


@contextmanager
def _read_only(connection: Any) -> Iterator[None]:
    """Begin a transaction that takes no lock: Django's own may be one that writes (`transaction_mode`)."""
    with connection.wrap_database_errors:
        connection.connection.execute("BEGIN DEFERRED")
    connection.in_atomic_block = True  # so that nobody begins or repeats anything in it
    try:
        yield
    finally:
        connection.in_atomic_block = False
        with suppress(connection.Database.Error):  # it has ended by itself
            connection.connection.execute("ROLLBACK")
