"""An ASGI scope becomes a request, and the response ASGI's messages; what is no core's reaches Django untouched."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from nuages.errors import Problem
from nuages.http.bodies import read_body, read_pieces
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.respond.problem import problem_response
from nuages.servers.asgi_app import AsgiApplication
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import Mount
from tests.unit.servers.calls import answer_of, call_asgi, scope_of

HOST = (b"host", b"testserver")


def _echo(request: Request) -> Response:
    seen = (request.method, request.prefix, request.path, request.query, request.secure, request.header("x-a"))
    return Response(200, repr(seen).encode(), [("Content-Type", "text/plain")])


def _read(request: Request) -> Response:
    try:
        return Response(200, read_body(request, max_bytes=100))
    except Problem as problem:
        return problem_response(problem, request)


def _read_pieces(request: Request) -> Response:
    try:
        return Response(200, b"".join(read_pieces(request, max_bytes=100)))
    except Problem as problem:
        return problem_response(problem, request)


def _name_thread(request: Request) -> Response:
    return Response(200, threading.current_thread().name.encode())


async def _django(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": scope["type"].encode()})


@pytest.fixture
def application() -> Iterator[AsgiApplication]:
    """Cores in front of a Django that answers 418, with two threads."""
    bodies = [Mount("/read/", _read), Mount("/pieces/", _read_pieces)]
    mounts = [Mount("/api/", _echo), *bodies, Mount("/thread/", _name_thread)]
    application = AsgiApplication(Front(mounts, Guards()), _django, threads=2)
    yield application
    call_asgi(application, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("GET", "/api", "/books", "", False, None)),
        ({"path": "/api/café"}, ("GET", "/api", "/café", "", False, None)),
        ({"path": "/api/\ufffd", "raw_path": b"/api/%EF%BF%BD"}, ("GET", "/api", "/\ufffd", "", False, None)),
        ({"root_path": "/shop", "path": "/shop/api/books"}, ("GET", "/shop/api", "/books", "", False, None)),
        ({"root_path": "/shop/"}, ("GET", "/shop/api", "/books", "", False, None)),
        ({"query_string": b"a=%20&b=\xc3\xa9"}, ("GET", "/api", "/books", "a=%20&b=\xc3\xa9", False, None)),
        ({"scheme": "https"}, ("GET", "/api", "/books", "", True, None)),
        ({"headers": [HOST, (b"X-A", b"1"), (b"x-a", b"2")]}, ("GET", "/api", "/books", "", False, "1,2")),
        ({"headers": [HOST, (b"x_a", b"1")]}, ("GET", "/api", "/books", "", False, None)),
        ({"path": "http://testserver/api/books"}, ("GET", "/api", "/books", "", False, None)),
    ],
    ids=str,
)
def test_scope_becomes_a_request(application: AsgiApplication, more: dict[str, Any], expected: Any) -> None:
    """As under WSGI; a header sent twice has both values, and one with an underscore in its name is none."""
    answer = answer_of(call_asgi(application, {**scope_of("/api/books"), **more}))
    assert (answer.status, answer.body.decode()) == (200, repr(expected))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"headers": []}, "unknown-host"),
        ({"headers": [HOST, HOST]}, "unknown-host"),
        ({"headers": [HOST, (b"host", b"evil")]}, "unknown-host"),
        ({"headers": [(b"host", b"evil")]}, "unknown-host"),
        ({"path": "http://evil/api/books"}, "unknown-host"),
        ({"path": "/api/\ufffd", "raw_path": b"/api/%FF"}, "invalid-encoding"),
        ({"path": "/api/\ufffd", "raw_path": b"/api/\xff"}, "invalid-encoding"),
    ],
    ids=str,
)
def test_what_is_not_for_us_is_refused(application: AsgiApplication, more: dict[str, Any], code: str) -> None:
    """A host missing, doubled or foreign, and a path that is no UTF-8, are problems."""
    answer = answer_of(call_asgi(application, {**scope_of("/api/books"), **more}))
    assert (answer.status, answer.header("content-type")) == (400, "application/problem+json")
    assert code.encode() in answer.body
    assert b"evil" not in answer.body


@pytest.mark.parametrize("scope", [scope_of("/page"), scope_of("/api"), {"type": "websocket", "path": "/api/books"}])
def test_other_scopes_reach_django(application: AsgiApplication, scope: dict[str, Any]) -> None:
    """Other paths and other protocols are Django's."""
    assert answer_of(call_asgi(application, scope)).status == 418


def test_reverse_knows_the_prefix_of_the_application() -> None:
    """Who calls reverse() inside a core gets a path below the application's own prefix."""

    def name(request: Request) -> Response:
        return Response(200, reverse("admin:index").encode())

    application = AsgiApplication(Front([Mount("/api/", name)], Guards()), _django, threads=1)
    assert answer_of(call_asgi(application, scope_of("/shop/api/", root_path="/shop"))).body == b"/shop/admin/"
    call_asgi(application, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])


