"""Send pieces over ASGI from one thread while the loop goes on, until their end, their failure or the client's leave.

An application that raises makes the server break the body off, which the client sees.
Source: asgi.readthedocs.io, "HTTP & WebSocket ASGI Message Format", http.disconnect.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import TypeAlias

from nuages.http.response import Pieces
from nuages.servers.asgi_body import Message, Receive
from nuages.servers.asgi_waiting import await_leave

Send: TypeAlias = Callable[[Message], Awaitable[None]]
_LOOK_S = 1.0  # how often a thread that waits for a slow client looks whether it is there still


async def send_pieces(pieces: Pieces, start: Message, receive: Receive, send: Send, threads: Executor) -> None:
    """Send a response whose body comes in pieces.

    Raises: BrokenOff, where what was begun cannot be ended.
    """
    gone = asyncio.ensure_future(await_leave(receive))
    loop = asyncio.get_running_loop()
    try:
        await send(start)
        is_whole = await loop.run_in_executor(threads, partial(_pump, pieces, send, gone, loop))
        if is_whole:
            await send({"type": "http.response.body", "body": b""})
    except OSError:  # the client has gone away: nobody is left to tell
        return
    finally:
        gone.cancel()
        pieces.close()


async def async_pieces(pieces: Pieces) -> AsyncIterator[bytes]:
    """Give the pieces to Django's handler for ASGI, each made in a thread."""
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
    finally:
        await asyncio.shield(asyncio.to_thread(pieces.close))


def _pump(pieces: Pieces, send: Send, gone: asyncio.Future[None], loop: asyncio.AbstractEventLoop) -> bool:
    """Send every piece; False where the client has gone away before the end."""
    try:
        for piece in pieces:
            message = {"type": "http.response.body", "body": piece, "more_body": True}
            if not _is_sent(asyncio.run_coroutine_threadsafe(_sent(send, message), loop), gone):
                return False
        return True
    finally:
        pieces.close()


def _is_sent(sending: Future[None], gone: asyncio.Future[None]) -> bool:
    while not gone.done():
        try:
            sending.result(_LOOK_S)
        except TimeoutError:
            continue
        return not gone.done()
    sending.cancel()
    return False


async def _sent(send: Send, message: Message) -> None:
    await send(message)
