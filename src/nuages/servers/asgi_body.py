"""From ASGI's messages to bytes, when a thread asks for them. Where a body is too long is `http.bodies`' to say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any, TypeAlias, TypeVar

from nuages.http.bodies import incomplete_body

Message: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Received = TypeVar("Received")

# How long a body may take, or a piece of a long one, since a thread waits for it; as long as granian gives the headers.
_BODY_S = 30.0


def body_reader(receive: Receive) -> Callable[[int], bytes]:
    """Make what reads the body's beginning from a thread while the loop goes on; a GET's body is never read.

    Raises: BadRequest `incomplete-body` when the client goes away before the end, or the end does not come in time.
    """
    loop = asyncio.get_running_loop()
    return lambda most: _wait(_collect(receive, most), loop)


def piece_reader(receive: Receive) -> Callable[[int], Iterator[bytes]]:
    """Make what gives the same piece by piece, each as it comes.

    Raises: as `body_reader`, for each piece.
    """
    loop = asyncio.get_running_loop()

    def read(most: int) -> Iterator[bytes]:
        has_more = True
        while has_more and most > 0:
            piece, has_more = _wait(_receive(receive), loop)
            most -= len(piece)
            yield piece

    return read


def _wait(coming: Coroutine[Any, Any, Received], loop: asyncio.AbstractEventLoop) -> Received:
    reading = asyncio.run_coroutine_threadsafe(coming, loop)
    try:
        return reading.result(_BODY_S)
    except (TimeoutError, CancelledError):  # cancelled: the server ends
        reading.cancel()
        raise incomplete_body() from None


async def _receive(receive: Receive) -> tuple[bytes, bool]:
    """Receive one message of the body, and tell whether there is more."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise incomplete_body()
    return message.get("body", b""), message.get("more_body", False)


async def _collect(receive: Receive, most: int) -> bytes:
    """Collect the body's first `most` bytes, and stop there: what is not read, the server need not accept."""
    chunks: list[bytes] = []
    left, has_more = most, True
    while has_more and left > 0:
        chunk, has_more = await _receive(receive)
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)[:most]
