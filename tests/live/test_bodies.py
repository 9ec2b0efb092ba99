"""A QUERY's body reaches the core whole and within its bound, on every server, and nobody else's is waited for."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from tests.live.processes import SHOP, Server, held_port, serve_command, started
from tests.live.project.bodies import MOST_BYTES
from tests.live.test_servers import COMMANDS

SETTINGS = "tests.live.project.bodies"
# The servers in front of the core, then in front of Django's own handlers and the view that `api.urls` mounts.
STRAIGHT = ["serve", *COMMANDS]
DJANGOS = ["gunicorn-django", "granian-wsgi-django", "uvicorn-django"]
HEAD = b" /bodies/x HTTP/1.1\r\nHost: localhost\r\n"
TEXT = b"Content-Type: text/plain\r\n"
CLOSE = b"Connection: close\r\n"


@pytest.fixture(scope="module", params=[*STRAIGHT, *DJANGOS])
def way(request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each way into a core that reads bodies, with two threads."""
    directory = Path(shutil.copytree(seeded, tmp_path_factory.mktemp("bodies") / "shop"))
    name = request.param.removesuffix("-django")
    environment = {"DJANGO_SETTINGS_MODULE": SETTINGS, "TEST_STRAIGHT": "01"[name == request.param]}
    with held_port() as port:
        command = (
            serve_command(port, "--quiet")
            if name == "serve"
            else [sys.executable, *(part.format(port=port) for part in COMMANDS[name])]
        )
        with started(command, directory, port=port, cwd=SHOP, environment=environment) as server:
            server.wait_until_up()
            yield server


def _is_whole_first(request: pytest.FixtureRequest) -> bool:
    """Tell whether Django's ASGI handler stands in front, which takes in the whole body of every request first."""
    return bool(request.node.callspec.params["way"] == "uvicorn-django")


def _status(said: bytes) -> int:
    """Give the status of an answer, 0 where the server closes without one."""
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/") else 0


def _first(way: Server, raw: bytes) -> bytes:
    """Send bytes, and give what the server says to them while the client still holds the rest back."""
    with way.connect() as connection:
        connection.settimeout(10)
        connection.sendall(raw)
        said = connection.recv(65536)
        while said == b"HTTP/1.1 100 Continue\r\n\r\n":
            said += connection.recv(65536)
        return said


