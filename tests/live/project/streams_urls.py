"""URLs of a core whose answers are streams, for tests of what servers make of them."""

import asyncio
import json
import os
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from django.urls import path

from nuages.errors import Problem
from nuages.http.request import Request
from nuages.http.request_id import name_request, under_way
from nuages.http.response import Response
from nuages.respond.problem import problem_response
from nuages.servers.django_view import urls_for
from nuages.streams.answer import stream_response
from nuages.streams.event import Event
from nuages.streams.slots import open_streams
from shop.models import Author

BIG = "x" * 10_000
_told: Counter[str] = Counter()
_threads: set[str] = set()


async def ticks() -> AsyncIterator[Event]:
    """Number events without end."""
    try:
        number = 0
        while True:
            number += 1
            yield Event({"number": number}, event="tick", id=str(number))
            await asyncio.sleep(0.02)
    finally:
        _note("ended")


async def once() -> AsyncIterator[Any]:
    """Give one value, and then nothing for ever."""
    try:
        yield {"here": True}
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)  # a `finally` may wait
        _note("ended")


async def silent() -> AsyncIterator[Any]:
    """Give nothing for ever."""
    try:
        await asyncio.Event().wait()
        yield None
    finally:
        _note("ended")


async def flood() -> AsyncIterator[str]:
    """Give long values as fast as they are taken."""
    try:
        while True:
            _told["made"] += 1
            yield BIG
    finally:
        _note("ended")


async def failing() -> AsyncIterator[int]:
    """Fail after two values."""
    yield 1
    yield 2
    raise RuntimeError("a secret of the server")


def authors() -> Iterator[str]:
    """Ask the database at every step, for ever."""
    try:
        while True:
            _threads.add(threading.current_thread().name)
            yield 500 * str(Author.objects.order_by("id").values_list("name", flat=True)[0])
    finally:
        _note("ended")


def _note(what: str) -> None:
    _told[what] += 1
    with (Path(os.environ["TEST_DIRECTORY"]) / what).open("a") as file:
        file.write("x")


STREAMS: dict[str, Callable[[], Any]] = {
    f"/{each.__name__}": each for each in (ticks, once, silent, flood, failing, authors)
}


def answer(request: Request) -> Response:
    """Stream, or say what has become of the streams."""
    named = under_way.set(name_request(request))
    try:
        if request.path == "/told":
            told = {**_told, "threads": threading.active_count(), "open": len(open_streams), "in": sorted(_threads)}
            return Response.json(json.dumps(told).encode())
        return stream_response(request, STREAMS[request.path]())
    except Problem as problem:
        return problem_response(problem, request)
    finally:
        under_way.reset(named)


urlpatterns = [path("streams/", urls_for(answer))]
