"""Hear of changes that PostgreSQL's own triggers tell of: those of other programs, which Django does not see.

A process listens once it keeps an answer, on a connection of its own. What is told while nobody listens is lost, so all
that is kept ends whenever listening begins, and when it breaks off.
Source: postgresql.org/docs/current/sql-listen.html; psycopg.org/psycopg3/docs/advanced/async.html, "Asynchronous
notifications". Behind a transaction pooler nothing is heard.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from django.conf import settings

from nuages.cache.noticing import tell
from nuages.cache.tables import EVERY_TABLE

CHANNEL = "nuages_cache"
TRIGGER = "nuages_changed"
_ALIVE_S = 15.0  # how long nothing may be heard before the server is asked whether it is there
_PAUSE_S = 1.0
_listening: dict[tuple[int, str], threading.Thread] = {}
_lock = threading.Lock()


def has_listening() -> bool:
    """Whether the triggers are there to be heard: the setting NUAGES_CACHE_LISTEN."""
    return bool(getattr(settings, "NUAGES_CACHE_LISTEN", False))


def listen(connection: Any) -> None:
    """Listen to the database of a connection from now on, once a process; not a PostgreSQL, it says nothing."""
    key = os.getpid(), connection.alias
    if connection.vendor != "postgresql" or key in _listening:
        return
    with _lock:
        if key not in _listening:
            thread = threading.Thread(target=_go_on, args=(connection,), name="nuages-cache-listen", daemon=True)
            _listening[key] = thread
            thread.start()


def _go_on(connection: Any) -> None:
    """Listen until the process ends, over every break of the connection."""
    connect, parameters = connection.Database.connect, connection.get_connection_params()
    failure = connection.Database.Error
    while True:
        try:
            with connect(**parameters, autocommit=True) as own:
                _hear(own)
        except failure as error:
            logging.getLogger("nuages.cache").warning(
                "Changes of other programs are not heard (%s).", type(error).__name__
            )
        tell([EVERY_TABLE])
        time.sleep(_PAUSE_S)


def _hear(own: Any) -> None:
    own.execute(f"LISTEN {CHANNEL}")
    tell([EVERY_TABLE])
    while True:
        for heard in own.notifies(timeout=_ALIVE_S):
            tell([heard.payload])
        own.execute("SELECT 1")
