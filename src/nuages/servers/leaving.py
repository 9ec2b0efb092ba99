"""Know whether this process is about to end: then it is not ready, and keeps no connection open. Ends nothing itself.

One flag a process, turned on once. Source: RFC 9112 section 9.6, "Tear-down".
"""

from __future__ import annotations

from wsgiref.types import StartResponse


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
