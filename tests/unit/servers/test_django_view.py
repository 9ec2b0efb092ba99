"""A request that Django's handlers hand over reaches the core with its body, its host and its problems."""

import asyncio
import io
from functools import partial
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, RawPostDataException
from django.test import Client, override_settings
from django.urls import path

from nuages.errors import Problem
from nuages.http.bodies import media_type, read_body, read_pieces
from nuages.http.origin import origin_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.respond.problem import problem_response
from nuages.servers.asgi_app import AsgiApplication
from nuages.servers.django_view import to_django, urls_for
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import Mount
from nuages.servers.wsgi_app import WsgiApplication
from tests.unit.servers.calls import Answer, answer_of, call_asgi, call_wsgi, environ_of, made, scope_of

MOST_BYTES = 100


def _core(request: Request) -> Response:
    """Read the body of a QUERY, whole or in pieces, and tell the origin to everybody."""
    try:
        if request.method != "QUERY":
            return Response.json(origin_of(request).encode())
        is_whole = request.path != "/pieces"
        read = read_body(request, max_bytes=MOST_BYTES) if is_whole else _pieces(request)
        return Response.json(f"{media_type(request)} {read.decode()}".encode())
    except Problem as problem:
        return problem_response(problem, request)


def _pieces(request: Request) -> bytes:
    return b"".join(read_pieces(request, max_bytes=MOST_BYTES))


def _eager(get_response: Any) -> Any:
    """A middleware that reads the body before the view does."""

    def middleware(request: HttpRequest) -> Any:
        assert request.body is not None
        return get_response(request)

    return middleware


urlpatterns = [path("api/", urls_for(_core))]
WAYS = ["/api/books", "/api/pieces"]
pytestmark = [pytest.mark.urls(__name__)]


def _query(body: bytes, path: str = "/api/books", **headers: str) -> Any:
    return Client().generic("QUERY", path, body, **{"content_type": "Text/Plain", **headers})  # type: ignore[arg-type]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("middleware", [[], [f"{__name__}.{_eager.__name__}"]])
def test_query_reaches_the_core_with_its_body(middleware: list[str], way: str) -> None:
    """Django knows the verb no better than any other, and passes it on; a middleware may have read the body before."""
    with override_settings(MIDDLEWARE=middleware):
        answer = _query(b"a=b", way)
    assert (answer.status_code, answer.content) == (200, b"text/plain a=b")


def test_long_body_in_pieces_is_bound_by_the_core_alone() -> None:
    """Django's limit is for what is held in memory."""
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=9):
        assert _query(b"x" * MOST_BYTES, "/api/pieces").status_code == 200
        assert _query(b"x" * (MOST_BYTES + 1), "/api/pieces").status_code == 413


def _takes_all(get_response: Any) -> Any:
    """A middleware that takes the body and leaves none, as request.POST does with a form that holds files."""

    def middleware(request: HttpRequest) -> Any:
        assert request.read() is not None
        return get_response(request)

    return middleware


def test_body_that_a_middleware_has_taken_is_not_an_empty_one() -> None:
    """Nobody could know what the client sent: that is for the author to read in the log."""
    with (
        override_settings(MIDDLEWARE=[f"{__name__}.{_takes_all.__name__}"]),
        pytest.raises(RawPostDataException, match="middleware"),
    ):
        _query(b"a=b", "/api/pieces")


def test_body_is_bound_by_django_and_by_the_core() -> None:
    """Whichever bound is lower answers with the same problem."""
    assert _query(b"x" * MOST_BYTES).status_code == 200
    answer = _query(b"x" * (MOST_BYTES + 1))
    assert (answer.status_code, b"content-too-large" in answer.content) == (413, True)
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=9):
        answer = _query(b"x" * 10)
    assert (answer.status_code, b"content-too-large" in answer.content) == (413, True)


