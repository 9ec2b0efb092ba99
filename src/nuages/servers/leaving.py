"""Know whether this process is about to end: then it is not ready, and keeps no connection open. Ends nothing itself.

One flag a process, turned on once. Source: RFC 9112 section 9.6, "Tear-down".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from wsgiref.types import StartResponse

Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]


class Leaving:
    """Whether the process has been told that it will be asked to end."""

    __slots__ = ("is_told",)

    def __init__(self) -> None:
        self.is_told = False

    def tell(self) -> None:
        """Tell; there is no way back."""
        self.is_told = True


leaving = Leaving()


def last_on_connection(start_response: StartResponse) -> StartResponse:
    """Make a `start_response` that asks client and server to close the connection after the answer.

    A client that keeps its connections would otherwise send into one that is being closed.
    """

    def start(status: str, headers: list[tuple[str, str]], *failure: object) -> object:
        kept = [pair for pair in headers if pair[0].lower() != "connection"]
        return start_response(status, [*kept, ("Connection", "close")], *failure)  # type: ignore[arg-type]

    return start  # type: ignore[return-value]  # what it returns is the server's


def last_message_on_connection(scope: Mapping[str, Any], send: Send) -> Send:
    """Make a `send` that does the same under ASGI; HTTP/2 has no such header."""
    if scope.get("http_version") not in {"1.0", "1.1"}:
        return send

    async def send_last(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"connection"]
            message = {**message, "headers": [*kept, (b"connection", b"close")]}
        await send(message)

    return send_last
