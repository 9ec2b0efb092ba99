"""Turn what a function yields into a stream, and keep what the function was given for as long as that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any

from nuages.functions.calling import Calling
from nuages.functions.dependencies import provide
from nuages.http.response import Response
from nuages.streams.answer import stream_response


class Held(Iterator[Any]):
    """A plain iterator with what it needs.

    Shapes: `close` lets the function's own `finally` run, and then gives back what the stack holds.
    """

    def __init__(self, items: Any, stack: ExitStack) -> None:
        self._items, self._stack = iter(items), stack

    def __next__(self) -> Any:
        return next(self._items)

    def close(self) -> None:
        """Give everything back; again does nothing."""
        with self._stack.pop_all():
            close = getattr(self._items, "close", None)
            if close is not None:
                close()


class HeldOnLoop(AsyncIterator[Any]):
    """The same on an event loop."""

    def __init__(self, items: Any, stack: AsyncExitStack) -> None:
        self._items, self._stack = aiter(items), stack

    async def __anext__(self) -> Any:
        return await anext(self._items)

    async def aclose(self) -> None:
        """Give everything back; again does nothing."""
        async with self._stack.pop_all():
            close = getattr(self._items, "aclose", None)
            if close is not None:
                await close()


def open_stream(calling: Calling) -> Response:
    """Call a function that yields in a thread, and answer with what it will yield.

    Raises: NotAcceptable, Unavailable; what its dependencies raise.
    """
    target = calling.target
    with calling.told(), ExitStack() as stack:
        stack.callback(target.inputs.close, calling.values)
        given = calling.given()
        provide(target.dependencies, calling.request, given, stack)
        items = Held(calling.value(calling.values, given), stack.pop_all())
        response = stream(calling, items)
        if response.flow is None:
            items.close()
    return response


def stream(calling: Calling, items: Held | HeldOnLoop) -> Response:
    """Answer with a stream; an exception in it is told as it would be before it.

    Raises: NotAcceptable, Unavailable.
    """

    def explain(error: Exception) -> Response:
        return calling.failures.answer(error, calling.request, calling.principal)

    return stream_response(calling.request, items, encode=calling.target.outputs.encode_item, explain=explain)
