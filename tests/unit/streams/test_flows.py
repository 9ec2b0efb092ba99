"""A stream makes its next value when somebody wants it, says that it is there, and ends whatever it has begun."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from nuages.answers import validated
from nuages.errors import BrokenOff, Conflict, NotAcceptable, Unavailable
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import ANONYMOUS
from nuages.respond.compression import Compression
from nuages.streams import answer
from nuages.streams.answer import stream_flow, stream_response
from nuages.streams.flow import StreamFlow
from nuages.streams.framing import EVENT_STREAM, LINES
from nuages.streams.slots import open_streams
from tests.support.event_stream import read_events

LIMIT_S = 30
noted: ContextVar[int] = ContextVar("noted", default=0)


@pytest.fixture(autouse=True)
def no_stream_is_left() -> Iterator[None]:
    """Every test gives back what it took."""
    yield
    assert len(open_streams) == 0


def _request(accept: str = "*/*", method: str = "GET", *, shows_breaks: bool = True) -> Request:
    return Request(method, "/ticks", "", {"accept": accept}, id="named-1", shows_breaks=shows_breaks)


def _run(items: Any, use: Callable[[StreamFlow], Awaitable[Any]], media_type: str = LINES, **rest: Any) -> Any:
    """Use a stream on a loop, and close it."""

    async def run() -> Any:
        flow = stream_flow(rest.pop("request", _request()), items, media_type, **rest)
        try:
            return await asyncio.wait_for(use(flow), LIMIT_S)
        finally:
            await flow.aclose()
            await flow.aclose()

    return asyncio.run(run())


async def _all(flow: StreamFlow) -> bytes:
    return b"".join([piece async for piece in flow])


async def _rest(flow: StreamFlow) -> None:
    """Let whatever may go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, LINES),
        ("*/*", LINES),
        ("text/event-stream", EVENT_STREAM),
        ("application/x-ndjson;q=0.5, text/event-stream", EVENT_STREAM),
        ("text/*", EVENT_STREAM),
    ],
)
def test_accept_chooses(accept: str | None, media_type: str) -> None:
    """Lines, unless a client likes events better; nobody keeps either, or holds it back."""
    response = stream_response(Request("HEAD", "/", "", {"accept": accept} if accept else {}), [])
    assert response.headers == [
        ("Content-Type", media_type),
        ("Cache-Control", "no-store"),
        ("X-Accel-Buffering", "no"),
    ]


def test_nothing_runs_of_what_is_not_wanted() -> None:
    """A HEAD has the headers alone, and takes nothing; what cannot be had is a 406."""

    ran: list[int] = []

    def items() -> Iterator[None]:
        ran.append(1)
        yield

    assert stream_response(_request(method="HEAD"), items()).flow is None
    with pytest.raises(NotAcceptable, match="application/x-ndjson and text/event-stream"):
        stream_response(_request("text/html"), items())
    assert ran == []


def test_no_more_are_open_than_may_be(settings: Any) -> None:
    """Others are told when to come again; what nobody ever asked for is given back."""
    settings.NUAGES_MAX_STREAMS = 2
    held = [stream_response(_request(), []), stream_response(_request(), [])]
    with pytest.raises(Unavailable) as caught:
        stream_response(_request(), [])
    assert (caught.value.code, caught.value.headers) == ("too-many-streams", (("Retry-After", "10"),))
    held.pop()
    held.append(stream_response(_request(), []))
    held.clear()


def test_values_that_are_ready_go_together_and_no_further() -> None:
    """Between two pieces the generator stands still; what it makes at once is one piece, up to a bound."""
    made = 0

    async def items() -> AsyncIterator[str]:
        nonlocal made
        for made in range(1, 1001):  # noqa: B007  # it is read outside
            yield "x" * 100

    async def use(flow: StreamFlow) -> list[int]:
        found = []
        for _ in range(3):
            piece = await anext(flow)
            await _rest(flow)
            assert piece.count(b"\n") <= 50
            found.append(made)
        return found

    assert _run(items(), use) == [50, 100, 150]


def test_a_value_is_not_held_back_for_the_next() -> None:
    """It goes as soon as the generator waits; and the one after the next is not begun before somebody asks."""
    begun: list[int] = []

    async def items() -> AsyncIterator[int]:
        for number in range(10):
            begun.append(number)
            yield number
            await asyncio.sleep(0)

    async def use(flow: StreamFlow) -> bytes:
        first = await anext(flow)
        await _rest(flow)
        return first

    assert _run(items(), use) == b"0\n"
    assert begun == [0, 1]


