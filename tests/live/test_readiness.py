"""A balancer sends nobody to a process whose database is away or behind."""

from pathlib import Path

from tests.live.conftest import Serve
from tests.live.processes import manage


def test_not_ready_until_migrated(serve: Serve, shop: Path) -> None:  # F14
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


def test_not_ready_without_its_database(serve: Serve, shop: Path) -> None:
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
