"""Listen to PostgreSQL's NOTIFY on a connection of its own, for as long as somebody follows the log.

What is told while nobody listens is lost, so it counts as heard whenever listening begins and when it breaks off.
Source: postgresql.org/docs/current/sql-listen.html. Behind a transaction pooler nothing is heard.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

CHANNEL = "nuages_live"
_ALIVE_S = 15.0  # how long nothing may be heard before the server is asked whether it is there
_PAUSE_S = 1.0
_END_S = 5.0


class Listener:
    """Listens to the database of one of Django's connections."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop: socket.socket | None = None

    def begin(self, tell: Callable[[], None]) -> None:
        """Listen from now on, where nobody does yet, and call `tell` for all that is heard."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stop, stopped = socket.socketpair()
                self._thread = threading.Thread(
                    target=self._go_on, args=(tell, stopped), name="nuages-live-listen", daemon=True
                )
                self._thread.start()

    def end(self) -> None:
        """Stop listening, and close the connection."""
        with self._lock:
            thread, stop, self._thread, self._stop = self._thread, self._stop, None, None
        if thread is not None and stop is not None:
            stop.close()
            thread.join(_END_S)

    def _go_on(self, tell: Callable[[], None], stopped: socket.socket) -> None:
        """Listen until it is stopped, over every break of the connection."""
        with stopped, selectors.DefaultSelector() as stops:
            stops.register(stopped, selectors.EVENT_READ)
            while not self._listen(tell, stopped):
                tell()
                if stops.select(_PAUSE_S):
                    return

    def _listen(self, tell: Callable[[], None], stopped: socket.socket) -> bool:
        """Listen on one connection; whether it was stopped, and not broken."""
        database = self._connection.Database
        try:
            with database.connect(**self._connection.get_connection_params(), autocommit=True) as own:
                own.add_notify_handler(lambda _: tell())  # of what comes while the server is asked
                own.execute(f"LISTEN {CHANNEL}")
                tell()
                return _hear(own, tell, stopped)
        except (database.Error, OSError) as error:
            logging.getLogger("nuages.live").warning(
                "Changes are not heard at once, but every second (%s).", type(error).__name__
            )
        return False


def _hear(own: Any, tell: Callable[[], None], stopped: socket.socket) -> bool:
    with selectors.DefaultSelector() as both:
        both.register(stopped, selectors.EVENT_READ)
        both.register(own.pgconn.socket, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in both.select(_ALIVE_S)}
            if stopped in ready:
                return True
            if not ready:
                own.execute("SELECT 1")
                continue
            own.pgconn.consume_input()
            while own.pgconn.notifies():
                tell()