def test_redirect_to_https_is_djangos() -> None:
    """Where Django's SecurityMiddleware would send the client to HTTPS, Django answers."""
    middleware = ["django.middleware.security.SecurityMiddleware"]
    with override_settings(SECURE_SSL_REDIRECT=True, MIDDLEWARE=middleware):
        application = AsgiApplication(Front([Mount("/api/", _echo)], Guards()), _django, threads=1)
    assert answer_of(call_asgi(application, scope_of("/api/books"))).status == 418
    assert answer_of(call_asgi(application, scope_of("/api/books", scheme="https"))).status == 200


def test_cores_run_in_threads_of_their_own_and_liveness_on_the_loop(application: AsgiApplication) -> None:
    """A core never holds up the loop; liveness answers even while every thread is taken."""
    assert answer_of(call_asgi(application, scope_of("/thread/"))).body.startswith(b"nuages")
    started, release = threading.Barrier(3), Future[None]()

    def wait(request: Request) -> Response:
        started.wait(20)
        release.result(20)
        return Response(200)

    busy = AsgiApplication(Front([Mount("/api/", wait)], Guards()), _django, threads=2)

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        taken = [asyncio.create_task(busy(scope_of("/api/"), None, _forget)) for _ in range(4)]  # type: ignore[arg-type]
        await asyncio.to_thread(started.wait, 20)
        await busy(scope_of("/-/live"), None, send)  # type: ignore[arg-type]  # nothing is received
        assert not any(task.done() for task in taken)
        started.reset()
        release.set_result(None)
        await asyncio.to_thread(started.wait, 20)
        await asyncio.gather(*taken)

    sent: list[Any] = []
    asyncio.run(run())
    assert sent[0]["status"] == 200


async def _forget(message: Any) -> None:
    """Send nowhere."""


def test_client_that_is_gone_raises_nothing(application: AsgiApplication) -> None:
    """A server that refuses to send to a client that has gone away is not answered with an exception."""

    async def send(message: Any) -> None:
        raise OSError("the client has gone away")

    asyncio.run(application(scope_of("/api/books"), None, send))  # type: ignore[arg-type]  # nothing is received


@pytest.mark.parametrize("path", ["/read/", "/pieces/"])
@pytest.mark.parametrize(
    ("messages", "status", "body"),
    [
        (
            [{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"}],
            200,
            b"abc",
        ),
        ([{"type": "http.request"}], 200, b""),
        ([{"type": "http.request", "body": b"ab", "more_body": True}], 400, b"incomplete-body"),
    ],
)
def test_body_is_read_to_its_end(
    application: AsgiApplication, path: str, messages: Any, status: int, body: bytes
) -> None:
    """A core that asks gets the whole body; a client that goes away before its end is a problem."""
    answer = answer_of(call_asgi(application, scope_of(path, "POST"), messages))
    assert answer.status == status
    assert body in answer.body


@pytest.mark.parametrize("path", ["/read/", "/pieces/"])
def test_body_beyond_the_bound_is_left_unread(application: AsgiApplication, path: str) -> None:
    """With a length nothing is read, in chunks no more than it takes to know; then the connection is closed."""
    chunk = {"type": "http.request", "body": b"x" * 60, "more_body": True}
    for headers, unread in (([HOST, (b"content-length", b"101")], 3), ([HOST], 1)):
        messages = [chunk, chunk, chunk]
        received = iter(messages)

        async def receive(received: Any = received) -> Any:
            return next(received)

        sent: list[Any] = []

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        asyncio.run(application(scope_of(path, "QUERY", headers=headers), receive, send))
        answer = answer_of(sent)
        assert (answer.status, answer.header("connection")) == (413, "close")
        assert len(list(received)) == unread
    scope = scope_of(path, "QUERY", headers=[HOST, (b"content-length", b"101")], http_version="2")
    assert answer_of(call_asgi(application, scope)).header("connection") is None


@pytest.mark.parametrize("path", ["/read/", "/pieces/"])
def test_body_that_does_not_come_frees_its_thread(
    application: AsgiApplication, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the deadline a stalled client is told so, and the thread answers others."""
    monkeypatch.setattr("nuages.servers.asgi_body._BODY_S", 0.05)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await asyncio.gather(*(application(scope_of(path, "QUERY"), receive, send) for _ in range(5)))
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    asyncio.run(run())
    assert [message["status"] for message in sent if "status" in message] == [400] * 5
    assert b"incomplete-body" in sent[-1]["body"]


def test_lifespan_is_answered() -> None:
    """Start-up and shutdown are both completed, and then the threads end."""
    application = AsgiApplication(Front([], Guards()), _django, threads=1)
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = call_asgi(application, {"type": "lifespan"}, messages)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
