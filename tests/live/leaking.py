"""Send many requests of one kind to one worker, and look at what it keeps of them. No test lives here.

NUAGES_REQUESTS says how many: `make test` takes few, `make soak` as many as are promised.
"""

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tests.live.processes import LIMIT_S, Server, children_of

REQUESTS = int(os.environ.get("NUAGES_REQUESTS", "1500"))
IS_LONG = "NUAGES_REQUESTS" in os.environ
# SQLite keeps 2 MB of pages a connection, which are full of a table when some 30,000 rows have been written.
WARM = max(REQUESTS // 10, 30_000) if IS_LONG else REQUESTS
SAMPLES = 20
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
FIELDS = ("id", "title", "isbn", "price", "published", "in_print")

Make = Callable[[int], bytes]


def request(method: str, path: str, document: object = None, **headers: str) -> bytes:
    """Spell a request."""
    body = b"" if document is None else json.dumps(document).encode()
    named = {"Host": "localhost", **{name.replace("_", "-"): text for name, text in headers.items()}}
    if document is not None:
        named = {"Content-Type": "application/json", "Content-Length": str(len(body)), **named}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in named.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def shape(number: int) -> str:
    """A question of a shape that few others have: fields, filters and an order."""
    chosen = list(combinations(FIELDS, 3))[number % 20]
    filters = [f"price__{each}=5" for bit, each in enumerate(("gte", "lte", "gt", "lt")) if number >> bit & 1]
    words = " AND ".join(f"price > {each}" for each in range(number % 9))
    more = [f"filter={words.replace(' ', '%20').replace('>', '%3E')}"] if words else []
    return "/api/books?" + "&".join([f"fields={','.join(chosen)}", *filters, *more, f"limit={1 + number % 5}"])


KINDS: dict[str, tuple[Make, set[int]]] = {
    "reads": (lambda n: request("GET", f"/api/books/{1 + n % 30}"), {200}),
    "lists": (lambda n: request("GET", f"/api/books?limit={1 + n % 20}&order=-price"), {200}),
    "shapes": (lambda n: request("GET", shape(n)), {200}),
    "not identified": (lambda n: request("GET", "/keys/tags", authorization=f"Bearer {n}.{n}.{n}"), {401}),
    "not found": (lambda n: request("GET", f"/api/books/{1_000_000 + n}"), {404}),
    "nowhere": (lambda n: request("GET", f"/api/nowhere-{n}/{n}"), {404}),
    "wrong": (lambda n: request("GET", f"/api/books?nosuch-{n}={n}"), {400}),
    "too large": (lambda _: request("POST", "/odd/writing", {"name": "x" * 2_000_000}, connection="close"), {413, 0}),
    "cut off": (lambda _: request("POST", "/odd/writing", content_length="100", content_type="application/json"), {0}),
    "writes": (lambda n: request("POST", "/odd/writing", {"name": f"tag {n} {time.monotonic_ns()}"}), {201}),
    "methods": (lambda n: request(f"M{n}", "/api/books"), {405}),
    "admin": (lambda n: request("GET", f"/admin/login/?next=/{n}"), {200}),
}
"""How a request of each kind is spelled, by its number, and which statuses it may have; 0 where there is no answer."""
FEW = {"too large": 20, "cut off": 20, "admin": 10}
"""What takes long: one of so many."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a worker has at a moment.

    Units: resident memory in bytes; files are open descriptors.
    """

    memory_bytes: int
    files: int
    threads: int
    objects: int


class Client:
    """One connection that is kept, and made anew where the server closes it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._socket: socket.socket | None = None

    def send(self, raw: bytes, *, leaves: bool = False) -> int:
        """Send a request and give the status; 0 where there is none, or where the client `leaves` before it."""
        if self._socket is None:
            self._socket = self._server.connect()
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before the end of a long body
                self._socket.sendall(raw)
            return 0 if leaves else self._receive(self._socket)
        except ConnectionResetError:
            self.close()
            return 0
        finally:
            if leaves:
                self.close()

    def _receive(self, connection: socket.socket) -> int:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65_536)
            if not piece:
                self.close()
                return 0
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        lines = [line.partition(b": ") for line in head.lower().split(b"\r\n")]
        named = {name: text for name, _, text in lines}
        missing = int(named.get(b"content-length", b"0")) - len(body)
        while missing > 0 and (piece := connection.recv(65_536)):
            missing -= len(piece)
        if named.get(b"connection") == b"close":
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def send_all(server: Server, kinds: list[str], first: int, count: int) -> Counter[tuple[str, bool]]:
    """Send requests of several kinds in turn; tells of each kind how many were answered as they should, and not."""
    told: Counter[tuple[str, bool]] = Counter()
    with client_of(server) as client:
        for number in range(first, first + count):
            kind = kinds[number % len(kinds)]
            if number // len(kinds) % FEW.get(kind, 1):
                continue
            make, expected = KINDS[kind]
            told[kind, client.send(make(number), leaves=kind == "cut off") in expected] += 1
    return told


@contextmanager
def client_of(server: Server) -> Iterator[Client]:
    """A client whose connection is closed in the end."""
    client = Client(server)
    try:
        yield client
    finally:
        client.close()


def kept(server: Server) -> Kept:
    """Look at the only worker, after its garbage was collected."""
    objects = json.loads(server.get("/objects/").body)["objects"]
    (worker,) = children_of(server.process.pid)
    process = Path(f"/proc/{worker}")
    memory_bytes = int((process / "statm").read_text().split()[1]) * PAGE_BYTES
    return Kept(memory_bytes, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir())), objects)


def settled(server: Server, before: Kept, *, slack: int) -> Kept:
    """Wait until descriptors and threads are back where they were, give or take; gives what there is then."""
    deadline_s = time.monotonic() + LIMIT_S
    while True:
        now = kept(server)
        is_back = now.files <= before.files + slack and now.threads <= before.threads + slack
        if is_back or time.monotonic() > deadline_s:
            return now
        time.sleep(0.2)
