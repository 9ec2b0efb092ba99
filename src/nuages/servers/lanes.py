"""Run the synchronous code of coroutines in a fixed number of threads, each with database connections of its own.

Django's asynchronous ORM sends every call to a thread. In Django's own handler that is a new thread for each request,
with new connections; here each request is bound to one of a few lanes when it needs one for the first time, and the
calls on a lane follow one another. What they leave open `lent_connections` ends.
Source: asgiref's sync.py, `ThreadSensitiveContext`; django/utils/connection.py.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext

from nuages.servers.lane_notes import become_lane
from nuages.servers.lent_connections import close_connections, has_due, run_on_lane, tidy

P = ParamSpec("P")
T = TypeVar("T")


class Lanes:
    """The lanes of a process, none as long as nobody needs one.

    Units: `most` is how many there may be; their threads are called `name` and a number.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lanes: list[_Lane] = []

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[None]:
        """Let the synchronous code of what is awaited in the block run on a lane: of one request.

        Tasks that are begun in the block must end in it: asgiref refuses the calls of those that outlive it.
        """
        seat = _Seat(self._find)
        try:
            async with ThreadSensitiveContext(executor=seat):
                yield
        finally:
            seat.leave()

    def end(self) -> None:
        """Let the threads end when their calls have."""
        for lane in self._lanes:
            lane.end()

    def _find(self) -> _Lane:
        """Find the lane with the least to do; another is made where each has something, as long as one may be."""
        lane = min(self._lanes, key=lambda lane: lane.load, default=None)
        if lane is not None and (lane.load == (0, 0) or len(self._lanes) == self._most):
            return lane
        self._lanes.append(_Lane(f"{self._name}-{len(self._lanes)}"))
        return self._lanes[-1]


class _Seat(Executor):
    """A request's place: on no lane at first, and from its first call on always on the same.

    asgiref takes it for an executor with one thread; it is asked on the loop alone.
    """

    def __init__(self, find: Callable[[], _Lane]) -> None:
        self._find = find
        self._lane: _Lane | None = None

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call on the lane."""
        lane, is_first = self._lane, self._lane is None
        if lane is None:
            lane = self._lane = self._find()
            lane.guests += 1
        return lane.submit(partial(call, *args, **kwargs), is_first=is_first)

    def leave(self) -> None:
        """Give the place back."""
        if self._lane is not None:
            self._lane.part()


@asynccontextmanager
async def own_thread() -> AsyncIterator[None]:
    """Let the synchronous code of what is awaited in the block run in a thread of its own, as Django has it.

    The thread's connections are closed with it: with CONN_MAX_AGE Django leaves them open, and nobody uses them again.
    """
    thread = _OwnThread()
    try:
        async with ThreadSensitiveContext(executor=thread):
            yield
    finally:
        thread.end()


class _OwnThread(Executor):
    """A thread that is made for the first call."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="django")
        return self._thread.submit(call, *args, **kwargs)

    def end(self) -> None:
        """Close the connections, and let the thread end."""
        if self._thread is not None:
            self._thread.submit(close_connections)
            self._thread.shutdown(wait=False)


class _Lane:
    """One thread, which runs one call at a time.

    Shapes: `guests` are the requests that are bound to it, changed on the loop alone.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=become_lane)
        self._lock = threading.Lock()
        self._waiting = 0
        self._has_left = False
        self.guests = 0

    @property
    def load(self) -> tuple[int, int]:
        """How many calls wait or run, and how many requests may send more."""
        return self._waiting, self.guests

    def submit(self, call: Callable[[], T], *, is_first: bool) -> Future[T]:
        """Run a call, the first of its request or not."""
        with self._lock:
            self._waiting += 1
        done = self._thread.submit(self._run, call, is_first=is_first)
        done.add_done_callback(self._note_done)
        return done

    def part(self) -> None:
        """Let a request go; connections that are too old are closed after it, as Django does after each request."""
        self.guests -= 1
        if self._has_left:
            with suppress(RuntimeError):  # it ends
                self._thread.submit(self._tidy)

    def end(self) -> None:
        """Take no more calls; those that wait are run."""
        with suppress(RuntimeError):
            self._thread.submit(close_connections)
        self._thread.shutdown(wait=False)

    def _run(self, call: Callable[[], T], *, is_first: bool) -> T:
        try:
            return run_on_lane(call, is_first=is_first)
        finally:
            self._has_left = has_due()

    def _tidy(self) -> None:
        self._has_left = tidy()

    def _note_done(self, _: Future[Any]) -> None:
        with self._lock:
            self._waiting -= 1
