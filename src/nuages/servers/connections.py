"""Do for a thread's database connections what Django's request signals do around a request, without the signals.

Two signals with Django's own receivers cost more than this whole module; the duties are the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone, translation

_log = logging.getLogger("nuages.request")


class _Thread(threading.local):
    """What is known of the present thread: the connections it has opened, and whether a view may have run in it."""

    def __init__(self) -> None:
        self.connections: list[BaseDatabaseWrapper] = []
        self.is_foreign = False


_thread = _Thread()


@contextmanager
def kept_connections() -> Iterator[None]:
    """Forget logged queries before the block; close what is broken or too old before it and after it.

    With CONN_MAX_AGE=0, and so with a psycopg pool, every connection is given back after the block.
    Source: django.db.reset_queries, django.db.close_old_connections.
    """
    if _thread.is_foreign:
        _forget_view()
    for connection in _thread.connections:
        connection.queries_log.clear()
        _close_if_due(connection)
    try:
        yield
    finally:
        for connection in _thread.connections:
            _close_if_due(connection)


def note_view() -> None:
    """Remember that this thread is about to run Django's way, whose middleware may set a language and a time zone."""
    _thread.is_foreign = True


def _forget_view() -> None:
    translation.deactivate()
    timezone.deactivate()
    _thread.is_foreign = False


def _close_if_due(connection: BaseDatabaseWrapper) -> None:
    try:
        connection.close_if_unusable_or_obsolete()
    except DatabaseError:  # it could not even be closed; the answer is made, and the next request opens another
        _log.warning("A connection to %r could not be closed.", connection.alias, exc_info=True)


def _remember(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if connection not in _thread.connections:
        _thread.connections.append(connection)


connection_created.connect(_remember, dispatch_uid="nuages.servers.connections")
