"""Behind a transaction pooler, which gives a client another connection for each transaction, everything goes on."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.live.processes import Server, held_port, serve_command, started
from tests.live.racing import count, managed, send
from tests.support.pooler import CONNECTIONS, has_pooler, temp_pooler
from tests.support.postgres import Cluster, temp_postgres

pytestmark = pytest.mark.skipif(not has_pooler(), reason="PgBouncer is not installed (Debian's package pgbouncer)")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL behind the pooler."""
    with temp_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pooler(cluster: Cluster) -> Iterator[Path]:
    """The pooler's place."""
    with temp_pooler(cluster) as pooler:
        yield pooler


@pytest.fixture(scope="module")
def server(cluster: Cluster, pooler: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with more threads than the pooler has connections, and a second for each statement."""
    directory = tmp_path_factory.mktemp("pooler")
    straight = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
    for arguments in (["migrate", "--verbosity", "0"], ["seed", "--books", "5"]):
        managed(directory, straight, *arguments)
    with held_port() as port:
        url = f"postgres://postgres@{quote(str(pooler), safe='')}:6432/postgres?pgbouncer=true"
        given = {"DATABASE_URL": url, "TEST_TIMEOUT_S": "1", "TEST_THREADS": "6"}
        with started(serve_command(port, "--quiet"), directory, port=port, environment=given) as server:
            server.wait_until_up()
            yield server


def _ask(server: Server, number: int) -> int:
    if number % 4 == 0:
        return send(server, "POST", "/odd/writing", {"name": f"pooled {number}"}).status
    reply = server.get(f"/api/books/{1 + number % 5}")
    assert reply.status != 200 or json.loads(reply.body)["id"] == 1 + number % 5
    return reply.status


def test_reads_and_changes_share_the_connections(server: Server, cluster: Cluster, pooler: Path) -> None:
    """Each is answered rightly; no connection keeps a statement or a limit, which another client would meet."""
    with ThreadPoolExecutor(12) as clients:
        replies = list(clients.map(lambda number: _ask(server, number), range(120)))
    assert (replies.count(200), replies.count(201)) == (90, 30), server.said()[-3000:]
    with psycopg.connect(cluster.dsn) as connection:
        told = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert told is not None
    assert 1 <= told[0] <= CONNECTIONS
    with psycopg.connect(f"host={pooler} port=6432 user=postgres dbname=postgres", prepare_threshold=None) as other:
        for _ in range(8):  # of either connection, as they come
            left = other.execute("SELECT current_setting('statement_timeout'), count(*) FROM pg_prepared_statements")
            assert left.fetchone() == ("0", 0)
            other.commit()


def test_a_statement_has_its_time_here_too(server: Server, cluster: Cluster) -> None:
    """It is ended and answered as ever; so is the next, and what is no statement of ours has no limit."""
    with psycopg.connect(cluster.dsn) as holder:
        holder.execute("LOCK TABLE shop_book IN ACCESS EXCLUSIVE MODE")
        started_s = time.monotonic()
        reply = server.get("/api/books/1")
        assert time.monotonic() - started_s < 30, "it waited for the lock"
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
        assert b"statement-timeout" in reply.body
    assert count([server.get("/api/books/1") for _ in range(6)]) == {200: 6}
