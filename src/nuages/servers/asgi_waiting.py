"""Do the rest of a request on the loop for as long as its client is there, in a task of its own.

A client that goes away cancels it: the author's function sees asyncio.CancelledError where it waits.
Source: asgi.readthedocs.io, "HTTP & WebSocket ASGI Message Format", http.disconnect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeAlias

from nuages.http.request import Request
from nuages.http.request_id import name_request, under_way
from nuages.servers.asgi_body import Message, Receive

Work: TypeAlias = Callable[[Receive], Coroutine[Any, Any, None]]


async def attended(work: Work, request: Request, receive: Receive) -> None:
    """Do the work under the request's id, and cancel it when the client goes away.

    Shapes: the work is given what it may receive with, which says when the client has gone.
    Raises: what the work raises; CancelledError where the server cancels this.
    """
    gone = asyncio.ensure_future(await_leave(receive))

    async def receive_leave() -> Message:
        await asyncio.wait({gone})
        return {"type": "http.disconnect"}

    doing = asyncio.get_running_loop().create_task(work(receive_leave), context=_context_of(request))
    gone.add_done_callback(lambda _: doing.cancel())
    try:
        await doing
    except asyncio.CancelledError:
        if not gone.done() or _is_cancelled():
            raise
    finally:
        gone.cancel()


async def await_leave(receive: Receive) -> None:
    """Wait until the client goes away; what it still sends is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _context_of(request: Request) -> Context:
    context = copy_context()
    context.run(under_way.set, name_request(request))
    return context


def _is_cancelled() -> bool:
    """Whether somebody has cancelled the present task, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
