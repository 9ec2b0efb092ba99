"""One stream on its way: framed bytes, made while they are sent, and an end to whatever makes them.

One task runs the author's generator from its first line to its `finally`, so that what it holds open over a `yield`, a
task group or a timeout, is always its own task's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any

from nuages.errors import BrokenOff, Problem, Unavailable
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logs import log_entry
from nuages.streams.bounds import heartbeat_s
from nuages.streams.framing import Encode, Framing
from nuages.streams.handover import Handover
from nuages.streams.slots import Slot, open_streams
from nuages.streams.steps import in_threads, threads_here

Explain = Callable[[Exception], Response]


class StreamFlow:
    """The pieces of one stream.

    Shapes: `items` may have an `aclose`; `explain` logs what has failed and gives the problem that answers it. The
        author's code runs in the context in which this was made, that of the request.
    Raises: BrokenOff where the end would look like one and is none.
    """

    def __init__(
        self,
        slot: Slot,
        items: AsyncIterator[Any],
        framing: Framing,
        *,
        encode: Encode,
        explain: Explain,
        request: Request,
    ) -> None:
        self._slot, self._items, self._framing, self._encode = slot, items, framing, encode
        self._explain, self._request = explain, request
        self._silence_s = heartbeat_s() if framing.heartbeat else None
        self._context = copy_context()
        self._threads: Executor | None = None
        self._handover = Handover()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._making: asyncio.Task[None] | None = None
        self._is_told = False
        self._problem: Problem | None = None
        open_streams.add(self)

    def __aiter__(self) -> StreamFlow:
        return self

    async def __anext__(self) -> bytes:
        """Make the next piece: what is ready, or a heartbeat where nothing is for too long, and at the very first.

        Servers that speak WSGI send no headers before a piece that is not empty (PEP 3333).
        """
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._begin(self._loop)
            if self._framing.heartbeat:
                return self._framing.heartbeat
        self._handover.ask()
        piece = await self._handover.take(self._silence_s)
        if piece is None:
            return self._framing.heartbeat
        return piece or self._end()

    async def aclose(self) -> None:
        """End what makes the pieces, wait for its `finally`, and give back what is held."""
        try:
            if self._making is not None:
                self._cancel()
                await asyncio.wait([self._making])
            elif not self._handover.is_over:
                await self._close_items()
        finally:
            self._handover.end()
            self._slot.release()

    def end(self, patience_s: float) -> None:
        """End from another thread: events now, since their clients come again; lines when they had time to end."""
        loop, wait_s = self._loop, 0.0 if self._framing.heartbeat else patience_s
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(loop.call_later, wait_s, self._leave)

    def __del__(self) -> None:
        """A server that never asked has closed nothing."""
        if hasattr(self, "_problem"):
            self._slot.release()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if open_streams.is_ending:
            self._leave()
        elif not self._handover.is_over:
            self._threads = threads_here()  # of whoever sends; the context is the request's
            self._making = loop.create_task(self._make(), context=self._context)

    async def _make(self) -> None:
        async with in_threads(self._threads):
            await self._make_all(self._handover)

    async def _make_all(self, handover: Handover) -> None:
        try:
            async for item in self._items:
                handover.put(self._framing.frame(item, self._encode))
                await handover.wait_until_wanted()
        except asyncio.CancelledError:
            if not _is_cancelled_from_outside():
                self._fail(RuntimeError("What the stream waited for was cancelled."))
            elif not self._is_told:
                self._break_off(_leaving())
        except Exception as error:  # noqa: BLE001  # an author's: whatever it is, the client is told
            self._fail(error)
        finally:
            await self._close_items()
            handover.end()

    async def _close_items(self) -> None:
        close = getattr(self._items, "aclose", None)
        try:
            if close is not None:
                await close()
        except Exception as error:  # noqa: BLE001  # of an author's `finally`, when all is sent
            self._explain(error)

    def _end(self) -> bytes:
        problem, self._problem = self._problem, None
        if problem is None:
            raise StopAsyncIteration
        if self._request.shows_breaks:
            raise BrokenOff(problem)
        return self._framing.cut_off

    def _fail(self, error: Exception) -> None:
        told = self._framing.failed(self._explain(error).body)
        if told:
            self._handover.put(told)
        elif isinstance(error, Problem):
            log_entry(logging.WARNING, "A stream was broken off: %s", error.detail)
            self._break_off(error)
        else:
            self._break_off(Problem("This server failed; the failure is logged."))

    def _break_off(self, problem: Problem) -> None:
        """Let the end not look like one, where a client would take the stream for whole."""
        if self._framing.cut_off:
            self._problem = problem

    def _leave(self) -> None:
        """End since the process ends."""
        if self._handover.is_over:
            return
        self._break_off(_leaving())
        if self._making is None:
            self._handover.end()
        else:
            self._cancel()

    def _cancel(self) -> None:
        """Cancel once: a second time would end an author's `finally`."""
        if not self._is_told and self._making is not None:
            self._is_told = True
            self._making.cancel()


def _leaving() -> Problem:
    return Unavailable("This server is about to end. Try again.", code="draining")


def _is_cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
