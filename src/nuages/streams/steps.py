"""Turn a plain iterator into one of a loop: each step runs in a thread, and between two steps none is held.

Which thread, and what is done for its database connections after a step, is said by whoever sends the stream, in the
way in which Django's asynchronous ORM is told: by an executor of asgiref's.
Source: asgiref's sync.py, `ThreadSensitiveContext`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

Given = TypeVar("Given")
_END = object()


def threads_here() -> Executor | None:
    """What runs the synchronous code of what is awaited here; None where nobody has said."""
    sensitive = SyncToAsync.thread_sensitive_context.get(None)
    return None if sensitive is None else SyncToAsync.context_to_thread_executor.get(sensitive)


def in_threads(threads: Executor | None) -> AbstractAsyncContextManager[Any]:
    """Let it run there for the length of a block."""
    return nullcontext() if threads is None else ThreadSensitiveContext(executor=threads)


class Steps(AsyncIterator[Any]):
    """An iterator whose steps run one after the other, each in a thread, all of them in one context.

    Shapes: `aclose` waits for the step that runs, since nothing ends a thread, and then closes the iterator.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)
        self._context = copy_context()
        self._running: asyncio.Future[Any] | None = None

    async def __anext__(self) -> Any:
        item = await self._run(partial(next, self._items, _END))
        if item is _END:
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        """Let the generator run its `finally`."""
        if self._running is not None and not self._running.done():
            await asyncio.wait([self._running])
        close = getattr(self._items, "close", None)
        if close is not None:
            await self._run(close)

    async def _run(self, step: Callable[[], Given]) -> Given:
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(threads_here(), self._context.run, step)
        self._running = running
        return await asyncio.shield(running)
