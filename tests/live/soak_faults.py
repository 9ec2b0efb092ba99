"""PostgreSQL and Valkey are restarted again and again under 50 requests a second: `make live` alone runs it.

What happens inside one request while the database is away is test_database_restarts' to show.
"""

import contextlib
import http.client
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.live.load import Load, loaded
from tests.live.processes import LIMIT_S, Server, held_port, serve_command, started
from tests.live.racing import managed
from tests.support.postgres import restartable_postgres
from tests.support.valkey import temp_valkey

RESTARTS = int(os.environ.get("NUAGES_RESTARTS", "2"))
RATE = 50.0
BETWEEN_S = 3.0
SOONEST_S = 2.0  # the first success after the database is ready again


@contextlib.contextmanager
def _served(directory: Path, url: str, **environment: str) -> Iterator[Server]:
    with held_port() as port:
        command = serve_command(port, "--quiet", "--workers", "2")
        with started(command, directory, port=port, environment={"DATABASE_URL": url, **environment}) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield server


def _connect_to(server: Server) -> Callable[[], http.client.HTTPConnection]:
    return lambda: http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)


@pytest.mark.parametrize("immediately", [False, True], ids=["fast", "immediate"])
def test_postgresql_restarts_under_load(tmp_path: Path, immediately: bool) -> None:  # F01
    """Nothing but 503 while it is away, a success within two seconds of its return, and no acknowledged write lost."""
    with restartable_postgres(synchronous_commit="on") as postgres:
        url = f"postgres://postgres@{quote(str(postgres.cluster.directory), safe='')}/postgres"
        managed(tmp_path, url, "migrate", "--verbosity", "0")
        managed(tmp_path, url, "seed", "--books", "30")
        with _served(tmp_path, url) as server:
            connect = _connect_to(server)
            with loaded(connect, rate=RATE, keeps=True, allowed=frozenset({503})) as load:
                for _ in range(RESTARTS):
                    time.sleep(BETWEEN_S)
                    postgres.stop(immediately=immediately)
                    time.sleep(1)
                    postgres.start()
                    returned_s = time.monotonic()
                    waited_s = _wait_for_success(server, load, returned_s)
                    print(f"first success {waited_s:.2f} s after the restart")
                    assert waited_s <= SOONEST_S
                time.sleep(BETWEEN_S)
            assert load.failures[:5] == [], server.said()[-3000:]
            assert load.refused, "the database was never away"
            print(f"{load.answered} answered, {len(load.refused)} refused with 503, {len(load.written)} written")
            load.check_ledger(connect)


def _wait_for_success(server: Server, load: Load, since_s: float) -> float:
    """Give the seconds until a request was answered well."""
    server.wait_for(lambda: bool(load.succeeded_s) and load.succeeded_s[-1] > since_s)
    return next(at_s for at_s in load.succeeded_s if at_s > since_s) - since_s


@pytest.mark.parametrize("mode", ["open", "local"])
def test_valkey_restarts_under_load(shop: Path, mode: str) -> None:  # F05
    """Whatever counts on Valkey goes on without it, and no request fails."""
    environment = {"TEST_WITHOUT_REDIS": mode, "TEST_THROTTLE": "1000000/hour"}
    url = f"sqlite:///{shop / 'shop.sqlite3'}"
    with temp_valkey() as valkey, _served(shop, url, TEST_REDIS_URL=valkey.url, **environment) as server:
        with loaded(_connect_to(server), rate=RATE, keeps=True, read="/limited/tags") as load:
            for _ in range(RESTARTS):
                time.sleep(BETWEEN_S)
                valkey.kill()
                time.sleep(1)
                valkey.start()
            time.sleep(BETWEEN_S)
        assert load.failures[:5] == []
        assert load.answered > RATE
        assert valkey.client.dbsize() > 0, "it is asked again"
        print(f"{load.answered} answered")
