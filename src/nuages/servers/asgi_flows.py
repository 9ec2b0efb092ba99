"""Send a flow over ASGI on the loop itself: no thread is held, and a client that has gone away ends it at once.

An application that raises makes the server break the body off, which the client sees.
Source: asgi.readthedocs.io, "HTTP & WebSocket ASGI Message Format", http.disconnect.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from nuages.http.response import Flow
from nuages.servers.asgi_body import Message, Receive
from nuages.servers.asgi_pieces import Send
from nuages.servers.asgi_waiting import await_leave

_BEGINNING = b""  # granian sends no headers before a body; there may be nothing to send for long


async def send_flow(flow: Flow, start: Message, receive: Receive, send: Send) -> None:
    """Send a response whose body flows.

    Raises: BrokenOff, where what was begun cannot be ended.
    """
    sending = asyncio.ensure_future(_send(flow, start, send))
    gone = asyncio.ensure_future(await_leave(receive))
    try:
        await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        sending.cancel()
        try:
            await asyncio.wait((sending,))
        finally:
            await flow.aclose()
    if not sending.cancelled():
        _raise_unless_gone(sending)


class FlowContent(AsyncIterator[bytes]):
    """A flow as Django's handler for ASGI wants it, which closes its content from a thread.

    Source: django.http.response.HttpResponseBase.close; django.core.handlers.asgi.ASGIHandler.handle.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __anext__(self) -> bytes:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            return _BEGINNING
        try:
            return await self._flow.__anext__()
        except BaseException:  # its end, its failure, or the client's leave
            await self._flow.aclose()
            raise

    def close(self) -> None:
        """Close the flow on its loop, without waiting for it: Django may call from there."""
        if self._loop is not None and self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._flow.aclose(), self._loop)


async def _send(flow: Flow, start: Message, send: Send) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": _BEGINNING, "more_body": True})
    async for piece in flow:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _raise_unless_gone(sending: asyncio.Future[None]) -> None:
    error = sending.exception()
    if error is not None and not isinstance(error, OSError):  # of a client that has gone away nobody need be told
        raise error
