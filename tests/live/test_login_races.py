"""Many who refresh, guess and log out at once, over a real server with two processes, on both databases."""

import http.client
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import unquote

import psycopg
import pytest

from tests.live.processes import Reply, Server, children_of
from tests.live.racing import CLIENTS, ROUNDS, at_once, count, managed, odd_ones, send, serving, temp_url

PASSWORD = "correct horse battery staple"
USERS = ("ann", "ben", "cid")
_MAKE = f"""
from django.contrib.auth.models import User
from django.contrib.auth.hashers import make_password
User.objects.bulk_create([User(username=n, password=make_password({PASSWORD!r})) for n in {USERS!r}])
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with three users."""
    seeded, directory = request.getfixturevalue("seeded"), tmp_path_factory.mktemp(request.param)
    with temp_url(request.param, directory, seeded) as url:
        managed(directory, url, "shell", "-c", _MAKE)
        yield url


@pytest.fixture(scope="module")
def strict(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that gives no grace."""
    with serving(tmp_path_factory.mktemp("strict"), url, TEST_GRACE_S="0") as server:
        yield server


@pytest.fixture(scope="module")
def lenient(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose grace outlasts the tests, however slow the machine."""
    with serving(tmp_path_factory.mktemp("lenient"), url, TEST_GRACE_S="600") as server:
        yield server


@pytest.fixture
def counted(url: str) -> Callable[[], Any]:
    """What is stored of the last login: how many tokens, how many of them unused, and what ended it."""
    sql = (
        "SELECT count(*), count(*) - count(t.consumed_at), l.ended_by FROM nuages_login l "
        "JOIN nuages_refreshtoken t ON t.login_id = l.id "
        "WHERE l.created_at = (SELECT max(created_at) FROM nuages_login) GROUP BY l.id, l.ended_by"
    )

    def ask() -> tuple[Any, ...] | None:
        place = unquote(url.partition("://")[2])
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(place.removeprefix("/"))) as connection:
                row: tuple[Any, ...] | None = connection.execute(sql).fetchone()
                return row
        with psycopg.connect(host=place.partition("@")[2].removesuffix("/postgres"), user="postgres") as connection:
            return connection.execute(sql).fetchone()

    return ask


def _post(server: Server, path: str, document: Any = None, **headers: str) -> Reply:
    return send(server, "POST", f"/logins/auth/{path}", document, **headers)


def _log_in(server: Server, name: str = "ann") -> Any:
    reply = _post(server, "token", {"username": name, "password": PASSWORD})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def _refresh(server: Server, token: str) -> Reply:
    return _post(server, "refresh", {"refresh_token": token})


def _tokens(replies: list[Reply]) -> set[str]:
    return {json.loads(reply.body)["refresh_token"] for reply in replies if reply.status == 200}


def test_without_grace_one_of_many_refreshes(strict: Server, counted: Callable[[], Any]) -> None:  # R04
    """In each round one 200 and the rest 401 of one body; one successor is made, and the login is ended."""
    said_before = strict.said().count("was used again")
    for _ in range(ROUNDS):
        token = _log_in(strict)["refresh_token"]
        replies = at_once(lambda _, token=token: _refresh(strict, token))
        assert count(replies) == {200: 1, 401: CLIENTS - 1}, odd_ones(replies, 200, 401)
        refused = [json.loads(reply.body) for reply in replies if reply.status == 401]
        assert all({**each, "request_id": ""} == {**refused[0], "request_id": ""} for each in refused)
        assert counted() == (2, 1, "reuse")
        assert _refresh(strict, _tokens(replies).pop()).status == 401
    assert strict.said().count("was used again") == said_before + ROUNDS


def test_within_grace_all_get_the_same_successor(lenient: Server, counted: Callable[[], Any]) -> None:  # R05
    """In each round every reply is a 200 with one token; one row lives, and the next round begins with it."""
    token = _log_in(lenient)["refresh_token"]
    for turn in range(ROUNDS):
        replies = at_once(lambda _, token=token: _refresh(lenient, token))
        assert count(replies) == {200: CLIENTS}, odd_ones(replies, 200)
        assert counted() == (turn + 2, 1, "")
        [token] = _tokens(replies)


