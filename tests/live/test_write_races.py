"""Many who change the same at once, over a real server with two processes: one wins, the rest are told so."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.live.processes import Reply, Server
from tests.live.racing import CLIENTS, ROUNDS, at_once, count, managed, odd_ones, send, serving, temp_url

BUYERS = 64


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a small bookshop's database."""
    seeded, directory = request.getfixturevalue("seeded"), tmp_path_factory.mktemp(request.param)
    with temp_url(request.param, directory, seeded, ["seed", "--books", "30"]) as url:
        yield url


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API that everybody may write under /odd/."""
    with serving(tmp_path_factory.mktemp("races"), url) as server:
        yield server


def test_one_of_many_with_the_same_if_match_wins(server: Server) -> None:  # Y01
    """In each round one 200 and the rest 412; the row is the winner's, and the winner's tag is its."""
    made = send(server, "POST", "/odd/writing", {"name": "raced"})
    assert made.status == 201, made.body
    path, etag = made.headers["location"], made.headers["etag"]
    for turn in range(ROUNDS):
        replies = at_once(
            lambda number, turn=turn, etag=etag: send(
                server, "PATCH", path, {"name": f"round {turn} of {number}"}, if_match=etag
            )
        )
        assert count(replies) == {200: 1, 412: CLIENTS - 1}, odd_ones(replies, 200, 412)
        [winner] = [reply for reply in replies if reply.status == 200]
        now = server.get(path)
        assert (now.body, now.headers["etag"]) == (winner.body, winner.headers["etag"])
        assert winner.headers["etag"] != etag
        etag = winner.headers["etag"]


def test_one_of_many_with_the_same_unique_value_wins(server: Server) -> None:  # Y03
    """In each round one 201 and the rest 409 with the pointer; there is one row."""
    for turn in range(ROUNDS):
        name = f"unique {turn}"
        replies = at_once(lambda _, name=name: send(server, "POST", "/odd/writing", {"name": name}))
        assert count(replies) == {201: 1, 409: CLIENTS - 1}, odd_ones(replies, 201, 409)
        lost = [json.loads(reply.body) for reply in replies if reply.status == 409]
        assert {document["errors"][0]["pointer"] for document in lost} == {"/name"}
        found = json.loads(server.get(f"/odd/writing?name={quote(name)}").body)["items"]
        assert [item["name"] for item in found] == [name]


def test_one_of_many_who_delete_the_same_wins(server: Server) -> None:  # Y11
    """One 204 and the rest 404; those who change it meanwhile have a 200 before it or a 404 after."""
    path = send(server, "POST", "/odd/writing", {"name": "short-lived"}).headers["location"]

    def change(number: int) -> Reply:
        if number % 2:
            return send(server, "DELETE", path)
        return send(server, "PATCH", path, {"name": f"by {number}"})

    replies = at_once(change)
    assert count(replies[1::2]) == {204: 1, 404: CLIENTS // 2 - 1}
    assert set(count(replies[::2])) <= {200, 404}
    assert server.get(path).status == 404


def test_no_change_is_lost_between_many(server: Server) -> None:
    """Who is told 412 reads again and tries again: in the end every one of them has been made."""
    path = send(server, "POST", "/odd/writing", {"name": "0"}).headers["location"]

    def add_one(_: int) -> Reply:
        while True:
            now = server.get(path)
            name = str(int(json.loads(now.body)["name"]) + 1)
            reply = send(server, "PATCH", path, {"name": name}, if_match=now.headers["etag"])
            if reply.status != 412:
                return reply

    assert count(at_once(add_one)) == {200: CLIENTS}
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
        replies = at_once(
            lambda _, document=document, key=key: send(server, "POST", "/odd/writing", document, idempotency_key=key)
        )
        codes = {json.loads(reply.body)["type"].rpartition(":")[2] for reply in replies if reply.status != 201}
        assert codes <= {"in-flight"}
        made = {
            (reply.body, reply.headers["location"], reply.headers["etag"]) for reply in replies if reply.status == 201
        }
        assert len(made) == 1
        first = [reply for reply in replies if reply.status == 201 and "idempotency-replayed" not in reply.headers]
        assert len(first) == 1
        again = send(server, "POST", "/odd/writing", document, idempotency_key=key)
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


_OPEN_SESSIONS = f"""
from django.contrib.auth.models import User
from django.test import Client
from shop.models import Book
Book.objects.filter(pk=1).update(stock=1)
Book.objects.filter(pk__in=[2, 3]).update(stock=10)
for number in range({BUYERS}):
    client = Client()
    client.force_login(User.objects.create_user(f"buyer-{{number}}"))
    print(client.cookies["sessionid"].value)
"""


@pytest.fixture(scope="module")
def buyers(server: Server, url: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The headers of many customers' browsers; of book 1 there is one copy, of 2 and 3 there are ten."""
    token = "x" * 32
    sessions = managed(tmp_path_factory.mktemp("buyers"), url, "shell", "-v0", "-c", _OPEN_SESSIONS).split()
    assert len(sessions) == BUYERS
    return [{"cookie": f"sessionid={key}; csrftoken={token}", "x_csrftoken": token} for key in sessions]


def _pay(server: Server, order: Any, buyer: dict[str, str]) -> Reply:
    return send(server, "POST", f"/api/orders/{order['id']}/pay", **buyer)


def _order(server: Server, buyer: dict[str, str], *books: int) -> Any:
    made = send(server, "POST", "/api/orders", {"items": [{"book": book} for book in books]}, **buyer)
    assert made.status == 201, made.body
    return json.loads(made.body)


def test_one_of_many_buyers_gets_the_last_copy(server: Server, buyers: list[dict[str, str]]) -> None:
    """One order is paid; to all others it is said that there is none left, and their orders are not paid."""
    orders = [_order(server, buyer, *((1, 2) if number % 2 else (2, 1))) for number, buyer in enumerate(buyers)]
    replies = at_once(lambda number: _pay(server, orders[number], buyers[number]), BUYERS)
    assert count(replies) == {200: 1, 409: BUYERS - 1}, odd_ones(replies, 200, 409)
    blamed = {error["pointer"] for r in replies if r.status == 409 for error in json.loads(r.body)["errors"]}
    assert blamed == {"/items/0/quantity", "/items/1/quantity"}
    now = [
        json.loads(server.get(f"/api/orders/{order['id']}", **buyer).body)
        for order, buyer in zip(orders, buyers, strict=True)
    ]
    assert [order["paid_at"] is not None for order in now] == [reply.status == 200 for reply in replies]


def test_an_order_that_is_paid_by_many_at_once_is_paid_once(server: Server, buyers: list[dict[str, str]]) -> None:
    """One is told that it is done, the rest that it was; the copy is taken once, so that the other nine can be sold."""
    order = _order(server, buyers[0], 3)
    replies = at_once(lambda _: _pay(server, order, buyers[0]))
    assert count(replies) == {200: 1, 409: CLIENTS - 1}, odd_ones(replies, 200, 409)
    assert {json.loads(r.body)["type"] for r in replies if r.status == 409} == {"urn:nuages:problem:already-paid"}
    left = [_pay(server, _order(server, buyer, 3), buyer).status for buyer in buyers[1:11]]
    assert left == [200] * 9 + [409]
