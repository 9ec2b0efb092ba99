"""Turn a plain iterator into one of a loop: each step runs in a thread, and between two steps none is held.

Which threads, and what is done for their database connections around a step, the server says: `stepping`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Executor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

Given = TypeVar("Given")
_END = object()

stepping: ContextVar[Executor | None] = ContextVar("nuages.stepping", default=None)
"""What steps run in; None for the loop's own threads."""


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
        running = loop.run_in_executor(stepping.get(), self._context.run, step)
        self._running = running
        return await asyncio.shield(running)
