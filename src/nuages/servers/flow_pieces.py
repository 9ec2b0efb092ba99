"""Turn a flow into pieces, for servers that speak WSGI: made on the background loop, asked for by a thread.

What the flow wants a thread for, a plain generator's steps and Django's asynchronous ORM, runs in the thread that asks:
on the connection, and in the transaction, that its request has.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeAlias, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.conf import settings
from django.db.transaction import TransactionManagementError

from nuages.env import count_threads
from nuages.errors import Unavailable
from nuages.http.request import Request
from nuages.http.response import Flow, Response
from nuages.respond.problem import problem_response
from nuages.servers.background import background_loop
from nuages.servers.connections import close_if_due, own_connections
from nuages.servers.lent_connections import end_transaction

P = ParamSpec("P")
T = TypeVar("T")
Kept: TypeAlias = Callable[[], AbstractContextManager[Any]]
_OF_THE_BODY = ("content-type", "cache-control", "x-accel-buffering")
_RETRY_S = 10


def in_pieces(response: Response, request: Request, kept: Kept = nullcontext) -> Response:
    """Give a response that flows as one in pieces; where too many threads send one already, the problem that says so.

    Shapes: each holds a thread of the server's for as long as it is open, so that half of them may. `kept` makes what
        gives that thread's connections back at the end, where nobody else does.
    """
    flow, response.flow = response.flow, None
    if flow is None:
        return response
    try:
        response.pieces = FlowPieces(flow, kept)
    except Unavailable as problem:
        said = problem_response(problem, request)
        response.headers = [pair for pair in response.headers if pair[0].lower() not in _OF_THE_BODY] + said.headers
        response.status, response.body = said.status, said.body  # whoever observes it looks at this one
        with kept():
            _Here().wait_for(flow.aclose())
    return response


class FlowPieces:
    """The pieces of a flow.

    Raises: Unavailable `too-many-streams`; what the flow raises.
    """

    def __init__(self, flow: Flow, kept: Kept) -> None:
        self._flow, self._kept, self._here = flow, kept, _Here()
        self._is_held = False
        _held.take()
        self._is_held = True

    def __iter__(self) -> FlowPieces:
        return self

    def __next__(self) -> bytes:
        try:
            return self._here.wait_for(self._flow.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """Close the flow, and let another one have the thread."""
        if self._is_held:
            self._is_held = False
            try:
                with self._kept():
                    self._here.wait_for(self._flow.aclose())
            finally:
                _held.give_back()

    def __del__(self) -> None:
        """A server that never asked has closed nothing."""
        if self._is_held:
            self._is_held = False
            _held.give_back()


class _Here(Executor):
    """Runs what it is given in the thread that waits for a coroutine."""

    def __init__(self) -> None:
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._context = copy_context()
        sensitive = ThreadSensitiveContext(executor=self)
        SyncToAsync.context_to_thread_executor[sensitive] = self
        self._context.run(SyncToAsync.thread_sensitive_context.set, sensitive)

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let it run when somebody waits."""
        future: Future[T] = Future()
        self._given.put(partial(_run, future, partial(call, *args, **kwargs)))
        return future

    def wait_for(self, coming: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop to its end, and here what that wants."""
        waited_for = self._context.run(asyncio.run_coroutine_threadsafe, coming, background_loop())
        waited_for.add_done_callback(lambda _: self._given.put(None))
        while (call := self._given.get()) is not None:
            call()
        given: T = waited_for.result()
        return given


def _run(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    before = [connection for connection in own_connections() if connection.in_atomic_block]  # a test's, or a view's
    try:
        given = call()
        for connection in own_connections():
            if connection in before:
                continue
            if connection.errors_occurred:
                close_if_due(connection)
            if end_transaction(connection):
                raise TransactionManagementError(
                    f"A transaction was left open on {connection.alias!r}, and was rolled back: a stream must not "
                    "yield inside transaction.atomic(). Read first, then yield."
                )
        future.set_result(given)
    except BaseException as error:  # noqa: BLE001  # whoever waits for it is told
        future.set_exception(error)


class _Held:
    """The threads of this process that send streams."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # what was forgotten may be collected while it is held
        self._held = 0

    def take(self) -> None:
        with self._lock:
            if self._held >= max(1, count_threads(getattr(settings, "NUAGES_THREADS", None)) // 2):
                detail = f"This server has {self._held} streams open already, each of which holds a thread. Try again."
                raise Unavailable(detail, code="too-many-streams", headers=[("Retry-After", str(_RETRY_S))])
            self._held += 1

    def give_back(self) -> None:
        with self._lock:
            self._held -= 1


_held = _Held()