def test_a_silent_stream_of_events_says_that_it_is_there(settings: Any) -> None:
    """Before its first event, and after each silence; the generator is not disturbed. A stream of lines is silent."""
    settings.NUAGES_STREAM_HEARTBEAT_S = 0.01

    async def items(go: asyncio.Event) -> AsyncIterator[int]:
        await go.wait()
        yield 7

    async def use(flow: StreamFlow) -> list[bytes]:
        first = [await anext(flow) for _ in range(3)]
        go.set()
        return [*first, await anext(flow)]

    async def use_lines(flow: StreamFlow) -> bytes:
        asyncio.get_running_loop().call_later(0.1, go.set)
        return await anext(flow)

    go = asyncio.Event()
    assert _run(items(go), use, EVENT_STREAM) == [b":\n\n"] * 3 + [b"data: 7\n\n"]
    go = asyncio.Event()
    assert _run(items(go), use_lines) == b"7\n"


@pytest.mark.parametrize("is_waiting", [True, False])
def test_closing_runs_the_finally_to_its_end(is_waiting: bool) -> None:
    """Whether the generator waits, or its reader does; in its own task, which it may ask for more time."""
    told: list[str] = []

    async def items() -> AsyncIterator[int]:
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(LIMIT_S):  # it belongs to one task
                yield 1
                await (asyncio.Event().wait() if is_waiting else asyncio.sleep(0))
                yield 2
        finally:
            await asyncio.sleep(0.01)
            assert asyncio.current_task() is task
            told.append("done")

    async def use(flow: StreamFlow) -> None:
        await anext(flow)
        await _rest(flow)

    _run(items(), use)
    assert told == ["done"]


@pytest.mark.parametrize("is_plain", [True, False])
def test_what_a_generator_sets_is_its_own_from_step_to_step(is_plain: bool) -> None:
    """Beginning with what its request had set."""

    async def items() -> AsyncIterator[int]:
        for _ in range(3):
            noted.set(noted.get() + 1)
            yield noted.get()
            await asyncio.sleep(0)

    def plain() -> Iterator[int]:
        for _ in range(3):
            noted.set(noted.get() + 1)
            yield noted.get()

    token = noted.set(40)
    try:
        assert _run(plain() if is_plain else items(), _all) == b"41\n42\n43\n"
        assert noted.get() == 40
    finally:
        noted.reset(token)


def test_a_generator_runs_in_the_context_of_its_request() -> None:
    """Wherever it is sent from."""

    async def items() -> AsyncIterator[int]:
        yield noted.get()

    def begin() -> StreamFlow:
        noted.set(7)
        return stream_flow(_request(), items(), LINES)

    async def run() -> bytes:
        flow = copy_context().run(begin)
        try:
            return await _all(flow)
        finally:
            await flow.aclose()

    assert asyncio.run(run()) == b"7\n"


def test_a_stream_that_is_ended_twice_has_its_finally_whole() -> None:
    """By its process, and then by its client."""
    told: list[str] = []

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            told.append("done")

    async def use(flow: StreamFlow) -> None:
        await anext(flow)
        flow.end(0)
        await asyncio.sleep(0.01)

    _run(items(), use)
    assert told == ["done"]


async def _failing(error: Exception) -> AsyncIterator[int]:
    yield 1
    raise error


def test_a_failure_is_the_last_event(caplog: Any) -> None:
    """A problem that tells nothing of the inside; the log has it once, with the request's id."""
    with caplog.at_level(logging.WARNING):
        body = _run(_failing(RuntimeError("a secret")), _all, EVENT_STREAM)
    first, last = read_events(body)
    assert (first.data, last.event) == ("1", "problem")
    assert '"status":500' in last.data
    assert '"request_id":"named-1"' in last.data
    assert "secret" not in last.data
    assert len(caplog.records) == 1
    assert "a secret" in caplog.text


