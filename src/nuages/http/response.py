"""One plain Response: status, headers, body. Servers write it to their sockets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


class Pieces(Iterator[bytes], Protocol):
    """A body in pieces, made while it is sent.

    Shapes: `close` gives back what making it holds, however far it came; whoever has a response calls it in the end.
    Raises: whatever stops it. What was sent by then must not look whole to the client: see `servers.streams`.
    """

    def close(self) -> None:
        """Give back what is held; again does nothing."""


@dataclass(slots=True)
class Response:
    """One response as every server writes it.

    Shapes: `headers` is a list of (name, value), `Content-Length` included; `body` is empty for HEAD and 204, and where
        the body comes in `pieces`, whose length nobody knows.
    """

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: Pieces | None = None

    @classmethod
    def json(cls, body: bytes, *, status: int = 200, media_type: str = JSON) -> Response:
        """Frame bytes that already are JSON."""
        return cls(status, body, [("Content-Type", media_type), ("Content-Length", str(len(body)))])

    def header(self, name: str) -> str | None:
        """Look up a header by name in any case; None when absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)
