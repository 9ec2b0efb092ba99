"""A database that goes away and comes back: nothing is a 500, nothing that was acknowledged is lost, nothing hangs."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.live.processes import LIMIT_S, Reply, Server, held_port, serve_command, started, wait_for
from tests.live.racing import managed, send
from tests.support.postgres import Restartable, restartable_postgres

CLIENTS = 6
UVICORN = [sys.executable, "-m", "uvicorn", "--log-level", "warning", "nuages.asgi:application", "--port"]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restartable]:
    """A PostgreSQL with a small bookshop, which tests stop and start again."""
    with restartable_postgres(synchronous_commit="on") as found:  # what is acknowledged outlives a crash
        directory = tmp_path_factory.mktemp("restarts")
        managed(directory, url_of(found), "migrate", "--verbosity", "0")
        managed(directory, url_of(found), "seed", "--books", "5")
        yield found


def url_of(postgres: Restartable) -> str:
    """The URL of its first database."""
    return f"postgres://postgres@{quote(str(postgres.cluster.directory), safe='')}/postgres"


@contextmanager
def serving(kind: str, pool: str, postgres: Restartable, directory: Path) -> Iterator[Server]:
    """A server of one process on it."""
    with held_port() as port:
        command = serve_command(port, "--quiet") if kind == "wsgi" else [*UVICORN, str(port)]
        given = {"DATABASE_URL": url_of(postgres), "DATABASE_POOL": pool, "TEST_THREADS": "4"}
        with started(command, directory, port=port, environment=given) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield server


class Load:
    """Clients that read and write until they are told to stop, and keep what they were told.

    Shapes: `acknowledged` are the names whose change was answered with 201.
    """

    def __init__(self, server: Server, run: str) -> None:
        self.replies: list[Reply] = []
        self.acknowledged: set[str] = set()
        self._server, self._run, self._over = server, run, threading.Event()

    def client(self, number: int) -> None:
        """Four reads to a change, one after the other."""
        turn = 0
        while not self._over.is_set():
            turn += 1
            name = f"{self._run}-{number}-{turn}"
            if turn % 5:
                self.replies.append(self._server.get("/api/books?limit=2"))
            else:
                self._write(name)
            time.sleep(0.02)

    def _write(self, name: str) -> None:
        reply = send(self._server, "POST", "/odd/writing", {"name": name})
        self.replies.append(reply)
        if reply.status == 201:
            self.acknowledged.add(name)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the clients run for the length of the block."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            ends = [clients.submit(self.client, number) for number in range(CLIENTS)]
            try:
                yield
            finally:
                self._over.set()
            for end in ends:
                end.result(LIMIT_S)

    def wait_for_success(self) -> None:
        """Wait until a request that is sent from now on has been answered well."""
        wait_for(lambda: self._server.get("/api/books?limit=2").status == 200, lambda: self.replies[-5:])
        wait_for(lambda: _write(self._server).status == 201, lambda: self.replies[-5:])
        before = len(self.acknowledged)
        wait_for(lambda: len(self.acknowledged) > before, lambda: self.replies[-5:])


def _restart(postgres: Restartable, *, immediately: bool) -> None:
    postgres.stop(immediately=immediately)
    time.sleep(0.5)
    postgres.start()


MISHAPS: dict[str, Callable[[Restartable], None]] = {
    "connections ended": lambda postgres: postgres.end_connections(),
    "restarted": lambda postgres: _restart(postgres, immediately=False),
    "crashed": lambda postgres: _restart(postgres, immediately=True),
}


KINDS = {"wsgi": ("wsgi", ""), "no pool": ("wsgi", "0"), "asgi": ("asgi", "")}
TRIED = list(KINDS) if "NUAGES_RESTARTS" in os.environ else ["wsgi"]  # make live tries all


@pytest.mark.parametrize(("kind", "pool"), [KINDS[name] for name in TRIED], ids=TRIED)
def test_a_database_restarts_under_load(postgres: Restartable, tmp_path: Path, kind: str, pool: str) -> None:  # F01
    """Each mishap gives 503s with Retry-After at most, and every change that was acknowledged is there afterwards."""
    with serving(kind, pool, postgres, tmp_path) as server:
        load = Load(server, f"{kind}{pool}")
        with load.running():
            for mishap in MISHAPS.values():
                load.wait_for_success()
                mishap(postgres)
            load.wait_for_success()
        odd = [reply for reply in load.replies if reply.status not in {200, 201, 503}]
        assert not odd, (odd[:3], server.said()[-3000:])
        assert all(reply.headers.get("retry-after") for reply in load.replies if reply.status == 503)
        with psycopg.connect(postgres.cluster.dsn) as connection:
            stored = {name for (name,) in connection.execute("SELECT name FROM shop_tag")}
        assert load.acknowledged, "nothing was written"
        assert load.acknowledged <= stored


@pytest.mark.parametrize("pool", ["", "0"], ids=["pool", "no pool"])
def test_whatever_comes_first_after_a_restart_is_answered(postgres: Restartable, tmp_path: Path, pool: str) -> None:
    """Every connection at rest has died: a login, a read and a change each find that out before they begin."""
    with serving("wsgi", pool, postgres, tmp_path) as server:
        for send_it in (_log_in, _write, _read):
            for _ in range(4):  # a connection in each thread
                assert _read(server).status == 200
            postgres.end_connections()
            for _ in range(4):
                reply = send_it(server)
                assert reply.status in {200, 201, 401}, (send_it, reply.body, server.said()[-2000:])


def _read(server: Server) -> Reply:
    return server.get("/api/books/1")


def _write(server: Server) -> Reply:
    return send(server, "POST", "/odd/writing", {"name": f"first-{time.monotonic_ns()}"})


def _log_in(server: Server) -> Reply:
    return send(server, "POST", "/api/auth/token", {"username": "nobody", "password": "wrong"})


def test_what_needs_no_database_is_answered_while_it_is_away(postgres: Restartable, tmp_path: Path) -> None:
    """A refusal, OPTIONS and liveness as ever; the rest is a problem that says when to come back."""
    with serving("wsgi", "", postgres, tmp_path) as server:
        postgres.stop()
        try:
            for reply in (_read(server), _write(server), _log_in(server), server.get("/-/ready")):
                assert (reply.status, reply.headers["retry-after"]) == (503, "1"), reply.body
                assert json.loads(reply.body)["status"] == 503
            assert send(server, "POST", "/api/orders", {"items": []}).status == 401
            assert server.get("/api/books", "OPTIONS").status == 204
            assert server.get("/-/live").status == 200
        finally:
            postgres.start()
        server.wait_for(lambda: _read(server).status == 200)