def test_a_failure_breaks_lines_off(caplog: Any) -> None:
    """Where a server cannot show that, the last line is none. A problem of the author's own is logged as one, too."""

    async def use(flow: StreamFlow) -> None:
        assert await anext(flow) == b"1\n"
        with pytest.raises(BrokenOff, match="No more"):
            await anext(flow)

    _run(_failing(Conflict("No more.")), use)
    assert [record.message for record in caplog.records] == ["A stream was broken off: No more."]
    hidden = _request(shows_breaks=False)
    assert _run(_failing(RuntimeError("a secret")), _all, request=hidden) == b'1\n{"problem":'


def test_what_cannot_be_sent_is_a_failure() -> None:
    """Of the value, not of the server."""

    async def items() -> AsyncIterator[object]:
        yield object()

    (only,) = read_events(_run(items(), _all, EVENT_STREAM))
    assert only.event == "problem"


def test_who_speaks_for_failures_may_be_another() -> None:
    """As an API does, with its handlers."""

    def explain(_: Exception) -> Response:
        return Response(409, b'{"said":true}')

    (_, last) = read_events(_run(_failing(KeyError()), _all, EVENT_STREAM, explain=explain))
    assert last.data == '{"said":true}'


def test_a_wait_that_others_cancel_is_a_failure() -> None:
    """And no end of the stream."""

    async def items() -> AsyncIterator[int]:
        waiting = asyncio.get_running_loop().create_future()
        waiting.cancel()
        yield await waiting

    (only,) = read_events(_run(items(), _all, EVENT_STREAM))
    assert only.event == "problem"


def test_a_plain_generator_holds_no_thread_between_its_steps() -> None:
    """Its steps come one after the other, in threads other than the loop's; closing waits for the one that runs."""
    threads: set[int] = set()
    go, told = threading.Event(), []

    def items() -> Iterator[int]:
        try:
            for number in range(3):
                threads.add(threading.get_ident())
                yield number
            go.wait(LIMIT_S)
            told.append("stepped")
            yield 3
        finally:
            told.append("done")

    async def use(flow: StreamFlow) -> None:
        assert [await anext(flow) for _ in range(3)] == [b"0\n", b"1\n", b"2\n"]
        asking = asyncio.ensure_future(anext(flow))
        asyncio.get_running_loop().call_later(0.1, go.set)
        await asyncio.sleep(0.02)
        asking.cancel()

    _run(items(), use)
    assert threading.get_ident() not in threads
    assert told == ["stepped", "done"]


@pytest.mark.parametrize("is_begun", [True, False])
def test_streams_end_with_their_process(is_begun: bool, monkeypatch: Any) -> None:
    """Events at once, lines after their time, which then do not look whole; new ones are treated alike."""
    monkeypatch.setattr(open_streams, "is_ending", False)

    async def items() -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    async def use_events(flow: StreamFlow) -> None:
        if is_begun:
            assert [await anext(flow) for _ in range(2)] == [b":\n\n", b"data: 1\n\n"]
        threading.Thread(target=open_streams.end, args=(0.05,)).start()
        while not open_streams.is_ending:
            await asyncio.sleep(0)
        assert await _all(flow) == (b"" if is_begun else b":\n\n")

    async def use_lines(flow: StreamFlow) -> None:
        if is_begun:
            await anext(flow)
        begun_s = time.monotonic()
        open_streams.end(0.05)
        with pytest.raises(BrokenOff, match="about to end"):
            await _all(flow)
        assert not is_begun or time.monotonic() - begun_s >= 0.05

    _run(items(), use_events, EVENT_STREAM)
    open_streams.is_ending = False
    _run(items(), use_lines)
    with pytest.raises(Unavailable, match="about to end"):
        stream_response(_request(), [])
    assert stream_response(_request("text/event-stream"), []).flow is not None


def test_a_stream_is_neither_compressed_nor_tagged() -> None:
    """A compressor would hold events back and take more memory than all else; a tag would be that of nothing."""
    request = Request("GET", "/ticks", "", {"accept-encoding": "gzip"}, id="named-1")
    response = validated(request, stream_response(request, []), None)
    Compression(min_bytes=1).apply(request, response, ANONYMOUS)
    assert (response.header("Content-Encoding"), response.header("ETag")) == (None, None)


def test_a_failing_finally_is_told_in_the_log(caplog: Any) -> None:
    """The reader has had all by then."""

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("at the end")

    _run(items(), anext)
    assert "at the end" in caplog.text
    assert answer.OFFERED == (LINES, EVENT_STREAM)
