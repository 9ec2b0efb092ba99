"""Real servers send long lists in little memory, let go of them, and never end one that is not whole as though it were.

The long form, of a million rows, is tests/live/soak_exports.py.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote

import psycopg
import pytest

from tests.live.exporting import FIRST, SERVERS, Growth, asked, count_lines, exporting, fill
from tests.live.processes import Server, wait_for
from tests.live.racing import ROUNDS, temp_url

ROWS = 100_000
MOST_BYTES = 32 << 20
ABORTED = max(ROUNDS, 20)
ALL = f"?id__gt={FIRST}"
HELD = """
SELECT pid FROM pg_stat_activity
WHERE state LIKE 'idle in transaction%' OR (state = 'active' AND query LIKE 'FETCH %')
"""
STREAMING = [kind for kind in SERVERS if kind != "serve"]
VIEWS = [
    (kind, straight)
    for kind in SERVERS
    for straight in ("1", "0")
    if kind in ("gunicorn", "uvicorn") or straight == "1"
]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL with a long table."""
    directory = tmp_path_factory.mktemp("postgres")
    with temp_url("postgres", directory, directory) as url:
        fill(directory, url, ROWS)
        yield url


@pytest.fixture(scope="module")
def sqlite(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an SQLite file with a long table."""
    directory = tmp_path_factory.mktemp("sqlite")
    with temp_url("sqlite", directory, seeded) as url:
        fill(directory, url, ROWS)
        yield url


def _dsn(url: str) -> str:
    host = unquote(url.partition("@")[2].rpartition("/")[0])
    return f"host={host} user=postgres dbname=postgres"


def _held(url: str) -> list[int]:
    """The processes of the database that an export holds."""
    with psycopg.connect(_dsn(url)) as connection:
        return [pid for (pid,) in connection.execute(HELD)]


def _kill(url: str) -> list[int]:
    """End them."""
    killed = _held(url)
    with psycopg.connect(_dsn(url)) as connection:
        for pid in killed:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    return killed


def _grown_bytes(server: Server) -> int:
    """How much memory two long exports take beyond what two short ones have taken; the whole of each arrives."""
    for accept, head in (("text/csv", 1), ("application/x-ndjson", 0)):
        with asked(server, f"{ALL}&limit=10", accept) as response:
            assert count_lines(response) == (10 + head, b"")
    growth = Growth(server)
    for accept, head in (("text/csv", 1), ("application/x-ndjson", 0)):
        with asked(server, ALL, accept) as response:
            assert response.status == 200
            growth.look()
            assert count_lines(response, growth.look) == (ROWS + head, b"")
    return growth.most_bytes


def test_a_long_list_takes_little_memory(sqlite: str, tmp_path: Path) -> None:
    """15 MB of lines, as CSV and as NDJSON; over HTTP/1.0, where a body ends as its connection does, with a length."""
    with exporting("uvicorn", tmp_path, sqlite) as server:
        assert _grown_bytes(server) < MOST_BYTES
        said = server.send(b"GET /api/authors?limit=5 HTTP/1.0\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n")
        head, _, body = said.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head.lower()
        assert body.count(b"\r\n") == 6


@pytest.mark.parametrize(("kind", "straight"), [pair for pair in VIEWS if pair[0] in STREAMING])
def test_what_is_broken_off_does_not_look_whole(postgres: str, tmp_path: Path, kind: str, straight: str) -> None:
    """The database ends the connection in the middle: the client's library sees that there is more to come.

    The next export is whole again, and a reader that goes away leaves no transaction behind.
    """
    with exporting(kind, tmp_path, postgres, TEST_STRAIGHT=straight) as server:
        with asked(server, ALL) as response:
            assert (response.status, response.getheader("Content-Length")) == (200, None)
            first = response.read(1000)
            wait_for(lambda: bool(_kill(postgres)))
            with pytest.raises(http.client.IncompleteRead):
                count_lines(response)
        assert first.startswith(b'{"id":')
        with asked(server, f"{ALL}&limit=2000") as response:
            assert count_lines(response) == (2000, b"")
        with asked(server, ALL) as response:
            assert response.read(1000)
            assert _held(postgres)
        wait_for(lambda: not _held(postgres))
        assert server.get("/api/authors?limit=1").status == 200


def test_readers_that_wait_hold_no_more_than_they_may(postgres: str, tmp_path: Path) -> None:
    """Two at once; the third is told to come again, pages are answered meanwhile; who waits too long is ended."""
    with exporting("uvicorn", tmp_path, postgres, TEST_STALL_S="2") as server, ExitStack() as stack:
        waiting = [stack.enter_context(asked(server, ALL)) for _ in range(2)]
        assert [response.status for response in waiting] == [200, 200]
        with asked(server, ALL) as response:
            assert (response.status, response.getheader("Retry-After")) == (503, "10")
        assert server.get("/api/authors?limit=1").status == 200
        wait_for(lambda: not _held(postgres))
        with pytest.raises(http.client.IncompleteRead):
            count_lines(waiting[0])


def test_readers_that_go_away_give_their_places_back(postgres: str, tmp_path: Path) -> None:  # L15
    """However many have gone in the middle: as many as ever are sent at once then, and not one more."""
    with exporting("uvicorn", tmp_path, postgres) as server:
        for _ in range(ABORTED):
            wait_for(lambda: _begun(server, 1) == [200])
        wait_for(lambda: _begun(server, 3) == [200, 200, 503])


def _begun(server: Server, number: int) -> list[int]:
    """Begin some exports at once, and go away; their statuses. The places of those before may not be free yet."""
    with ExitStack() as stack:
        return [stack.enter_context(asked(server, ALL)).status for _ in range(number)]


def test_serve_makes_the_whole_before_it_sends_it(postgres: str, tmp_path: Path) -> None:
    """granian would end a broken one as though it were whole: so the failure is a problem, and no row is sent."""
    over = threading.Event()

    def kill() -> None:
        while not over.is_set() and not _kill(postgres):
            pass

    with exporting("serve", tmp_path, postgres) as server:
        killing = threading.Thread(target=kill)
        killing.start()
        try:
            with asked(server, ALL) as response:
                assert response.status == 503, (response.read(), server.said())
                assert response.getheader("Content-Type") == "application/problem+json"
                assert b"urn:nuages:problem:unavailable" in response.read()
        finally:
            over.set()
            killing.join()
        assert _grown_bytes(server) < MOST_BYTES
        assert not _held(postgres)
