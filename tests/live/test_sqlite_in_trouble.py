"""An SQLite file that is full, locked or not to be changed: a 503 that says when to come back, and reads go on."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.live.conftest import Serve
from tests.live.processes import LIMIT_S, Reply, Server
from tests.live.racing import at_once, count, odd_ones, send

PATIENCE_S = 5
WRITERS = 64


def _write(server: Server, name: str) -> Reply:
    return send(server, "POST", "/odd/writing", {"name": name})


def _demand_503(reply: Reply) -> None:
    assert (reply.status, reply.headers["retry-after"]) == (503, "1"), reply.body
    assert b"urn:nuages:problem:unavailable" in reply.body


def _pragma(shop: Path, name: str) -> object:
    with closing(sqlite3.connect(shop / "shop.sqlite3")) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _serve(serve: Serve, shop: Path, **options: str) -> Server:
    told = "&".join(f"{name}={quote(value)}" for name, value in options.items())
    return serve("--quiet", DATABASE_URL=f"sqlite:///{shop / 'shop.sqlite3'}?{told}")


def test_a_full_disk_refuses_changes_alone(serve: Serve, shop: Path) -> None:  # F11
    """As `max_page_count` makes it: what was acknowledged is there, and it goes on when there is room again."""
    server = _serve(serve, shop, init_command=f"PRAGMA max_page_count={_pragma(shop, 'page_count')}")
    made: list[str] = []
    for number in range(2_000):
        reply = _write(server, f"tag {number} of a disk that will be full")
        if reply.status != 201:
            break
        made.append(reply.headers["location"])
    _demand_503(reply)
    assert made
    assert {server.get(path).status for path in (*made[:3], *made[-3:], "/api/books?limit=5", "/-/ready")} == {200}
    assert _pragma(shop, "integrity_check") == "ok"
    assert count([send(server, "DELETE", path) for path in made]) == {204: len(made)}
    assert _write(server, "there is room").status == 201


@contextmanager
def _locked(shop: Path) -> Iterator[None]:
    """Be the one who changes the file."""
    with closing(sqlite3.connect(shop / "shop.sqlite3", isolation_level=None, timeout=LIMIT_S)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_lock_is_waited_for_and_not_for_ever(serve: Serve, shop: Path) -> None:  # F12
    """One that is soon released costs nobody an answer; one that is kept is a 503; of many at once none fails."""
    server = _serve(serve, shop, timeout=str(PATIENCE_S))
    with ThreadPoolExecutor(1) as clients:
        with _locked(shop):
            waiting = clients.submit(_write, server, "waited for a second")
            time.sleep(1)
            assert server.get("/api/books?limit=5").status == 200, "who reads does not wait"
            assert not waiting.done()
        assert waiting.result(LIMIT_S).status == 201
        with _locked(shop):
            _demand_503(_write(server, "came too late"))
            assert server.get("/-/ready").status == 200
        assert _write(server, "came too late").status == 201
    replies = at_once(lambda number: _write(server, f"writer {number}"), WRITERS)
    assert count(replies) == {201: WRITERS}, odd_ones(replies, 201)


def test_a_file_that_is_not_to_be_changed(serve: Serve, shop: Path) -> None:  # F13
    """Reads go on, changes are a 503; root may write what is read-only, so the connection says that it may not."""
    server = _serve(serve, shop, init_command="PRAGMA query_only=ON")
    _demand_503(_write(server, "nowhere"))
    assert {server.get(path).status for path in ("/api/books?limit=5", "/-/ready", "/-/live")} == {200}


def test_a_file_that_is_gone(serve: Serve, shop: Path) -> None:  # F13, F14
    """SQLite makes an empty one in its place: not ready, and each request is a 503 that says so and no traceback."""
    (shop / "shop.sqlite3").unlink()
    server = serve("--quiet")
    for reply in (server.get("/api/books/1"), _write(server, "nowhere"), server.get("/-/ready")):
        assert (reply.status, reply.headers["retry-after"]) == (503, "5"), (reply.body, server.said()[-2000:])
        assert b"not-migrated" in reply.body
        assert b"shop_" not in reply.body
    assert "Traceback" not in server.said()
