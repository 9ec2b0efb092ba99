"""A WSGI environ becomes a request, and the response WSGI's answer; what is no core's reaches Django untouched."""

import io
from functools import partial
from typing import Any

import pytest
from django.urls import clear_script_prefix, reverse

from nuages.errors import NotFound, Problem
from nuages.http.bodies import read_body, read_pieces
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.respond.problem import problem_response
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import Mount
from nuages.servers.wsgi_app import WsgiApplication, read_path
from tests.unit.servers.calls import call_wsgi, environ_of, made


class Unread(io.RawIOBase):
    """A request's body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        """Fail."""
        raise AssertionError("the body was read")


class Drops(io.RawIOBase):
    """A stream that gives one byte at a time, as PEP 3333 does not forbid."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def read(self, size: int = -1) -> bytes:
        """Give a byte."""
        return self._body.read(min(size, 1))


class Broken(io.RawIOBase):
    """A stream whose client has gone away; gunicorn's own error for it is no OSError in each case."""

    def read(self, size: int = -1) -> bytes:
        """Fail, when a part is asked for."""
        if size < 0:
            return b""
        raise ArithmeticError


def _echo(request: Request) -> Response:
    if request.path == "/nothing":
        return problem_response(NotFound("Nothing."), request)
    body = repr((request.method, request.prefix, request.path, request.query, request.header("x-a"))).encode()
    return Response(200, body, [("Content-Length", str(len(body)))])


def _read(request: Request) -> Response:
    try:
        return Response(200, read_body(request, max_bytes=5))
    except Problem as problem:
        return problem_response(problem, request)


def _read_pieces(request: Request) -> Response:
    try:
        return Response(200, b"".join(read_pieces(request, max_bytes=5)))
    except Problem as problem:
        return problem_response(problem, request)


def _django(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("418 I'm a Teapot", [("X-Path", environ["PATH_INFO"])])
    return [environ["wsgi.input"].read()]


@pytest.fixture
def application() -> WsgiApplication:
    """Two cores in front of a Django that answers 418."""
    mounts = [Mount("/api/", _echo), Mount("/read/", _read), Mount("/pieces/", _read_pieces)]
    return WsgiApplication(Front(mounts, Guards()), _django)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("GET", "/api", "/books", "", None)),
        ({"PATH_INFO": "/api/"}, ("GET", "/api", "/", "", None)),
        ({"PATH_INFO": "/api//books"}, ("GET", "/api", "//books", "", None)),
        ({"PATH_INFO": "/api/caf\xc3\xa9"}, ("GET", "/api", "/café", "", None)),
        ({"SCRIPT_NAME": "/shop"}, ("GET", "/shop/api", "/books", "", None)),
        ({"SCRIPT_NAME": "/shop/"}, ("GET", "/shop/api", "/books", "", None)),
        ({"SCRIPT_NAME": "/caf\xc3\xa9"}, ("GET", "/café/api", "/books", "", None)),
        ({"QUERY_STRING": "a=%20&b"}, ("GET", "/api", "/books", "a=%20&b", None)),
        ({"HTTP_X_A": "1"}, ("GET", "/api", "/books", "", "1")),
        ({"REQUEST_METHOD": "get"}, ("get", "/api", "/books", "", None)),
        ({"RAW_URI": "http://testserver/api/books"}, ("GET", "/api", "/books", "", None)),
    ],
)
def test_environ_becomes_a_request(application: WsgiApplication, more: dict[str, Any], expected: Any) -> None:
    """Path and prefix are text, the path begins below the mount, method and query are as the client sent them."""
    answer = call_wsgi(application, {**environ_of("/api/books"), **more})
    assert (answer.status, answer.body.decode()) == (200, repr(expected))


@pytest.mark.parametrize("path", ["/", "/api", "/page", "", "*", "/apix", "/-/lives"])
def test_other_paths_reach_django_with_their_body(application: WsgiApplication, path: str) -> None:
    """What no core owns is Django's, environ and body untouched."""
    answer = call_wsgi(application, environ_of(path, "POST", **{"wsgi.input": io.BytesIO(b"body")}))
    assert (answer.status, answer.header("x-path"), answer.body) == (418, path, b"body")


@pytest.mark.parametrize("path", ["/api/\xff", "/api/\xc3", "/api/%\xe9"])
def test_path_that_is_no_text_is_refused(application: WsgiApplication, path: str) -> None:
    """Bytes that are no UTF-8 are a problem, which spells them percent-encoded; Django's paths keep Django's way."""
    answer = call_wsgi(application, environ_of(path))
    assert answer.status == 400
    assert b'"urn:nuages:problem:invalid-encoding"' in answer.body
    assert b"\xff" not in answer.body
    assert call_wsgi(application, environ_of("/page/\xff")).status == 418


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("/a%2Fb", ("/a%2Fb", True)),
        ("/\xe6\x97\xa5", ("/日", True)),
        ("/\xf0\x9f\x93\x9a", ("/📚", True)),
        ("/\xed\xa0\x80", ("/%ED%A0%80", False)),
        ("/\xc0\xaf", ("/%C0%AF", False)),
        ("/a\xff", ("/a%FF", False)),
    ],
)
def test_path_is_read_as_utf8(raw: str, expected: tuple[str, bool]) -> None:
    """Latin-1 is what WSGI makes of UTF-8; surrogates and overlong forms are none."""
    assert read_path(raw) == expected


