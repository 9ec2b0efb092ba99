"""Wait in a job's thread for a coroutine; its synchronous code runs here, with this thread's connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import async_to_sync

from nuages.jobs.attempt import Attempt


def wait_for(coming: Callable[[], Awaitable[Any]], context: Any) -> Any:
    """Wait for what a coroutine gives; who wants to end the attempt cancels it.

    Raises: what it raises; asyncio.CancelledError where it was cancelled.
    """
    if not isinstance(context, Attempt):
        return async_to_sync(coming)()

    async def run() -> Any:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        if task is not None:
            context.interrupt = lambda: loop.call_soon_threadsafe(task.cancel)
        return await coming()

    try:
        return async_to_sync(run)()
    finally:
        context.interrupt = None
