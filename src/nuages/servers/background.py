"""Wait in a thread for a response that is still coming, on one event loop that this process keeps for all its threads.

What the coroutine sends to a thread runs in the thread that waits, with its connection and in its transaction; that,
and the exchange of contexts, is asgiref's `async_to_sync`, to which the loop is shown as that of the thread.
Source: asgiref's sync.py, `AsyncToSync` and `SyncToAsync.threadlocal`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from asgiref.sync import SyncToAsync, async_to_sync

from nuages.http.request import Request
from nuages.http.request_id import name_request, under_way
from nuages.http.response import Response

_SHOWN = ("main_event_loop", "main_event_loop_pid", "task_context")


def wait_in_background(coming: Callable[[], Awaitable[Response]], request: Request) -> Response:
    """Wait for a response on the background loop: under WSGI.

    Raises: what the coroutine raises.
    """
    with _showing(background_loop()):
        return wait_in_thread(coming, request)


def wait_in_thread(coming: Callable[[], Awaitable[Response]], request: Request) -> Response:
    """Wait for a response on the loop that has sent its synchronous code to this thread: in a view under ASGI.

    Raises: what the coroutine raises; CancelledError where the client has gone away.
    """
    tasks: list[asyncio.Task[Any] | None] = []  # a loop itself refers to its tasks weakly

    async def run() -> Response:
        tasks.append(asyncio.current_task())
        return await coming()

    context = copy_context()  # what the coroutine sets is not the next request's of this thread
    context.run(under_way.set, name_request(request))
    try:
        return context.run(async_to_sync(run))
    except BaseException:
        for task in tasks:  # Ctrl-C has ended the waiting, and nothing else would end the coroutine
            if task is not None and not task.done():
                task.get_loop().call_soon_threadsafe(task.cancel)
        raise


@contextmanager
def _showing(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Show asgiref a loop as that of this thread, for the length of the block."""
    shown = SyncToAsync.threadlocal
    before = {name: getattr(shown, name) for name in _SHOWN if hasattr(shown, name)}
    shown.main_event_loop, shown.main_event_loop_pid, shown.task_context = loop, os.getpid(), None
    try:
        yield
    finally:
        for name in _SHOWN:
            if name in before:
                setattr(shown, name, before[name])
            elif hasattr(shown, name):
                delattr(shown, name)


class _Background:
    """The loop of this process, and the lock under which it is made."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None


_background = _Background()


def background_loop() -> asyncio.AbstractEventLoop:
    """The one background loop of this process; it is made, with its thread, when it is first asked for."""
    loop = _background.loop
    if loop is None:
        with _background.lock:
            loop = _background.loop = _background.loop or _start()
    return loop


def _start() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="nuages-background", daemon=True).start()
    return loop


def _forget() -> None:
    """A fork has no thread but the one that forked, so a child's loop would run nothing."""
    _background.__init__()  # type: ignore[misc]  # the same object, as it was at first


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
