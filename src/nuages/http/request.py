"""Turn what a server received into one plain Request. Servers fill it; nothing here reads a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """One request as every stage sees it.

    Shapes: `path` is decoded and starts below the mount (`/books/7`); `prefix` is the mount (`/api`); `query` is the
        raw query string without `?`; `headers` maps lower-case names to values; `header` looks one up.
    Units: `received_s` is `time.perf_counter()` at the start.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    prefix: str = ""
    secure: bool = False
    received_s: float = 0.0
    read: Callable[[], bytes] = field(default=lambda: b"")

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

    def __iter__(self):  # type: ignore[no-untyped-def]  # Iterator[str], spelled by Mapping
        return (key[5:].replace("_", "-").lower() for key in self._environ if key.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _environ_name(name: str) -> str:
    plain = name.upper().replace("-", "_")
    return plain if plain in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{plain}"
