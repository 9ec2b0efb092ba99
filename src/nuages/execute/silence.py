"""End the connections to a PostgreSQL that has fallen silent, so that whoever waits for it is told so, and soon.

The system ends a connection by itself where nobody confirms what is sent (`tcp_user_timeout`). It does not where
somebody does: a proxy or a balancer whose other side is gone, a server that has frozen. Such a one answers nobody, so
where a statement is waited for, a thread asks on a connection of its own whether anybody is there. A statement that
takes long on a server that answers is none of its business: that is what `limits` are for.

Nothing is done per statement: a connection that is used is one whose lock is held, and that is looked at from outside.
Source: postgresql.org/docs/current/protocol-message-formats.html, "SSLRequest"; tcp(7), TCP_INFO.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from nuages.logs import log_entry

LOOK_S = 0.5
"""How often is looked; a connection that is in use twice in a row, and hears nothing, is worth a question."""
PATIENCE_S = 2.0
"""How long the answer may take, as that to a new connection may."""
REST_S = 1.0
"""How long a server that has answered is not asked again."""

_QUESTION = struct.pack("!II", 8, 80877103)  # SSLRequest: answered by one byte, before anybody has to say who they are
_LAST_HEARD = struct.Struct("52xI")  # tcpi_last_data_recv, in milliseconds; Linux's include/uapi/linux/tcp.h
_LOG = "nuages.database"
_WATCHED_BY = "_nuages_watched_by"

Peer = tuple[int, Any]


@dataclass(slots=True)
class _Line:
    """Where a connection leads, and for how many looks it has been in use."""

    peer: Peer
    looks: int = 0


class Watch:
    """Knows the connections of this process, and ends those whose server has fallen silent."""

    def __init__(self) -> None:
        self._lines: WeakKeyDictionary[Any, _Line] = WeakKeyDictionary()
        self._ended: WeakSet[Any] = WeakSet()
        self._answered_s: dict[Peer, float] = {}
        self._lock = threading.Lock()
        self._has_begun = False
        self._thread: threading.Thread | None = None

    def add(self, raw: Any) -> None:
        """Watch a connection of psycopg's; one that is watched already says so itself, since a pool lends it often."""
        if getattr(raw, _WATCHED_BY, None) is not self:
            with suppress(Exception):  # one that is over already
                self._add(raw)

    def _add(self, raw: Any) -> None:
        with _hold(raw) as held:
            line = _Line((held.family, held.getpeername()))
        with self._lock:
            self._lines[raw] = line
        setattr(raw, _WATCHED_BY, self)
        if self._has_begun:
            self.begin()

    def begin(self) -> None:
        """Let the thread run; in a process that was forked it has to begin anew."""
        with self._lock:
            self._has_begun = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._go_on, name="nuages-silence", daemon=True)
                self._thread.start()

    def has_ended(self, raw: Any) -> bool:
        """Whether a connection was ended here, so that there is no use in opening another at once."""
        return raw in self._ended

    def _go_on(self) -> None:
        while True:
            time.sleep(LOOK_S)
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  # it is the last that may end
                log_entry(logging.ERROR, "Looking after connections failed.", error=error, log=_LOG)

    def look(self) -> None:
        """Look once at all connections; takes up to PATIENCE_S where a server is silent."""
        with self._lock:
            lines = list(self._lines.items())
        for peer in {line.peer for raw, line in lines if _is_waiting(raw, line)}:
            if time.monotonic() - self._answered_s.get(peer, -REST_S) < REST_S:
                continue
            if _answers(peer):
                self._answered_s[peer] = time.monotonic()
            else:
                self._end_all([raw for raw, line in lines if line.peer == peer], peer)

    def _end_all(self, raws: list[Any], peer: Peer) -> None:
        ended = [raw for raw in raws if self._end(raw, peer)]
        log_entry(logging.WARNING, "%s answers nobody: connections ended: %s.", _name(peer), len(ended), log=_LOG)

    def _end(self, raw: Any, peer: Peer) -> bool:
        self._ended.add(raw)
        with suppress(Exception), _hold(raw) as held:  # one that is over already
            # The number may be another connection's by now; that which is held is what is looked at.
            if (held.family, held.getpeername()) == peer and not raw.closed:
                held.shutdown(socket.SHUT_RDWR)
                return True
        return False


def _hold(raw: Any) -> socket.socket:
    """The socket of a connection, under a number of its own."""
    return socket.socket(fileno=os.dup(raw.pgconn.socket))


def _is_waiting(raw: Any, line: _Line) -> bool:
    """Whether a statement has been waited for since the last look; psycopg locks a connection while it is used."""
    line.looks = line.looks + 1 if raw.lock.locked() else 0
    return line.looks > 1 and not _has_heard(raw)


def _has_heard(raw: Any) -> bool:
    """Whether the system knows of something that came since the last look."""
    if sys.platform != "linux":
        return False
    with suppress(Exception), _hold(raw) as held:
        if held.family != socket.AF_UNIX:
            (ago_ms,) = _LAST_HEARD.unpack(held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_HEARD.size))
            return bool(ago_ms < LOOK_S * 1000)
    return False


def _answers(peer: Peer) -> bool:
    """Ask a server whether it is there: whatever it says, and that there is none, is an answer."""
    family, address = peer
    deadline_s = time.monotonic() + PATIENCE_S
    try:
        with socket.socket(family) as asking:
            asking.settimeout(PATIENCE_S)
            asking.connect(address)
            asking.sendall(_QUESTION)
            asking.settimeout(max(0.001, deadline_s - time.monotonic()))
            asking.recv(1)
    except TimeoutError:
        return False
    except OSError:  # whose statements learn of it from the system, as this did
        return True
    return True


def _name(peer: Peer) -> str:
    address = peer[1]
    return str(address) if isinstance(address, str) else f"{address[0]}:{address[1]}"


watch = Watch()
