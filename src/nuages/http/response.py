"""One plain Response: status, headers, body. Servers write it to their sockets."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
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


class Flow(AsyncIterable[bytes], Protocol):
    """A body in pieces, each made on an event loop while it is sent.

    Shapes: `aclose` gives back what making it holds, however far it came; whoever has a response calls it in the end.
    Raises: as Pieces.
    """

    async def __anext__(self) -> bytes:
        """Make the next piece."""

    async def aclose(self) -> None:
        """Give back what is held; again does nothing."""


@dataclass(slots=True)
class Response:
    """One response as every server writes it.

    Shapes: `headers` is a list of (name, value), `Content-Length` included; `body` is empty for HEAD and 204, and where
        the body comes in `pieces`, or as a `flow`, whose length nobody knows. Where `coming` is there, nothing else is:
        a server calls it once, on an event loop, and what it waits for then is the response.
    """

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: Pieces | None = None
    flow: Flow | None = None
    coming: Callable[[], Awaitable[Response]] | None = None

    @classmethod
    def json(cls, body: bytes, *, status: int = 200, media_type: str = JSON) -> Response:
        """Frame bytes that already are JSON."""
        return cls(status, body, [("Content-Type", media_type), ("Content-Length", str(len(body)))])

    def header(self, name: str) -> str | None:
        """Look up a header by name in any case; None when absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def then(response: Response, change: Callable[[Response], Response]) -> Response:
    """Change a response, now or when it has come.

    Shapes: `then(response, complete)` instead of `complete(response)`, wherever a response may still be coming.
    """
    coming = response.coming
    if coming is None:
        return change(response)

    async def change_it() -> Response:
        return change(await coming())

    response.coming = change_it
    return response
