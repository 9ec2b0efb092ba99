"""Many who follow one link at once, over a real server with two processes that sends mails, on both databases."""

import email
import email.policy
import http.client
import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.live.processes import LIMIT_S, Reply, Server, held_port, manage, serve_command, started
from tests.support.postgres import temp_postgres

CLIENTS, ROUNDS = 32, 3  # as many as the limit of one address lets through: each loser shows a bad link
STRONG = "a horse, correct, with staples"
_TOKEN = re.compile(r"/account/#\w+=([\w.-]+)")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def mailed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with two workers of four threads, and the directory of its mails."""
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("seeded"), directory / "shop")
        yield from _serving(directory, f"sqlite:///{directory / 'shop' / 'shop.sqlite3'}")
        return
    with temp_postgres() as cluster:
        url = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
        done = manage(directory, "migrate", "--verbosity", "0", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        yield from _serving(directory, url)


def _serving(directory: Path, url: str) -> Iterator[tuple[Server, Path]]:
    mails = directory / "mails"
    mails.mkdir()
    with held_port() as port:
        environment = {"DATABASE_URL": url, "TEST_MAILS": str(mails)}
        command = serve_command(port, "--quiet", "--workers", "2")
        with started(command, directory, port=port, environment=environment) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield server, mails


def _post(server: Server, path: str, document: Any) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)
    try:
        connection.request("POST", f"/api/auth/{path}", json.dumps(document), {"content-type": "application/json"})
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def _token(server: Server, mails: Path, to: str, word: str) -> str:
    """The token of the newest mail to an address with a word in its subject, as soon as there is one."""
    found: list[str] = []

    def is_there() -> bool:
        for path in sorted(mails.glob("*.log"), key=lambda each: each.stat().st_mtime_ns):
            for raw in path.read_text().split("-" * 79):
                letter = email.message_from_string(raw.strip(), policy=email.policy.default)
                link = _TOKEN.search(letter.get_content()) if letter["To"] == to and word in letter["Subject"] else None
                found.extend([link[1]] if link else [])
        return bool(found)

    server.wait_for(is_there)
    return found[-1]


def _at_once(send: Callable[[int], Reply]) -> Counter[int]:
    meet = threading.Barrier(CLIENTS, timeout=LIMIT_S)

    def wait_and_send(number: int) -> Reply:
        meet.wait()
        return send(number)

    with ThreadPoolExecutor(CLIENTS) as clients:
        return Counter(reply.status for reply in clients.map(wait_and_send, range(CLIENTS)))


def _register(server: Server, name: str, to: str) -> None:
    reply = _post(server, "register", {"username": name, "email": to, "password": STRONG})
    assert reply.status == 202, reply.body


def _log_in(server: Server, name: str, password: str) -> int:
    return _post(server, "token", {"username": name, "password": password}).status


def test_one_of_many_confirms(mailed: tuple[Server, Path]) -> None:
    """In each round one 201, and the rest 422 or, for trying too many bad links, 429; one user can log in."""
    server, mails = mailed
    for turn in range(ROUNDS):
        name, to = f"zoe{turn}", f"zoe{turn}@example.org"
        _register(server, name, to)
        token = _token(server, mails, to, "Confirm")
        counts = _at_once(lambda _, token=token: _post(server, "register/confirm", {"token": token}))
        assert counts[201] == 1, counts
        assert set(counts) <= {201, 422, 429}
        assert _log_in(server, name, STRONG) == 200


def test_one_of_many_who_want_a_name_or_an_address_has_it(mailed: tuple[Server, Path]) -> None:
    """Links of several registrations, followed at once: each name and each address has one user."""
    server, mails = mailed
    for name, to in (("yan", "yan@example.org"), ("YAN", "yan2@example.org"), ("yan3", "YAN@example.org")):
        _register(server, name, to)
    tokens = [_token(server, mails, to, "Confirm") for to in ("yan@example.org", "yan2@example.org", "YAN@example.org")]
    counts = _at_once(lambda number: _post(server, "register/confirm", {"token": tokens[number % 3]}))
    # The first link stands against both others, which do not stand against each other.
    assert counts[201] in {1, 2}, counts
    assert set(counts) <= {201, 409, 422, 429}
    may = [_log_in(server, name, STRONG) == 200 for name in ("yan", "YAN", "yan3")]
    assert may in ([True, False, False], [False, True, True])


def test_one_of_many_resets(mailed: tuple[Server, Path]) -> None:
    """Each with a password of their own: one 204, whose password is the one that lets in."""
    server, mails = mailed
    _register(server, "xia", "xia@example.org")
    link = _token(server, mails, "xia@example.org", "Confirm")
    assert _post(server, "register/confirm", {"token": link}).status == 201
    assert _post(server, "password/reset", {"email": "xia@example.org"}).status == 202
    token, won = _token(server, mails, "xia@example.org", "Another password"), []

    def send(number: int) -> Reply:
        reply = _post(server, "password/reset/confirm", {"token": token, "new_password": f"{STRONG} {number}"})
        won.extend([number] if reply.status == 204 else [])
        return reply

    counts = _at_once(send)
    assert counts[204] == 1, counts
    assert set(counts) <= {204, 422, 429}
    assert _log_in(server, "xia", f"{STRONG} {won[0]}") == 200
    assert _log_in(server, "xia", STRONG) == 401
