"""What goes over the wire to a real server is answered as HTTP wants it, and never with a 5xx."""

import json
from contextlib import ExitStack

import pytest

from tests.live.processes import Server

# Hosts that are none, and what they stand for.
HOSTS = {
    "none": b"",
    "empty": b"Host:\r\n",
    "two": b"Host: localhost\r\nHost: localhost\r\n",
    "another second": b"Host: localhost\r\nHost: evil\r\n",
    "list": b"Host: localhost, evil\r\n",
    "foreign": b"Host: evil\r\n",
    "junk port": b"Host: localhost:abc\r\n",
    "user": b"Host: localhost@evil\r\n",
    "not ASCII": b"Host: caf\xc3\xa9\r\n",
    "long": b"Host: " + b"a" * 5000 + b"\r\n",
}


def _ask(server: Server, line: bytes, headers: bytes = b"Host: localhost\r\n") -> tuple[int, bytes]:
    """Send a request as it is; give the status, 0 where the server closes without an answer, and all it said."""
    said = server.send(line + b"\r\n" + headers + b"Connection: close\r\n\r\n")
    return (int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/") else 0), said


@pytest.mark.parametrize("headers", HOSTS.values(), ids=HOSTS)
def test_host_that_is_not_ours_is_a_problem(server: Server, headers: bytes) -> None:
    """No host, two, a foreign one or junk: 400, on the straight path as on Django's."""
    status, said = _ask(server, b"GET /api/books/1 HTTP/1.1", headers)
    assert status == 400
    assert b"application/problem+json" in said
    assert b"unknown-host" in said
    assert b"evil" not in said
    assert _ask(server, b"GET /admin/login/ HTTP/1.1", headers)[0] == 400


def test_probes_answer_to_any_host(server: Server) -> None:
    """A balancer that sends no name, or HTTP/1.0, is answered."""
    assert _ask(server, b"GET /-/live HTTP/1.1", b"")[0] == 200
    assert _ask(server, b"GET /-/ready HTTP/1.0", b"")[0] == 200


def test_absolute_target_is_answered_by_its_host(server: Server) -> None:
    """A target in absolute form without a Host names the host itself, and a foreign one is refused.

    With a Host beside it, granian does not show the target's; then the Host decides, and the target's is in no answer.
    """
    assert _ask(server, b"GET http://localhost/api/books/1 HTTP/1.1")[0] == 200
    assert _ask(server, b"GET http://evil/api/books/1 HTTP/1.1", b"")[0] == 400
    assert b"evil" not in _ask(server, b"GET http://evil/api/books/1 HTTP/1.1")[1]


NOT_OFFERED = ["TRACE", "BREW", "get", "Get", "PROPFIND", "POST", "A" * 60]


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/books/1", method) for method in NOT_OFFERED]
    + [("/-/live", method) for method in [*NOT_OFFERED, "PUT", "DELETE"]],
)
def test_method_that_is_not_offered_is_405(server: Server, path: str, method: str) -> None:
    """A method that a resource does not know, or in lower case, is a 405 with Allow."""
    status, said = _ask(server, f"{method} {path} HTTP/1.1".encode())
    assert status == 405
    assert b"GET, HEAD" in said[said.index(b"allow: ") :]


@pytest.mark.parametrize(
    "line",
    [
        b"CONNECT localhost:80 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"GET /api/books/1",
        b"GET /api/books/1 HTTP/9.9",
        b"GET  /api/books/1 HTTP/1.1",
        b"G<ET /api/books/1 HTTP/1.1",
        b"GET /api/\xff HTTP/1.1",
        b"GET /api/books?x=\xff HTTP/1.1",
        b"GET /api/books/1\x00 HTTP/1.1",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_odd_request_is_no_fault_of_the_server(server: Server, line: bytes) -> None:
    """What is no proper request is refused or closed, never a 5xx, and the server goes on."""
    status, said = _ask(server, line)
    assert status < 500, said
    assert b"Traceback" not in said
    assert server.answers()


@pytest.mark.parametrize("path", [b"/api/%FF", b"/api/books/%C3", b"/api/%ED%A0%80"])
def test_path_that_is_no_text_is_a_problem(server: Server, path: bytes) -> None:
    """Percent-encoded bytes that are no UTF-8 are 400."""
    status, said = _ask(server, b"GET " + path + b" HTTP/1.1")
    assert status == 400
    assert b"invalid-encoding" in said


@pytest.mark.parametrize("path", [b"/caf%C3%A9", b"/books/1%2F2", b"//books", b"/books/%00", b"/%0d%0aX:%20y"])
def test_path_that_leads_nowhere_is_404(server: Server, path: bytes) -> None:
    """Text that is no path of the API is 404, whatever it decodes to, and splits no header."""
    status, said = _ask(server, b"GET /api" + path + b" HTTP/1.1")
    assert status == 404
    assert said.count(b"HTTP/1.1 ") == 1


def test_requests_in_a_pipeline_are_answered_in_order(server: Server) -> None:
    """Several requests sent at once on one connection have their answers in the same order."""
    keys = [3, 1, 2]
    lines = [f"GET /api/books/{key} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for key in keys]
    lines.append(b"HEAD /api/books/4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    *answers, head = server.send(b"".join(lines)).split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [json.loads(answer.split(b"\r\n\r\n", 1)[1])["id"] for answer in answers] == keys
    assert head.endswith(b"\r\n\r\n")


def test_body_of_a_read_is_not_waited_for(server: Server) -> None:
    """A GET whose body never comes is answered, and holds up no thread."""
    said = server.send(
        b"GET /api/books/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
    )
    assert said.startswith(b"HTTP/1.1 200")


def test_query_may_hold_bytes_as_browsers_send_them(server: Server) -> None:
    """UTF-8 in a query is read as such, percent-encoded or not, with the same answer."""
    plain = _ask(server, "GET /api/books?search=Jérôme HTTP/1.1".encode())
    encoded = _ask(server, b"GET /api/books?search=J%C3%A9r%C3%B4me HTTP/1.1")
    assert plain[0] == encoded[0] < 500


def test_idle_connections_lock_nobody_out(server: Server) -> None:
    """Clients that keep their connections open without asking anything take no thread from others."""
    with ExitStack() as stack:
        for _ in range(100):
            idle = stack.enter_context(server.connect())
            idle.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in idle.recv(65536)
        assert server.get("/api/books/1").status == 200