def test_nothing_lives_after_a_logout(lenient: Server, counted: Callable[[], Any]) -> None:  # R09
    """Whoever refreshes while a login is ended gets in before it or not at all; nothing works after it."""
    for _ in range(ROUNDS):
        tokens = _log_in(lenient)
        token, headers = tokens["refresh_token"], {"authorization": f"Bearer {tokens['access_token']}"}

        def ask(number: int, token: str = token, headers: dict[str, str] = headers) -> Reply:
            return _refresh(lenient, token) if number else _post(lenient, "logout", **headers)

        replies = at_once(ask)
        assert replies[0].status == 204, replies[0].body
        assert set(count(replies[1:])) <= {200, 401}
        for each in {token, *_tokens(replies)}:
            assert _refresh(lenient, each).status == 401
        assert (counted() or ())[2] == "logout"
        assert lenient.get("/logins/tags", **headers).status == 401
        for reply in replies[1:]:
            access = json.loads(reply.body).get("access_token", "none")
            assert lenient.get("/logins/tags", Authorization=f"Bearer {access}").status == 401


def test_no_guess_slips_through(lenient: Server) -> None:  # R24
    """Of many wrong passwords at once ten are looked at, and the rest are told to wait."""
    wrong = {"username": "ben", "password": "wrong"}
    replies = at_once(lambda _: _post(lenient, "token", wrong))
    assert count(replies) == {401: 10, 429: CLIENTS - 10}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in replies if reply.status == 429)


def test_many_may_log_inat_once(lenient: Server) -> None:
    """Ten at a time of one account from one address, each with a login of its own; none fails."""
    replies = at_once(lambda _: _post(lenient, "token", {"username": "cid", "password": PASSWORD}))
    counts = count(replies)
    assert set(counts) <= {200, 429}
    assert counts[200] >= 10
    assert len(_tokens(replies)) == counts[200]


def test_a_token_of_long_ago_ends_every_generation(lenient: Server, counted: Callable[[], Any]) -> None:  # R10
    """After four generations, each asked for by many within the grace: nothing that was ever given out works."""
    for turn in range(ROUNDS):
        tokens = [_log_in(lenient)["refresh_token"]]
        for _ in range(4):
            tokens += _tokens(at_once(lambda _, token=tokens[-1]: _refresh(lenient, token)))
        assert len(tokens) == len(set(tokens)) == 5
        assert _refresh(lenient, tokens[turn % 3]).status == 401
        assert counted() == (5, 1, "reuse")
        assert {_refresh(lenient, token).status for token in tokens} == {401}


def _refresh_and_die(server: Server, token: str, when: str) -> None:
    """Refresh at a process that is killed before it answers, and wait until there are two of them again."""
    workers = children_of(server.process.pid)
    told = server.log.parent / f"die-{when}"
    told.touch()
    with pytest.raises((OSError, http.client.HTTPException)):
        _refresh(server, token)
    assert not told.exists(), "nobody died of it"

    def is_replaced() -> bool:
        now = children_of(server.process.pid)
        return len(now) == len(workers) and now != workers

    server.wait_for(is_replaced)
    server.workers = children_of(server.process.pid)


def test_an_answer_that_was_lost_with_its_server_is_given_again(lenient: Server, counted: Callable[[], Any]) -> None:
    """R11: within the grace the client asks once more, and gets the successor that was stored."""
    first = _log_in(lenient)["refresh_token"]
    _refresh_and_die(lenient, first, "after")
    assert counted() == (2, 1, "")
    second = _refresh(lenient, first)
    assert second.status == 200, second.body
    assert counted() == (2, 1, "")
    assert _refresh(lenient, json.loads(second.body)["refresh_token"]).status == 200


def test_without_grace_an_answer_that_was_lost_is_a_new_login(strict: Server, counted: Callable[[], Any]) -> None:
    """R11: a clean 401, since nobody can tell the client from a thief; who logs in again goes on."""
    first = _log_in(strict)["refresh_token"]
    _refresh_and_die(strict, first, "after")
    refused = _refresh(strict, first)
    assert (refused.status, json.loads(refused.body)["type"]) == (401, "urn:nuages:problem:invalid-grant")
    assert counted() == (2, 1, "reuse")
    assert _refresh(strict, _log_in(strict)["refresh_token"]).status == 200


def test_a_server_that_dies_before_it_has_stored_has_done_nothing(strict: Server, counted: Callable[[], Any]) -> None:
    """R11: the token is as good as before, without grace as well."""
    first = _log_in(strict)["refresh_token"]
    _refresh_and_die(strict, first, "before")
    assert counted() == (1, 1, "")
    assert _refresh(strict, first).status == 200
    assert counted() == (2, 1, "")
