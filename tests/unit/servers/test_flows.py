"""A stream is the same on every way to a client, and gives back what it holds when its client or its process goes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.test import Client
from django.urls import path

from nuages.errors import BrokenOff, Problem
from nuages.http.request import Request
from nuages.http.request_id import name_request
from nuages.http.response import Response
from nuages.respond.problem import problem_response
from nuages.servers.access_log import AccessLog, Entry
from nuages.servers.asgi_app import AsgiApplication
from nuages.servers.django_view import urls_for
from nuages.servers.ending import end_streams_at_sigterm
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import Mount
from nuages.servers.observing import ObservedFront, Observer
from nuages.servers.wsgi_app import WsgiApplication
from nuages.streams.answer import stream_response
from nuages.streams.event import Event
from nuages.streams.slots import open_streams
from shop.models import Tag
from tests.http.observing import access_log, kept_logger
from tests.support.event_stream import read_events
from tests.unit.servers.calls import Answer, answer_of, call_asgi, call_wsgi, environ_of, scope_of

EVENTS, LINES = "text/event-stream", "application/x-ndjson"
WAYS = ("wsgi", "asgi", "view", "asgi view")
told: list[str] = []


async def counted() -> AsyncIterator[Event]:
    """Three events."""
    for number in range(3):
        yield Event(number, id=str(number))
        await asyncio.sleep(0)


async def tags() -> AsyncIterator[str]:
    """What is in the database, by Django's asynchronous ORM."""
    async for tag in Tag.objects.order_by("id"):
        yield tag.name


def plain_tags() -> Iterator[str]:
    """The same in a plain generator, some rows at a time."""
    for tag in Tag.objects.order_by("id").iterator(1):
        yield tag.name


async def endless() -> AsyncIterator[int]:
    """Something, and then nothing for ever."""
    try:
        yield 1
        await asyncio.Event().wait()
    finally:
        told.append("ended")


async def failing() -> AsyncIterator[int]:
    """Something, and a failure."""
    yield 1
    raise RuntimeError("a secret")


def holding() -> Iterator[int]:
    """A yield inside a transaction."""
    with transaction.atomic():
        Tag.objects.create(name="held")
        yield 1
    yield 2


STREAMS: dict[str, Callable[[], Any]] = {
    f"/{each.__name__}": each for each in (counted, tags, plain_tags, endless, failing, holding)
}


def _core(request: Request) -> Response:
    name_request(request)
    try:
        return stream_response(request, STREAMS[request.path]())
    except Problem as problem:
        return problem_response(problem, request)


urlpatterns = [path("api/", urls_for(_core))]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def no_stream_is_left() -> Iterator[None]:
    """Every test gives back what it took."""
    told.clear()
    yield
    assert len(open_streams) == 0


def _start(*_: Any) -> Any:
    """Begin an answer that nobody looks at."""


def _front() -> Front:
    return Front([Mount("/api/", _core)], Guards())


def _ask(way: str, name: str, accept: str = EVENTS, method: str = "GET", front: Front | None = None) -> Answer:
    """Ask with a client that stays."""
    url, pairs = f"/api/{name}", [(b"host", b"testserver"), (b"accept", accept.encode())]
    scope = scope_of(url, method, headers=pairs)
    if way == "wsgi":
        application = WsgiApplication(front or _front(), WSGIHandler())
        return call_wsgi(application, environ_of(url, method, HTTP_ACCEPT=accept))
    if way == "asgi":
        straight = AsgiApplication(front or _front(), ASGIHandler(), threads=1)
        try:
            return answer_of(asyncio.run(_stay(straight, scope)))
        finally:
            call_asgi(straight, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])
    if way == "asgi view":
        return answer_of(asyncio.run(_stay(ASGIHandler(), scope)))
    found: Any = Client().generic(method, url, headers={"accept": accept})
    body = b"".join(found.streaming_content) if found.streaming else found.content
    found.close()
    return Answer(found.status_code, list(found.items()), body)


