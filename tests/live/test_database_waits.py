"""Waiting for a database has an end, for a connection of the pool too; what needs none is answered meanwhile."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.live.processes import LIMIT_S, Reply, Server, held_port, serve_command, started, wait_for
from tests.live.racing import IS_SOAK, count, managed, send
from tests.support.fault_proxy import fault_proxy
from tests.support.postgres import Cluster, temp_postgres

SLOW = 64 if IS_SOAK else 16
TURNS = 5 if IS_SOAK else 1
HUNG_S = 30  # far above any deadline of these, which are seconds


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of the module's own, with a small bookshop."""
    with temp_postgres() as cluster:
        for arguments in (["migrate", "--verbosity", "0"], ["seed", "--books", "5"]):
            managed(tmp_path_factory.mktemp("shop"), url_of(cluster), *arguments)
        yield cluster


def url_of(cluster: Cluster) -> str:
    """The URL of its first database, at its Unix socket."""
    return f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"


def test_a_pool_that_is_used_up(cluster: Cluster, tmp_path: Path) -> None:  # F03
    """Two connections, and both wait for a lock: the others are told 503 in time, the cheap is answered, then all."""
    given = {"DATABASE_URL": url_of(cluster), "DATABASE_POOL": "2", "TEST_THREADS": "6", "TEST_TIMEOUT_S": str(HUNG_S)}
    with held_port() as port, started(serve_command(port, "--quiet"), tmp_path, port=port, environment=given) as server:
        server.wait_until_up()
        with ThreadPoolExecutor(SLOW) as clients:
            with psycopg.connect(cluster.dsn) as holder:
                holder.execute("LOCK TABLE shop_book IN ACCESS EXCLUSIVE MODE")
                slow = [clients.submit(server.get, "/api/books/1") for _ in range(SLOW)]
                wait_for(lambda: sum(each.done() for each in slow) >= 2, server.said)
                assert send(server, "POST", "/api/orders", {"items": []}).status == 401
                assert server.get("/api/books", "OPTIONS").status == 204
                assert server.get("/-/live").status == 200
                wait_for(lambda: sum(each.done() for each in slow) >= SLOW - 2, server.said)
            replies = [each.result(LIMIT_S) for each in slow]
        assert count(replies) == {200: 2, 503: SLOW - 2}, [reply.body for reply in replies]
        assert all(reply.headers["retry-after"] == "1" for reply in replies if reply.status == 503)
        assert count([server.get("/api/books/1") for _ in range(6)]) == {200: 6}


@pytest.mark.parametrize("pool", ["", "0"], ids=["pool", "no pool"])
def test_a_database_that_swallows_everything(tmp_path: Path, pool: str) -> None:  # F02
    """It takes connections and says nothing: a problem in time, also of readiness; liveness is not concerned."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(64)
        given = {
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{hole.getsockname()[1]}/shop",
            "DATABASE_POOL": pool,
        }
        with held_port() as port:
            command = serve_command(port, "--quiet")
            with started(command, tmp_path, port=port, environment=given) as server:
                server.wait_until_up()
                _demand_503(server, "/api/books/1")
                _demand_503(server, "/-/ready")
                assert server.get("/-/live").status == 200


@pytest.mark.parametrize("pool", ["", "0"], ids=["pool", "no pool"])
def test_a_database_that_falls_silent(cluster: Cluster, tmp_path: Path, pool: str) -> None:  # F02
    """It takes what is sent, and says nothing any more: whoever waits is told 503, and whoever comes; then it is back.

    No statement's own limit ends that, nor the system: all that is sent is confirmed.
    """
    with (
        fault_proxy(cluster.directory / ".s.PGSQL.5432") as proxy,
        held_port() as port,
        ThreadPoolExecutor(5) as clients,
    ):
        url = f"postgres://postgres@127.0.0.1:{proxy.port}/postgres"
        given = {"DATABASE_URL": url, "DATABASE_POOL": pool, "TEST_THREADS": "6", "TEST_TIMEOUT_S": "600"}
        with started(serve_command(port, "--quiet"), tmp_path, port=port, environment=given) as server:
            server.wait_until_up()

            def ask_all() -> list[int]:
                return [reply.status for reply in clients.map(lambda ask: ask(server), ASKED)]

            for _ in range(TURNS):
                server.wait_for(lambda: server.answers("/-/ready"))
                assert ask_all() == [200, 201, 401, 200]
                proxy.hold()
                for _ in range(2):
                    started_s = time.monotonic()
                    waiting = clients.submit(server.get, "/-/live")
                    assert ask_all() == [503] * len(ASKED)
                    took_s = time.monotonic() - started_s
                    assert took_s < HUNG_S, f"{took_s:.1f} s"
                    assert waiting.result(LIMIT_S).status == 200
                proxy.release()


ASKED: tuple[Callable[[Server], Reply], ...] = (
    lambda server: server.get("/odd/writing?limit=1"),
    lambda server: send(server, "POST", "/odd/writing", {"name": f"{time.monotonic_ns()}"}),
    lambda server: send(server, "POST", "/api/auth/token", {"username": "nobody", "password": "wrong"}),
    lambda server: server.get("/-/ready"),
)


def _demand_503(server: Server, path: str) -> None:
    started_s = time.monotonic()
    reply = server.get(path)
    assert (reply.status, reply.headers["retry-after"]) == (503, "1"), reply.body
    took_s = time.monotonic() - started_s
    assert took_s < HUNG_S, f"{took_s:.1f} s"
