"""A steady load with a ledger: what was asked, what failed, and every write that a server said it had taken.

No test lives here.
"""

import contextlib
import http.client
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.live.processes import LIMIT_S

Connect = Callable[[], http.client.HTTPConnection]
# What a connection does that the server has closed meanwhile, before anything of an answer has come.
STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, http.client.CannotSendRequest)
CLIENTS = 5
WRITES = "/odd/writing"
_WRITE_EACH = 5  # one request of five is a write


@dataclass
class Load:
    """What a load has seen so far.

    Shapes: `failures` are what went wrong, in words; `allowed` are statuses that are no failure though no success.
    """

    host: str = "127.0.0.1"
    allowed: frozenset[int] = frozenset()
    read: str = ""
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    refused: list[tuple[float, int]] = field(default_factory=list)
    succeeded_s: list[float] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, status: int | Exception, *, written: str = "") -> None:
        """Note one answer, or why there was none."""
        now_s = time.monotonic()
        with self._lock:
            if status in (200, 201):
                self.answered += 1
                self.succeeded_s.append(now_s)
                self.written += [written] if written else []
            elif isinstance(status, int) and status in self.allowed:
                self.refused.append((now_s, status))
            else:
                self.failures.append(f"{what}: {status!r}")

    def check_ledger(self, connect: Connect) -> None:
        """See that every write that was acknowledged is there, once."""
        with contextlib.closing(connect()) as connection:
            for name in self.written:
                connection.request("GET", f"{WRITES}?name={quote(name)}", headers={"host": self.host})
                found = json.loads(connection.getresponse().read())
                assert [item["name"] for item in found["items"]] == [name], f"{name} was acknowledged"


@contextlib.contextmanager
def loaded(
    connect: Connect,
    *,
    rate: float,
    keeps: bool,
    host: str = "127.0.0.1",
    allowed: frozenset[int] = frozenset(),
    read: str = "",
) -> Iterator[Load]:
    """Send a steady load for the length of the block: four reads and a write, in turn.

    Shapes: with `keeps` each client keeps its connection and asks again once, on a new one, where it was closed before
        an answer; its writes carry an Idempotency-Key. Without, each request has its own connection and one chance.
        `read` is what is read, one book after the other unless it is given.
    Units: `rate`, requests a second of all clients.
    """
    load, is_over, turns = Load(host, allowed, read), threading.Event(), itertools.count()
    begun_s = time.monotonic()

    def run(client: "_Client") -> None:
        while not is_over.is_set():
            turn = next(turns)
            # As many a second, however long the answers take; where all clients wait, the rest comes at once.
            if is_over.wait(max(0.0, begun_s + turn / rate - time.monotonic())):
                return
            client.ask(turn)

    clients = [_Client(load, connect, keeps=keeps) for _ in range(CLIENTS)]
    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        is_over.set()
        for thread in threads:
            thread.join(LIMIT_S)
        for client in clients:
            client.close()


class _Client:
    """One client of a load."""

    def __init__(self, load: Load, connect: Connect, *, keeps: bool) -> None:
        self._load, self._connect, self._keeps = load, connect, keeps
        self._kept: http.client.HTTPConnection | None = None

    def ask(self, turn: int) -> None:
        """Send the request whose turn it is, and note what came."""
        name = f"load-{uuid.uuid4().hex}" if turn % _WRITE_EACH == 0 else ""
        what = f"POST {name}" if name else f"GET book {turn}"
        try:
            status = self._send(name, turn)
        except (OSError, http.client.HTTPException) as error:
            self._load.note(what, error)
            self.close()
        else:
            self._load.note(what, status, written=name)

    def close(self) -> None:
        """Close the connection that is kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _send(self, name: str, turn: int) -> int:
        arguments: Any = ("GET", self._load.read or f"/api/books/{1 + turn % 30}", None, {"host": self._load.host})
        if name:
            named = {"host": self._load.host, "content-type": "application/json", "idempotency-key": name}
            arguments = ("POST", WRITES, json.dumps({"name": name}), named)
        if not self._keeps:
            with contextlib.closing(self._connect()) as connection:
                return _status(connection, arguments)
        is_used = self._kept is not None
        self._kept = self._kept or self._connect()
        try:
            return _status(self._kept, arguments)
        except STALE:
            self.close()
            if not is_used:
                raise  # a new connection has no excuse
            self._kept = self._connect()
            return _status(self._kept, arguments)


def _status(connection: http.client.HTTPConnection, arguments: Any) -> int:
    connection.request(*arguments)
    response = connection.getresponse()
    response.read()
    return response.status