class Broken(io.RawIOBase):
    """A stream whose client has gone away."""

    def read(self, size: int = -1) -> bytes:
        """Fail."""
        raise ConnectionResetError


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"CONTENT_LENGTH": "5", "wsgi.input": Broken}, 400, b"incomplete-body"),
        ({"CONTENT_LENGTH": "5", "wsgi.input": partial(io.BytesIO, b"abc")}, 400, b"incomplete-body"),
        ({"wsgi.input_terminated": True, "wsgi.input": Broken}, 400, b"incomplete-body"),
        ({"wsgi.input_terminated": True, "wsgi.input": partial(io.BytesIO, b"abc")}, 200, b"text/plain abc"),
        ({"wsgi.input_terminated": True, "wsgi.input": partial(io.BytesIO, b"x" * 1000)}, 413, b"content-too-large"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411, b"length-required"),
        ({"CONTENT_LENGTH": "5", "REQUEST_METHOD": "GET", "wsgi.input": Broken}, 200, b"http://testserver"),
    ],
)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("db")
def test_body_under_wsgi(more: dict[str, Any], status: int, text: bytes, way: str) -> None:
    """Broken off, in chunks, or of a GET, which nobody reads."""
    answer = call_wsgi(WSGIHandler(), {**environ_of(way, "QUERY", CONTENT_TYPE="text/plain"), **made(more)})
    assert (answer.status, text in answer.body) == (status, True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("db")
def test_chunks_under_asgi(way: str) -> None:
    """Django collects them; then they are the core's."""
    scope = scope_of(way, "QUERY", headers=[(b"host", b"testserver"), (b"content-type", b"text/plain")])
    parts = [{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"}]
    assert _call_django_asgi(scope, parts).body == b"text/plain abc"


def test_each_cookie_keeps_its_header() -> None:
    """Several `Set-Cookie` headers are several cookies, attributes and all; Django writes each by itself."""
    first, second = "a=1; HttpOnly; Max-Age=60; Path=/", 'b="x,y; z"; Domain=example.com; Secure; SameSite=Lax'
    answer = to_django(Response(204, headers=[("Set-Cookie", first), ("X-Other", "é"), ("set-cookie", second)]))
    assert sorted(answer.cookies) == ["a", "b"]
    assert (answer.cookies["a"]["httponly"], answer.cookies["a"]["max-age"]) == (True, "60")
    assert (answer.cookies["b"].value, answer.cookies["b"]["samesite"]) == ("x,y; z", "Lax")
    assert "Content-Type" not in answer.headers


HOSTS: Any = [
    ({}, "testserver", None, "http://testserver"),
    ({}, "testserver:8000", None, "http://testserver:8000"),
    ({}, "testserver:8000", "shop.example", "http://testserver:8000"),
    ({"USE_X_FORWARDED_HOST": True}, "testserver", None, "http://testserver"),
    ({"USE_X_FORWARDED_HOST": True}, "testserver", "shop.example:8443", "http://shop.example:8443"),
    ({"USE_X_FORWARDED_HOST": True}, "evil", "shop.example", "http://shop.example"),
    ({"USE_X_FORWARDED_HOST": True}, "testserver", "evil", None),
    ({"USE_X_FORWARDED_HOST": True}, "testserver", "shop.example, shop.example", None),
    ({"USE_X_FORWARDED_HOST": True}, "testserver", "shop.example>; x", None),
    ({}, "evil", "shop.example", None),
    ({}, "testserver@evil", None, None),
]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("settings", "host", "forwarded", "origin"), HOSTS)
def test_origin_is_the_same_on_every_way(settings: Any, host: str, forwarded: str | None, origin: str | None) -> None:
    """Django's view, the straight ways: the host that the guards let pass, or 400."""
    pairs = [(b"host", host.encode()), *([(b"x-forwarded-host", forwarded.encode())] if forwarded else [])]
    environ = environ_of("/api/books", HTTP_HOST=host, HTTP_X_FORWARDED_HOST=forwarded)
    scope = scope_of("/api/books", headers=pairs)
    with override_settings(ALLOWED_HOSTS=["testserver", "shop.example"], **settings):
        front = Front([Mount("/api/", _core)], Guards())
        straight = AsgiApplication(front, ASGIHandler(), threads=1)
        answers = [
            call_wsgi(WSGIHandler(), environ),
            call_wsgi(WsgiApplication(front, WSGIHandler()), environ),
            answer_of(call_asgi(straight, scope)),
            _call_django_asgi(scope, [{"type": "http.request"}]),
        ]
    call_asgi(straight, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])
    for answer in answers:
        assert answer.status == (200 if origin else 400)
        assert origin is None or answer.body.decode() == origin
        assert b"evil" not in answer.body


def _call_django_asgi(scope: dict[str, Any], messages: list[dict[str, Any]]) -> Answer:
    """Run Django's own ASGI handler, which watches for the client's going away while it answers."""
    incoming, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        if not incoming:
            await asyncio.Event().wait()
        return incoming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(ASGIHandler()(scope, receive, send))  # type: ignore[arg-type]  # plain dictionaries and functions
    return answer_of(sent)
