"""The same project runs on every server that the documentation names, straight path and Django's alike."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.processes import SHOP, Server, started

PYTHON = sys.executable
COMMANDS = {
    "gunicorn": [
        "-m",
        "gunicorn",
        "--no-control-socket",
        "--threads",
        "4",
        "--bind",
        "127.0.0.1:{port}",
        "nuages.wsgi",
    ],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "nuages.asgi:application"],
    "granian-asgi": ["-m", "granian", "--port", "{port}", "--interface", "asgi", "nuages.asgi:application"],
    "granian-wsgi": ["-m", "granian", "--port", "{port}", "--interface", "wsgi", "nuages.wsgi:application"],
}


@pytest.fixture(params=COMMANDS)
def other_server(request: pytest.FixtureRequest, shop: Path, port: int) -> Iterator[Server]:
    """Each server, as its documentation starts it."""
    command = [PYTHON, *(part.format(port=port) for part in COMMANDS[request.param])]
    with started(command, shop, port=port, cwd=SHOP) as server:
        server.wait_until_up()
        yield server


def test_project_is_served(other_server: Server) -> None:
    """Reads, problems, probes, HEAD, Django's pages and the guards are the same on every server."""
    server = other_server
    book = server.get("/api/books/1")
    assert (book.status, json.loads(book.body)["id"], book.headers["x-frame-options"]) == (200, 1, "DENY")
    page = json.loads(server.get("/api/books?limit=2").body)
    assert [item["id"] for item in page["items"]] == [1, 2]
    assert json.loads(server.get(page["next"]).body)["items"][0]["id"] == 3
    head = server.get("/api/books/1", "HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(book.body)), b"")
    assert server.get("/api/nothing").status == 404
    assert server.get("/api/books/1", "TRACE").headers["allow"]
    assert server.get("/api/books/%FF").status == 400
    assert server.get("/admin/login/").status == 200
    assert server.get("/api").headers["location"] == "/api/"
    assert server.get("/-/ready", Host="10.0.0.1").status == 200
    failed = server.get("/odd/failing", X_Request_ID="mine-1")
    assert (failed.status, b"secret" in failed.body) == (500, False)
    assert failed.headers["x-request-id"] == "mine-1"


def test_foreign_host_is_refused(other_server: Server) -> None:
    """A host that is not ours, none or two are 400 on every server, and so is an absolute target where it is shown."""
    requests = [
        b"GET /api/books/1 HTTP/1.1\r\nHost: evil\r\n",
        b"GET /api/books/1 HTTP/1.1\r\n",
        b"GET /api/books/1 HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n",
    ]
    if "granian" not in str(other_server.process.args):  # granian passes the path alone
        requests.append(b"GET http://evil/api/books/1 HTTP/1.1\r\nHost: localhost\r\n")
    for request in requests:
        said = other_server.send(request + b"Connection: close\r\n\r\n")
        assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), (request, said)
        assert b"evil" not in said


def test_server_ends_when_told(other_server: Server) -> None:
    """SIGTERM ends every server, after the client that went away in the middle of its request."""
    with other_server.connect() as connection:
        connection.sendall(b"GET /odd/waiting HTTP/1.1\r\nHost: localhost\r\n\r\n")
        other_server.wait_for((other_server.log.parent / "begun").exists)
    (other_server.log.parent / "released").touch()
    assert other_server.answers()
    assert other_server.stop() in {0, -15}
    assert "Traceback" not in other_server.said()


def test_a_question_in_a_body_is_answered(other_server: Server) -> None:
    """QUERY with a body is the GET with its parameters, on every server; entity tags are honoured."""
    body = b'{"filter": {"or": [{"price__gte": 20}, {"in_print": false}]}, "limit": 3}'
    head = (
        f"QUERY /api/books HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    answer = other_server.send(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
    asked = other_server.get("/api/books?filter=price%20%3E%3D%2020%20OR%20in_print%20%3D%20false&limit=3")
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.dumps(json.loads(asked.body)["items"][0]["id"]).encode() in answer
    found = other_server.get("/api/books/1")
    again = other_server.get("/api/books/1", If_None_Match=found.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", found.headers["etag"])
