"""From ASGI's messages to bytes, when a thread asks for them. Where a body is too long is `http.bodies`' to say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError
from typing import Any, TypeAlias

from nuages.http.bodies import incomplete_body

Message: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]

_BODY_S = 30.0  # how long a body may take, since a thread waits for it: as long as granian gives the headers


def body_reader(receive: Receive) -> Callable[[int], bytes]:
    """Make what reads the body's beginning from a thread while the loop goes on; a GET's body is never read.

    Raises: BadRequest `incomplete-body` when the client goes away before the end, or the end does not come in time.
    """
    loop = asyncio.get_running_loop()

    def read(most: int) -> bytes:
        reading = asyncio.run_coroutine_threadsafe(_collect(receive, most), loop)
        try:
            return reading.result(_BODY_S)
        except (TimeoutError, CancelledError):  # cancelled: the server ends
            reading.cancel()
            raise incomplete_body() from None

    return read


async def _collect(receive: Receive, most: int) -> bytes:
    """Collect the body's first `most` bytes, and stop there: what is not read, the server need not accept."""
    chunks: list[bytes] = []
    left, has_more = most, True
    while has_more and left > 0:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise incomplete_body()
        chunks.append(message.get("body", b""))
        left -= len(chunks[-1])
        has_more = message.get("more_body", False)
    return b"".join(chunks)[:most]
