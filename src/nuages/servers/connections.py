"""Do for a thread's database connections what Django's request signals do around a request, without the signals.

Two signals with Django's own receivers cost more than this whole module; the duties are the same.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone, translation

from nuages.execute.taken import is_taken
from nuages.logs import log_entry


class _Thread(threading.local):
    """What is known of the present thread: the connections it has opened, and whether a view may have run in it."""

    def __init__(self) -> None:
        self.connections: list[BaseDatabaseWrapper] = []
        self.is_foreign = False


_thread = _Thread()


class kept_connections:  # noqa: N801  # a context manager, written as one: a generator's costs twice as much
    """Forget logged queries before the block; close what is broken or too old before it and after it.

    With CONN_MAX_AGE=0, and so with a psycopg pool, every connection is given back after the block.
    Source: django.db.reset_queries, django.db.close_old_connections.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        if _thread.is_foreign:
            _forget_view()
        for connection in _thread.connections:
            if connection.queries_log:
                connection.queries_log.clear()
            if connection.connection is not None:
                close_if_due(connection)

    def __exit__(self, *_: object) -> None:
        for connection in _thread.connections:
            if connection.connection is not None:
                close_if_due(connection)


def note_view() -> None:
    """Remember that this thread is about to run Django's way, whose middleware may set a language and a time zone."""
    _thread.is_foreign = True


def _forget_view() -> None:
    translation.deactivate()
    timezone.deactivate()
    _thread.is_foreign = False


def own_connections() -> list[BaseDatabaseWrapper]:
    """The connections that the present thread has opened: the list itself, which grows."""
    return _thread.connections


def close_if_due(connection: BaseDatabaseWrapper) -> None:
    """Close a connection that is broken or too old, and let one that stays be asked for its health before its next use.

    What closing runs into is logged.
    """
    connection.health_check_done = False  # type: ignore[attr-defined]  # the stubs lack it
    if not is_due(connection):
        return
    try:
        connection.close_if_unusable_or_obsolete()
    except Error as error:  # it could not even be closed; the answer is made, and the next request opens another
        log_entry(logging.WARNING, "The connection %s could not be closed.", connection.alias, error=error)


def is_due(connection: BaseDatabaseWrapper) -> bool:
    """Whether Django's own look, which costs more, would find something to do but to ask for a health check anew."""
    if connection.connection is None:
        return False
    is_old = connection.close_at is not None and time.monotonic() >= connection.close_at
    return is_old or connection.errors_occurred or connection.autocommit != connection.settings_dict["AUTOCOMMIT"]


def _remember(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if not is_taken(connection) and connection not in _thread.connections:
        _thread.connections.append(connection)


connection_created.connect(_remember, dispatch_uid="nuages.servers.connections")
