"""Replace a connection of psycopg's pool that the server has ended while it was at rest, before anybody uses it.

A question to the server, as psycopg's own check is, costs as much as a small read. What a server has to say to a
connection at rest is nearly always that it is over, and the system knows whether there is anything to be read.
A thread's own connection is Django's to look at (CONN_HEALTH_CHECKS), but where Django is not asked.
Source: postgresql.org/docs/current/protocol-flow.html, "Asynchronous Operations"; poll(2).
"""

from __future__ import annotations

import select
from contextlib import suppress
from typing import Any

from django.db.backends.signals import connection_created

from nuages.execute.silence import watch


def replace_ended(sender: Any, connection: Any, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    """Take another connection from the pool where this one has ended; Django says so of each that it takes.

    Raises: django.db.OperationalError when there is none.
    """
    if connection.vendor != "postgresql":
        return
    watch.add(connection.connection)  # first, since it may be asked something below
    if connection.pool is not None:
        leave_ended(connection)
        connection.ensure_connection()  # which comes here again


def leave_ended(connection: Any) -> None:
    """Close a connection that a thread has kept and the server has ended, so that the next use opens another."""
    raw = connection.connection
    if raw is None or connection.in_atomic_block or connection.vendor != "postgresql" or not is_ended(raw):
        return
    raw.close()  # or a pool would take it back
    connection.close()


def is_ended(raw: Any) -> bool:
    """Whether a connection of psycopg's at rest is over; asks the server only where it has said something."""
    if raw.closed or not hasattr(select, "poll"):  # not on Windows, where whoever comes first finds out by a 503
        return bool(raw.closed)
    watched = select.poll()
    watched.register(raw.pgconn.socket)
    if not watched.poll(0):
        return False
    with suppress(Exception):  # of the driver, which may not be there to be named
        raw.execute("")
        return False
    return True


connection_created.connect(replace_ended, dispatch_uid="nuages.execute.alive")