def test_status_without_a_name_is_answered() -> None:
    """A status that has no phrase of its own is still a status line."""
    application = WsgiApplication(Front([Mount("/api/", lambda _: Response(599))], Guards()), _django)
    assert call_wsgi(application, environ_of("/api/")).status == 599


def test_reverse_knows_the_prefix_of_the_application() -> None:
    """Who calls reverse() inside a core gets a path below the application's own prefix."""

    def name(request: Request) -> Response:
        return Response(200, reverse("admin:index").encode())

    application = WsgiApplication(Front([Mount("/api/", name)], Guards()), _django)
    try:
        assert call_wsgi(application, environ_of("/api/", SCRIPT_NAME="/shop")).body == b"/shop/admin/"
    finally:
        clear_script_prefix()


def test_foreign_target_is_refused(application: WsgiApplication) -> None:
    """An absolute target with another host is a problem where the server shows it, as gunicorn does."""
    answer = call_wsgi(application, environ_of("/api/books", RAW_URI="http://evil/api/books"))
    assert (answer.status, b"unknown-host" in answer.body, b"evil" in answer.body) == (400, True, False)


@pytest.mark.parametrize("path", ["/api/books", "/-/live"])
def test_body_of_a_read_is_not_read(application: WsgiApplication, path: str) -> None:
    """A core and a probe answer without waiting for a body that may never come."""
    environ = {**environ_of(path), "CONTENT_LENGTH": "5", "wsgi.input": Unread()}
    assert call_wsgi(application, environ).status == 200


@pytest.mark.parametrize("path", ["/read/", "/pieces/"])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"CONTENT_LENGTH": "3"}, b"abc"),
        ({"CONTENT_LENGTH": ""}, b""),
        ({"wsgi.input_terminated": True}, b"abcde"),
        ({"wsgi.input": partial(Drops, b"abcde"), "CONTENT_LENGTH": "5"}, b"abcde"),
        ({"wsgi.input": partial(Drops, b"abcde"), "wsgi.input_terminated": True}, b"abcde"),
    ],
)
def test_body_is_read_when_a_core_asks(
    application: WsgiApplication, path: str, more: dict[str, Any], expected: bytes
) -> None:
    """As long as the client said, or to the end where the server marks it."""
    environ = environ_of(path, "POST", **{"wsgi.input": io.BytesIO(b"abcde"), **made(more)})
    assert call_wsgi(application, environ).body == expected


@pytest.mark.parametrize("path", ["/read/", "/pieces/"])
@pytest.mark.parametrize(
    ("more", "status", "code", "left"),
    [
        ({"CONTENT_LENGTH": "+3"}, 400, b"bad-request", 20),
        ({"CONTENT_LENGTH": "x"}, 400, b"bad-request", 20),
        ({"CONTENT_LENGTH": "9" * 5000}, 400, b"bad-request", 20),
        ({"CONTENT_LENGTH": "6"}, 413, b"content-too-large", 20),
        ({"wsgi.input_terminated": True}, 413, b"content-too-large", 14),
        ({"CONTENT_LENGTH": "5", "wsgi.input": partial(io.BytesIO, b"abc")}, 400, b"incomplete-body", 0),
        ({"CONTENT_LENGTH": "5", "wsgi.input": Broken}, 400, b"incomplete-body", 0),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411, b"length-required", 20),
        ({"HTTP_CONTENT_ENCODING": "gzip", "CONTENT_LENGTH": "3"}, 415, b"unsupported-media-type", 20),
    ],
)
def test_body_is_refused(
    application: WsgiApplication, path: str, more: dict[str, Any], status: int, code: bytes, left: int
) -> None:
    """Too long, too short, broken, without an end, compressed: a problem, and the rest stays unread."""
    environ = environ_of(path, "QUERY", **{"wsgi.input": io.BytesIO(b"x" * 20), **made(more)})
    answer = call_wsgi(application, environ)
    assert (answer.status, code in answer.body) == (status, True)
    assert len(environ["wsgi.input"].read()) == left


@pytest.mark.parametrize("more", [{"HTTP_HOST": "evil"}, {"PATH_INFO": "/api/\xff"}])
def test_refused_head_has_the_length_and_no_body(application: WsgiApplication, more: dict[str, Any]) -> None:
    """A problem for a HEAD keeps its Content-Length and leaves the body out; it is never sniffed."""
    answer = call_wsgi(application, {**environ_of("/api/books", "HEAD"), **more})
    assert (answer.status, answer.body) == (400, b"")
    assert int(answer.header("content-length") or 0) > 0
    assert answer.header("x-content-type-options") == "nosniff"
