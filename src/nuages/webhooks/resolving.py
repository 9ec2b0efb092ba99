"""Look a name up within a deadline, which the system's resolver does not have. What may be called is not known here."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future

DEADLINE_S = 3.0
_MOST = 16  # at once; a server of names that answers slowly must not fill the process with threads
_places = threading.BoundedSemaphore(_MOST)


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, in the system's order; none where it has none, or nobody says so in time.

    Shapes: ["192.0.2.1", "2001:db8::1"].
    """
    if not _places.acquire(timeout=DEADLINE_S):
        return []
    found: Future[list[str]] = Future()
    # A thread that cannot be ended is left to the resolver's own timeouts, and keeps its place until then.
    threading.Thread(target=_ask, args=(host, port, found), name="nuages-names", daemon=True).start()
    try:
        return found.result(DEADLINE_S)
    except (OSError, UnicodeError):  # a timeout, too
        return []


def _ask(host: str, port: int, found: Future[list[str]]) -> None:
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        found.set_result(list(dict.fromkeys(str(each[4][0]) for each in told)))
    except Exception as error:  # noqa: BLE001  # whoever waits is told
        found.set_exception(error)
    finally:
        _places.release()
