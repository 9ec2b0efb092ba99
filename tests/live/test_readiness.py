"""A balancer sends nobody to a process whose database is away or behind."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.live.conftest import Serve
from tests.live.processes import SHOP, environment_of, manage, wait_for


def test_not_ready_until_migrated(serve: Serve, shop: Path) -> None:  # F14, F18
    """With a migration to apply readiness is 503 and liveness 200; `migrate` makes it ready without a restart."""
    assert manage(shop, "migrate", "shop", "zero", "--verbosity", "0").returncode == 0
    server = serve()
    answer = server.get("/-/ready", Host="10.0.0.1")
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["retry-after"]
    assert b"not-migrated" in answer.body
    assert b"0001" not in answer.body
    assert server.answers()
    for answer in (server.get("/api/books/1"), server.get("/api/books?limit=1")):  # who comes all the same
        assert (answer.status, answer.headers["retry-after"]) == (503, "5"), answer.body
        assert b"not-migrated" in answer.body
    assert "Traceback" not in server.said(), "one line for each, and no more"
    server.wait_for(lambda: "! The database is behind: run manage.py migrate." in server.said())
    assert manage(shop, "migrate", "--verbosity", "0").returncode == 0
    assert server.get("/-/ready").status == 200


def test_not_ready_without_its_database(serve: Serve, shop: Path) -> None:  # F18
    """A database that is away makes readiness 503 and leaves liveness alone; its return needs no restart."""
    away = shop / "away"
    server = serve("--quiet", DATABASE_URL=f"sqlite:///{away / 'shop.sqlite3'}")
    answer = server.get("/-/ready")
    assert answer.status == 503
    assert b"database-away" in answer.body
    assert str(away).encode() not in answer.body
    assert server.get("/api/books/1").status == 503
    assert server.answers()
    away.mkdir()
    (shop / "shop.sqlite3").rename(away / "shop.sqlite3")
    assert server.get("/-/ready").status == 200
    assert server.get("/api/books/1").status == 200


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_migration_that_is_ended_is_gone_on_with(serve: Serve, shop: Path, tmp_path: Path, name: str) -> None:  # F10
    """At whichever it was: none is half there, and the next `migrate` makes what one in a single run would have."""
    place = tmp_path / "broken.sqlite3"
    for least in (3, 20):
        with subprocess.Popen(
            [sys.executable, str(SHOP / "manage.py"), "migrate", "--verbosity", "0"],
            cwd=shop,
            env=environment_of(shop, DATABASE_URL=f"sqlite:///{place}"),
            stderr=subprocess.PIPE,
        ) as process:
            wait_for(lambda least=least: _applied(place) >= least)
            process.send_signal(signal.Signals[name])
            process.communicate()
        assert process.returncode == -signal.Signals[name]
    server = serve("--quiet", DATABASE_URL=f"sqlite:///{place}")
    assert server.get("/-/ready").status == 503
    done = manage(shop, "migrate", "--verbosity", "0", DATABASE_URL=f"sqlite:///{place}")
    assert done.returncode == 0, done.stderr
    assert server.get("/-/ready").status == 200
    assert _schema(place) == _schema(shop / "shop.sqlite3")


def _applied(place: Path) -> int:
    """How many migrations a database has had."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(place)) as connection:
        return int(connection.execute("SELECT count(*) FROM django_migrations").fetchone()[0])
    return 0


def _schema(place: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(place)) as connection:
        return set(
            connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'")
        )
