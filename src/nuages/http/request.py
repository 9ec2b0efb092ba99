"""Turn what a server received into one plain Request. Servers fill it; nothing here reads a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_BARE = ("CONTENT_TYPE", "CONTENT_LENGTH")  # the headers that CGI passes without HTTP_


@dataclass(slots=True)
class Request:
    """One request as every stage sees it.

    Shapes: `path` is decoded and starts below the mount (`/books/7`); `prefix` is the mount (`/api`); `query` is the
        raw query string without `?`; `headers` maps lower-case names to values; `header` looks one up; `host` is the
        host that the client asked for, port included, checked by the server's guards; `read(n)` gives the body's first
        n bytes, fewer when it ends before, and `pieces(n)` the same in pieces as they come, for a body too long to be
        held. One of them may be called, once: http.bodies does. A server that has no pieces gives one.
        `peer` is the address at the other end of the connection, be it a proxy's: http.address finds the client's.
        `session` is one that middleware of the project has opened, None on the straight path. `id` is what
        http.request_id named it, "" before. `charge(n)` counts the request n times more, where a body turns out to ask
        for more than one thing; None where nobody counts. `route` and `asked_by` are noted on the way, for whoever
        observes: the pattern of the path ("/books/{key}"), "" for none; who is asking, None as long as nobody knows.
        `shows_breaks` where the server can break a body off so that the client sees it.
    Units: `received_s` is `time.perf_counter()` at the start.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    prefix: str = ""
    secure: bool = False
    received_s: float = 0.0
    read: Callable[[int], bytes] = field(default=lambda _: b"")
    host: str = ""
    pieces: Callable[[int], Iterator[bytes]] | None = None
    peer: str = ""
    session: Any = None
    id: str = ""
    charge: Callable[[int], None] | None = None
    route: str = ""
    asked_by: Any = None
    shows_breaks: bool = False

    def header(self, name: str) -> str | None:
        """Look up a header by its lower-case name; None when absent."""
        return self.headers.get(name)


class EnvironHeaders(Mapping[str, str]):
    """Headers looked up in a WSGI environ on demand, so that unread headers cost nothing.

    Source: PEP 3333, "environ Variables".
    """

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, object]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return str(self._environ[_environ_name(name)])

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]  # narrower default
        value = self._environ.get(_environ_name(name))
        return default if value is None else str(value)

    def __iter__(self) -> Iterator[str]:
        for key in self._environ:
            name = key if key in _BARE else key.removeprefix("HTTP_")
            if key in _BARE or (name != key and name not in _BARE):
                yield name.replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(maxsize=256)  # the few that are looked up for every request
def _environ_name(name: str) -> str:
    plain = name.upper().replace("-", "_")
    return plain if plain in _BARE else f"HTTP_{plain}"
