"""What takes too long for every commit: a million tokens that are over, and keys that turn under load. `make soak`."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from nuages.identify.new_keys import new_key
from tests.live.processes import Server
from tests.live.racing import managed, send, serving, temp_url

LOGINS = 250_000
TOKENS = 4  # of each
PURGE_LIMIT_S = 900.0
PASSWORD = "correct horse battery staple"
REFRESHES_A_SECOND = 50
_USERS = f"""
from django.contrib.auth.models import User
User.objects.create_user("ann", password={PASSWORD!r})
"""
_OVER = f"""
from django.contrib.auth.models import User
from django.db import connection
from nuages.models import RefreshToken
user = User.objects.get(username="ann").pk
is_sqlite = connection.vendor == "sqlite"
numbers = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n) n" \\
    if is_sqlite else "generate_series(1, %d) n(i)"
key = "printf('%032x', i)" if is_sqlite else "lpad(to_hex(i), 32, '0')::uuid"
long_ago = "'2020-01-01 00:00:00'" if is_sqlite else "'2020-01-01'::timestamptz"
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO nuages_login (id, user_id, password_mark, device, created_at, last_used_at, expires_at, ended_by) "
        f"SELECT {{key}}, {{user}}, 'x', '', {{long_ago}}, {{long_ago}}, {{long_ago}}, '' FROM {{numbers % {LOGINS}}}"
    )
    for turn in range({TOKENS}):
        digest = f"printf('%062x', i) || '0{{turn}}'" if is_sqlite else f"lpad(to_hex(i), 62, '0') || '0{{turn}}'"
        cursor.execute(
            "INSERT INTO nuages_refreshtoken (digest, login_id, created_at, expires_at, consumed_at) "
            f"SELECT {{digest}}, {{key}}, {{long_ago}}, {{long_ago}}, {{long_ago}} FROM {{numbers % {LOGINS}}}"
        )
print(RefreshToken.objects.count())
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with one user."""
    seeded, directory = request.getfixturevalue("seeded"), tmp_path_factory.mktemp(request.param)
    with temp_url(request.param, directory, seeded) as url:
        managed(directory, url, "shell", "-v0", "-c", _USERS)
        yield url


def _log_in(server: Server, api: str) -> Any:
    reply = send(server, "POST", f"/{api}/auth/token", {"username": "ann", "password": PASSWORD})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


@contextmanager
def _meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do something again and again in another thread, until the block ends."""
    is_over = threading.Event()

    def go_on() -> None:
        while not is_over.is_set():
            work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_a_million_tokens_are_purged_beside_refreshes(url: str, tmp_path: Path) -> None:  # R22
    """Every refresh meanwhile is a 200; how long the longest took is printed, beside the longest without a purge."""
    with serving(tmp_path, url, TEST_GRACE_S="600") as server:
        printed = managed(tmp_path, url, "shell", "-v0", "-c", _OVER, limit_s=PURGE_LIMIT_S)
        assert int(printed.split()[-1]) == LOGINS * TOKENS
        token, took_ms = _log_in(server, "logins")["refresh_token"], list[float]()

        def refresh() -> None:
            nonlocal token
            started_s = time.perf_counter()
            reply = send(server, "POST", "/logins/auth/refresh", {"refresh_token": token})
            took_s = time.perf_counter() - started_s
            assert reply.status == 200, reply.body
            token = json.loads(reply.body)["refresh_token"]
            took_ms.append(took_s * 1000)
            time.sleep(max(0.0, 1 / REFRESHES_A_SECOND - took_s))

        with _meanwhile(refresh):
            time.sleep(10)
        alone_ms = sorted(took_ms)
        took_ms.clear()
        started_s = time.perf_counter()
        with _meanwhile(refresh):
            said = managed(tmp_path, url, "nuages", "purge", limit_s=PURGE_LIMIT_S)
        beside_ms = sorted(took_ms)
    assert said.splitlines()[0] == f"{LOGINS} logins"
    for name, took in (("alone", alone_ms), ("beside", beside_ms)):
        median, late, longest = took[len(took) // 2], took[int(len(took) * 0.99)], took[-1]
        print(
            f"\n{url[:8]} {name}: {len(took)} refreshes, {median:.1f} ms, p99 {late:.1f} ms, longest {longest:.1f} ms"
        )
    print(f"{url[:8]} purge: {time.perf_counter() - started_s:.0f} s")


def test_keys_turn_under_load(url: str, tmp_path: Path) -> None:  # J33
    """Two servers are started anew one after the other, for each step; no token fails before the old key is dropped."""
    first, second = new_key("ES256"), new_key("EdDSA")
    checks = {name: first[name] for name in first if name != "d"}
    steps = [[first], [first, second], [second, checks], [second]]
    refused, counted, texts = list[Any](), Counter[int](), list[tuple[int, str]]()
    servers: dict[int, Server] = {}
    turn, place = 0, itertools.cycle((0, 1))

    def ask() -> None:
        """Each server in turn gives out a token, and takes one that either gave out."""
        server = servers.get(next(place))
        if server is None:
            return
        with suppress(OSError, HTTPException):  # it is being started anew: a proxy would ask the other one
            if len(texts) < 40 * (turn + 1):
                texts.append((turn, _log_in(server, "keys")["access_token"]))
            for _turn, text in texts[-8:] + texts[:8]:
                status = send(server, "GET", "/keys/tags", authorization=f"Bearer {text}").status
                counted[status] += 1
                if status != 200:
                    refused.append((turn, status))

    with closing(_Slots(tmp_path, url, servers)) as slots, _meanwhile(ask):
        for turn, keys in enumerate(steps[:3]):  # noqa: B007  # `ask` reads it
            for slot in (0, 1):
                slots.deploy(slot, keys)
                time.sleep(3)
        before = list(refused)
        slots.deploy(0, steps[3])
        last = servers[0]
        old = [text for step, text in texts if step == 0]
        left = [send(last, "GET", "/keys/tags", authorization=f"Bearer {text}").status for text in old]
    print(f"\n{url[:8]} keys: {dict(counted)}")
    assert before == []
    assert counted[200] > 100
    assert set(left) == {401}


class _Slots:
    """Two places for servers, each of which is taken away and filled anew."""

    def __init__(self, directory: Path, url: str, servers: dict[int, Server]) -> None:
        self._directory, self._url, self._servers = directory, url, servers
        self._open: dict[int, ExitStack] = {}

    def deploy(self, slot: int, keys: list[dict[str, str]]) -> None:
        """Start a server with these keys, ask it from then on, and stop the one that was there."""
        new, directory = ExitStack(), self._directory / f"{slot}-{time.monotonic_ns()}"
        directory.mkdir()
        chosen = {"TOKEN_KEY": "", "TOKEN_KEYS": json.dumps({"keys": keys})}
        server = new.enter_context(serving(directory, self._url, **chosen))
        old, self._open[slot] = self._open.get(slot), new
        self._servers[slot] = server
        if old is not None:
            old.close()

    def close(self) -> None:
        """Stop both."""
        for stack in self._open.values():
            stack.close()