def _chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def test_body_comes_whole(way: Server) -> None:
    """With a length and in chunks, arriving together or in pieces, up to the bound."""
    body = b"x" * MOST_BYTES
    whole = b"text/plain " + body
    said = way.send(b"QUERY" + HEAD + TEXT + CLOSE + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert (_status(said), said.endswith(whole)) == (200, True)
    said = way.send(
        b"QUERY" + HEAD + TEXT + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(body[:7], body[7:], b"")
    )
    assert (_status(said), said.endswith(whole)) == (200, True)


def test_connection_goes_on_after_a_body(way: Server) -> None:
    """Requests in a pipeline have their own bodies; one that nobody reads is skipped."""
    said = way.send(
        b"QUERY" + HEAD + TEXT + b"Content-Length: 3\r\n\r\nabc"
        b"GET" + HEAD + b"Content-Length: 3\r\n\r\nxyz"
        b"QUERY" + HEAD + TEXT + CLOSE + b"Content-Length: 3\r\n\r\ndef"
    )
    assert said.count(b" 200 OK") == 3
    assert all(said.count(text) == 1 for text in (b"text/plain abc", b'"unread"', b"text/plain def"))


def test_body_too_long_is_413(way: Server) -> None:
    """Sent whole, with a length or in chunks: the problem, and nothing else."""
    body = b"x" * (MOST_BYTES + 1)
    for raw in (
        b"Content-Length: %d\r\n\r\n" % len(body) + body,
        b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(body, b""),
    ):
        said = way.send(b"QUERY" + HEAD + TEXT + CLOSE + raw)
        assert (_status(said), b"content-too-large" in said, said.count(b"HTTP/1.1 ")) == (413, True, 1)


def test_body_too_long_is_413_before_it_comes(way: Server, request: pytest.FixtureRequest) -> None:
    """What the length tells, and what chunks have shown so far, is answered without the rest.

    gunicorn reads chunks by the kilobyte, and the size of the next before it gives one on.
    """
    if _is_whole_first(request):
        pytest.skip("Django's ASGI handler takes in the whole body first")
    for raw in (
        b"Content-Length: %d\r\n\r\n" % (MOST_BYTES + 1),
        b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(b"x" * MOST_BYTES, b"x" * 2048, b"x"),
    ):
        assert _status(_first(way, b"QUERY" + HEAD + TEXT + raw)) == 413


def test_body_that_will_be_refused_is_not_asked_for(way: Server, request: pytest.FixtureRequest) -> None:
    """`Expect: 100-continue` is answered by the refusal itself; gunicorn says 100 before the application is asked."""
    if _is_whole_first(request):
        pytest.skip("Django's ASGI handler takes in the whole body first")
    for headers, status in (
        (b"Content-Length: 5000\r\n", 413),
        (b"Content-Length: 5\r\nContent-Encoding: br\r\n", 415),
    ):
        said = _first(way, b"QUERY" + HEAD + TEXT + headers + b"Expect: 100-continue\r\n\r\n")
        if "gunicorn" in str(way.process.args):
            said = said.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert _status(said) == status


def test_body_that_is_awaited_is_asked_for(way: Server) -> None:
    """`Expect: 100-continue` has its 100 as soon as the core reads."""
    with way.connect() as connection:
        connection.sendall(b"QUERY" + HEAD + TEXT + CLOSE + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(b"abc")
        said = b""
        while chunk := connection.recv(65536):
            said += chunk
    assert (_status(said), said.endswith(b"text/plain abc")) == (200, True)


@pytest.mark.parametrize("is_chunked", [False, True])
def test_body_cut_off_is_not_taken_for_whole(way: Server, is_chunked: bool, request: pytest.FixtureRequest) -> None:
    """400 or closed, however well the beginning reads. granian's WSGI alone does not tell where chunks broke off."""
    coding = b"Transfer-Encoding: chunked\r\n\r\n7\r\n" if is_chunked else b"Content-Length: 50\r\n\r\n"
    with way.connect() as connection:
        connection.sendall(b"QUERY" + HEAD + TEXT + CLOSE + coding + b'{"a":1}' + b"\r\n" * is_chunked)
        connection.shutdown(1)
        said = connection.recv(65536)
    is_blind = is_chunked and request.node.callspec.params["way"] in ("serve", "granian-wsgi", "granian-wsgi-django")
    assert _status(said) in ({200} if is_blind else {0, 400})


def test_clients_that_go_away_hold_no_thread(way: Server) -> None:
    """More of them than there are threads leave in the middle of a body; the next is answered."""
    for _ in range(5):
        with way.connect() as connection:
            connection.sendall(b"QUERY" + HEAD + TEXT + b"Content-Length: 50\r\n\r\nabc")
    said = way.send(b"QUERY" + HEAD + TEXT + CLOSE + b"Content-Length: 3\r\n\r\nabc")
    assert said.endswith(b"text/plain abc")
    assert "Traceback" not in way.said()


@pytest.mark.parametrize(
    "headers",
    [
        b"",
        b"Content-Type: application/json; charset=latin-1\r\n",
        b"Content-Type: text/plain, application/json\r\n",
        b"Content-Type: text/" + b"a" * 10_000 + b"\r\n",
        TEXT + b"Content-Encoding: gzip\r\n",
    ],
    ids=lambda headers: repr(headers)[:60],
)
def test_body_of_no_type_is_415(way: Server, headers: bytes, request: pytest.FixtureRequest) -> None:
    """None, a foreign charset, two types, an endless one, or compressed; a server may refuse long or double headers."""
    said = way.send(b"QUERY" + HEAD + CLOSE + headers + b"Content-Length: 3\r\n\r\nabc")
    endless = {400, 415, 431}
    if django.VERSION >= (6, 1) and request.node.callspec.params["way"].endswith("-django"):
        endless = {*endless, 500}  # Django's own handlers fail on such a type before any code of a project runs
    assert _status(said) in (endless if len(headers) > 1000 else {415}), said


def test_second_type_is_never_the_one_that_counts(way: Server) -> None:
    """Two fields are refused, by the server or by us; granian's WSGI shows the first alone."""
    second = b"Content-Type: application/json\r\nContent-Length: 3\r\n\r\nabc"
    said = way.send(b"QUERY" + HEAD + TEXT + CLOSE + second)
    assert _status(said) in {400, 415} or ("serve" in str(way.process.args) or "wsgi" in str(way.process.args))
    assert b"application/json abc" not in said


def test_body_of_a_get_is_not_waited_for(way: Server, request: pytest.FixtureRequest) -> None:
    """Nobody reads it, so it need not come."""
    if _is_whole_first(request):
        pytest.skip("Django's ASGI handler takes in the whole body first")
    assert _status(_first(way, b"GET" + HEAD + b"Content-Length: 9\r\n\r\n")) == 200


def test_chunks_that_are_garbled_are_no_fault_of_the_server(way: Server) -> None:
    """Sizes and trailers that are none: refused or closed, never a 5xx."""
    for raw in (b"x\r\nabc\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\nno trailer\r\n\r\n", b"-3\r\nabc\r\n"):
        said = way.send(b"QUERY" + HEAD + TEXT + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" + raw)
        assert _status(said) < 500, (raw, said)
