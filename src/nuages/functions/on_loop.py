"""Call a coroutine, or begin an asynchronous generator: on an event loop, when the stages before have passed."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from asgiref.sync import sync_to_async

from nuages.functions import kept
from nuages.functions.calling import Calling
from nuages.functions.dependencies import Given, provide_async
from nuages.functions.streaming import HeldOnLoop, stream
from nuages.http.response import Response
from nuages.identify.principal import Principal

_SAFE = ("GET", "HEAD")


def coming_of(calling: Calling, asked: kept.Asked | None) -> Callable[[], Awaitable[Response]]:
    """What the response of a coroutine comes of, whether its answers are kept or not."""

    async def run(asking: Principal) -> Response:
        with calling.told():
            return await _run(calling, calling.given(asking))

    async def come() -> Response:
        response = await run(calling.principal)
        is_read = calling.request.method in _SAFE and calling.target.outputs.stream is None
        return calling.passed(response) if is_read else response

    return come if asked is None else kept.obtain_later(asked, run)


async def _run(calling: Calling, given: Given) -> Response:
    target = calling.target
    async with AsyncExitStack() as stack:
        stack.callback(target.inputs.close, calling.values)
        await provide_async(target.dependencies, calling.request, given, stack)
        value = calling.value(calling.values, given)
        value = await value if inspect.isawaitable(value) else value
        if target.outputs.stream is not None:
            return await _stream(calling, HeldOnLoop(value, stack.pop_all()))
        if target.outputs.is_choosing:
            return await sync_to_async(calling.respond)(value, given)
        return calling.respond(value, given)


async def _stream(calling: Calling, items: HeldOnLoop) -> Response:
    response = stream(calling, items)
    if response.flow is None:
        await items.aclose()
    return response
