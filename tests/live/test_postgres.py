"""A server holds as many PostgreSQL connections as it has threads, and never more."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.live.processes import Server, manage, serve_command, started
from tests.support.postgres import Cluster, temp_postgres

THREADS = 4
UVICORN = [sys.executable, "-m", "uvicorn", "--log-level", "warning", "nuages.asgi:application", "--port"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of the module's own."""
    with temp_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def url(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a small bookshop's database."""
    url = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
    directory = tmp_path_factory.mktemp("postgres")
    for arguments in (["migrate", "--verbosity", "0"], ["seed", "--books", "30"]):
        done = manage(directory, *arguments, DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
    return url


def _count_connections(cluster: Cluster) -> int:
    with psycopg.connect(cluster.dsn) as connection:
        counted = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(counted[0]) if counted else -1


def _read_books(server: Server) -> None:
    """Send 200 reads, 20 at a time, and see that each is answered rightly."""
    with ThreadPoolExecutor(20) as clients:
        keys = [1 + number % 30 for number in range(200)]
        for key, answer in zip(keys, clients.map(lambda key: server.get(f"/api/books/{key}"), keys), strict=True):
            assert (answer.status, json.loads(answer.body)["id"]) == (200, key)


@pytest.mark.parametrize("pool", ["0", "3", ""], ids=["kept for 60 s", "pool of 3", "pool for its threads"])
@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_connections_are_as_many_as_threads(
    cluster: Cluster, url: str, tmp_path: Path, port: int, kind: str, pool: str
) -> None:
    """After 200 reads, 20 at a time, a server holds no more connections than threads, nor than its pool allows."""
    command = serve_command(port, "--quiet") if kind == "wsgi" else [*UVICORN, str(port)]
    environment = {"DATABASE_URL": url, "TEST_THREADS": str(THREADS), "DATABASE_POOL": pool}
    with started(command, tmp_path, port=port, environment=environment) as server:
        server.wait_until_up()
        _read_books(server)
        assert 1 <= _count_connections(cluster) <= (int(pool or 0) or THREADS)
        assert server.get("/-/ready").status == 200
        assert server.stop() in {0, -15}


def test_lost_connections_are_replaced(cluster: Cluster, url: str, tmp_path: Path, port: int) -> None:
    """When the database has ended every connection, readiness recovers by itself, and so do the reads."""
    with started(serve_command(port, "--quiet"), tmp_path, port=port, environment={"DATABASE_URL": url}) as server:
        server.wait_until_up()
        _read_books(server)
        with psycopg.connect(cluster.dsn) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        assert server.get("/-/ready").status == 200
        statuses = [server.get("/api/books/1").status for _ in range(3 * THREADS)]
        assert set(statuses) == {200}  # a read whose kept connection has died is asked again on a new one
