"""Many who change the same at once, over a real server with two processes: one wins, the rest are told so."""

import http.client
import json
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from tests.live.processes import LIMIT_S, Reply, Server, held_port, manage, serve_command, started
from tests.support.postgres import temp_postgres

CLIENTS = 32
ROUNDS = 6
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a small bookshop's database."""
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        seeded = request.getfixturevalue("seeded")
        shutil.copytree(seeded, directory / "shop")
        yield f"sqlite:///{directory / 'shop' / 'shop.sqlite3'}"
        return
    with temp_postgres() as cluster:
        url = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
        for arguments in (["migrate", "--verbosity", "0"], ["seed", "--books", "30"]):
            done = manage(directory, *arguments, DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
        yield url


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers with four threads each, and an API that everybody may write under /odd/."""
    directory = tmp_path_factory.mktemp("races")
    with held_port() as port:
        command = serve_command(port, "--quiet", "--workers", "2")
        with started(command, directory, port=port, environment={"DATABASE_URL": url}) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield server


def _send(server: Server, method: str, path: str, document: Any = None, **headers: str) -> Reply:
    """Send one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, json.dumps(document) if document is not None else None, {**JSON, **named})
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def _at_once(send: Callable[[int], Reply]) -> list[Reply]:
    """Let every client send, none before all are there."""
    meet = threading.Barrier(CLIENTS, timeout=LIMIT_S)

    def wait_and_send(number: int) -> Reply:
        meet.wait()
        return send(number)

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(wait_and_send, range(CLIENTS)))


def _count(replies: list[Reply]) -> Counter[int]:
    return Counter(reply.status for reply in replies)


def test_one_of_many_with_the_same_if_match_wins(server: Server) -> None:  # Y01
    """In each round one 200 and the rest 412; the row is the winner's, and the winner's tag is its."""
    made = _send(server, "POST", "/odd/writing", {"name": "raced"})
    assert made.status == 201, made.body
    path, etag = made.headers["location"], made.headers["etag"]
    for turn in range(ROUNDS):
        replies = _at_once(
            lambda number, turn=turn, etag=etag: _send(
                server, "PATCH", path, {"name": f"round {turn} of {number}"}, if_match=etag
            )
        )
        assert _count(replies) == {200: 1, 412: CLIENTS - 1}, [r.body for r in replies if r.status not in {200, 412}]
        [winner] = [reply for reply in replies if reply.status == 200]
        now = server.get(path)
        assert (now.body, now.headers["etag"]) == (winner.body, winner.headers["etag"])
        assert winner.headers["etag"] != etag
        etag = winner.headers["etag"]


def test_one_of_many_with_the_same_unique_value_wins(server: Server) -> None:  # Y03
    """In each round one 201 and the rest 409 with the pointer; there is one row."""
    for turn in range(ROUNDS):
        name = f"unique {turn}"
        replies = _at_once(lambda _, name=name: _send(server, "POST", "/odd/writing", {"name": name}))
        assert _count(replies) == {201: 1, 409: CLIENTS - 1}, [r.body for r in replies if r.status not in {201, 409}]
        lost = {reply.body for reply in replies if reply.status == 409}
        assert [json.loads(body)["errors"][0]["pointer"] for body in lost] == ["/name"]
        found = json.loads(server.get(f"/odd/writing?name={quote(name)}").body)["items"]
        assert [item["name"] for item in found] == [name]


def test_one_of_many_who_delete_the_same_wins(server: Server) -> None:  # Y11
    """One 204 and the rest 404; those who change it meanwhile have a 200 before it or a 404 after."""
    path = _send(server, "POST", "/odd/writing", {"name": "short-lived"}).headers["location"]

    def send(number: int) -> Reply:
        if number % 2:
            return _send(server, "DELETE", path)
        return _send(server, "PATCH", path, {"name": f"by {number}"})

    replies = _at_once(send)
    assert _count(replies[1::2]) == {204: 1, 404: CLIENTS // 2 - 1}
    assert set(_count(replies[::2])) <= {200, 404}
    assert server.get(path).status == 404


def test_no_change_is_lost_between_many(server: Server) -> None:
    """Who is told 412 reads again and tries again: in the end every one of them has been made."""
    path = _send(server, "POST", "/odd/writing", {"name": "0"}).headers["location"]

    def add_one(_: int) -> Reply:
        while True:
            now = server.get(path)
            name = str(int(json.loads(now.body)["name"]) + 1)
            reply = _send(server, "PATCH", path, {"name": name}, if_match=now.headers["etag"])
            if reply.status != 412:
                return reply

    assert _count(_at_once(add_one)) == {200: CLIENTS}
    assert json.loads(server.get(path).body)["name"] == str(CLIENTS)


def test_a_long_body_is_refused_before_it_is_read(server: Server) -> None:  # X01
    """413 to what a client announces; nothing is stored."""
    named = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {1 << 30}\r\nConnection: close"
    with server.connect() as connection:
        connection.sendall(f"POST /odd/writing HTTP/1.1\r\n{named}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_many_with_the_same_key_make_one_row_and_get_one_answer(server: Server) -> None:  # Y06
    """Who comes while the first is under way may be told so; nobody is told that the value is taken."""
    for turn in range(ROUNDS):
        document, key = {"name": f"once {turn}"}, f"key-{turn}"
        replies = _at_once(
            lambda _, document=document, key=key: _send(server, "POST", "/odd/writing", document, idempotency_key=key)
        )
        codes = {json.loads(reply.body)["type"].rpartition(":")[2] for reply in replies if reply.status != 201}
        assert codes <= {"in-flight"}
        made = {
            (reply.body, reply.headers["location"], reply.headers["etag"]) for reply in replies if reply.status == 201
        }
        assert len(made) == 1
        first = [reply for reply in replies if reply.status == 201 and "idempotency-replayed" not in reply.headers]
        assert len(first) == 1
        again = _send(server, "POST", "/odd/writing", document, idempotency_key=key)
        assert (again.status, again.body, again.headers["idempotency-replayed"]) == (201, first[0].body, "true")


def test_a_body_in_chunks_that_is_cut_off_stores_nothing(server: Server) -> None:  # X17
    """What came of it is a document by itself; 411 says what is missing."""
    head = b"POST /odd/writing HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    body = b'{"name": "half of it"}'
    with server.connect() as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))
        connection.shutdown(socket.SHUT_WR)
        assert b" 201 " not in connection.recv(65536)
    assert json.loads(server.get("/odd/writing?name=half%20of%20it").body)["items"] == []