async def _stay(application: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    coming = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        return coming.pop() if coming else await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_is_the_same_on_every_way(way: str) -> None:
    """Events and lines, with the headers that let them through; a HEAD has the headers alone."""
    events = _ask(way, "counted")
    assert [(each.data, each.last_id) for each in read_events(events.body)] == [("0", "0"), ("1", "1"), ("2", "2")]
    assert (events.status, events.header("content-type"), events.header("cache-control")) == (200, EVENTS, "no-store")
    assert (events.header("x-accel-buffering"), events.header("content-length")) == ("no", None)
    lines = _ask(way, "counted", LINES)
    assert (lines.body, lines.header("content-type")) == (b"0\n1\n2\n", LINES)
    head = _ask(way, "counted", method="HEAD")
    assert (head.status, head.body, head.header("content-type")) == (200, b"", EVENTS)
    assert _ask(way, "counted", "text/html").status == 406


@pytest.mark.parametrize("name", ["tags", "plain_tags"])
def test_a_test_sees_what_it_has_stored(name: str) -> None:
    """Where Django's test client asks, all runs in the request's own transaction."""
    Tag.objects.create(name="stored by the test")
    assert _ask("view", name, LINES).body == b'"stored by the test"\n'


@pytest.mark.parametrize("name", ["tags", "plain_tags"])
@pytest.mark.parametrize("way", ["asgi", "asgi view", "wsgi"])
def test_a_stream_reads_the_database(way: str, name: str, transactional_db: None) -> None:
    """Both kinds of generators, also from a cursor that stays open from step to step."""
    for number in range(3):
        Tag.objects.create(name=f"tag {number}")
    assert _ask(way, name, LINES).body == b'"tag 0"\n"tag 1"\n"tag 2"\n'


@pytest.mark.parametrize("way", ["wsgi", "asgi"])
def test_a_transaction_is_not_held_over_a_yield(way: str, transactional_db: None, caplog: Any) -> None:
    """The next step may be another request's a moment later: nothing is stored, and the author is told."""
    (only,) = read_events(_ask(way, "holding").body)
    assert only.event == "problem"
    assert "TransactionManagementError" in caplog.text
    assert not Tag.objects.filter(name="held").exists()


def test_lines_that_fail_do_not_look_whole() -> None:
    """The server breaks them off; where it cannot, their last line is none."""
    with pytest.raises(BrokenOff):
        _ask("asgi", "failing", LINES)
    assert _ask("wsgi", "failing", LINES).body == b'1\n{"problem":'


@pytest.mark.parametrize("way", ["asgi", "asgi view"])
def test_a_client_that_goes_away_ends_its_stream(way: str) -> None:
    """At once, while nothing is sent; the generator's `finally` has run when the server is done with the request."""
    application: Any = AsgiApplication(_front(), ASGIHandler(), threads=1) if way == "asgi" else ASGIHandler()
    sent: list[bytes] = []

    async def ask() -> None:
        gone = asyncio.Event()
        coming = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not coming:
                await gone.wait()
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message.get("body", b""))
            if b"1\n" in message.get("body", b""):
                asyncio.get_running_loop().call_later(0.01, gone.set)

        await application(scope_of("/api/endless"), receive, send)
        assert told == ["ended"]

    asyncio.run(ask())
    assert b"".join(sent) == b"1\n"


def test_streams_leave_half_of_the_threads_to_others(settings: Any) -> None:
    """Where each holds one; the next may begin when one has ended."""
    settings.NUAGES_THREADS = 2
    application = WsgiApplication(_observed(), WSGIHandler())
    first: Any = application(environ_of("/api/endless"), _start)
    assert next(first) == b"1\n"
    with access_log() as entries:
        refused = call_wsgi(application, environ_of("/api/counted"))
    assert [entry.status for entry in entries] == [503]
    assert (refused.status, refused.header("retry-after")) == (503, "10")
    assert (b"too-many-streams" in refused.body, refused.header("cache-control")) == (True, None)
    first.close()
    assert told == ["ended"]
    assert call_wsgi(application, environ_of("/api/counted")).status == 200
    application = WsgiApplication(_front(), WSGIHandler())
    application(environ_of("/api/endless"), _start)  # a server that never asks has closed nothing
    assert call_wsgi(application, environ_of("/api/counted")).status == 200


@pytest.fixture(autouse=True)
def logger() -> Iterator[None]:
    """The logger of accesses is as it was, behind each test."""
    with kept_logger():
        yield


def _observed() -> Front:
    observer = Observer(None, AccessLog(proxies=0, has_query=False))
    return ObservedFront((Mount("/api/", _core),), Guards(), observer)


@pytest.mark.parametrize("way", ["wsgi", "asgi"])
def test_the_access_log_has_a_stream_when_it_has_ended(way: str) -> None:
    """With the bytes that were sent."""
    with access_log() as entries:
        answer = _ask(way, "counted", front=_observed())
    (entry,) = entries
    assert isinstance(entry, Entry)
    assert (entry.path, entry.status, entry.bytes) == ("/api/counted", 200, len(answer.body))


def test_sigterm_ends_streams_and_is_heard_by_the_server(monkeypatch: Any) -> None:
    """Where a server has a handler; its own comes after."""
    ended: list[float] = []
    heard: list[int] = []
    monkeypatch.setattr(open_streams, "end", ended.append)
    before = signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_streams_at_sigterm()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
        end_streams_at_sigterm()
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (ended, heard) == ([20.0], [signal.SIGTERM])
