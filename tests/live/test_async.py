"""Coroutines on real servers: a thousand at once, clients that leave, the database, and the end of the server."""

import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.live.conftest import Serve
from tests.live.processes import LIMIT_S, SHOP, Server, held_port, is_running, serve_command, started, wait_for
from tests.live.racing import send, temp_url
from tests.live.waiting_clients import ask_at_once

PROJECT = {"DJANGO_SETTINGS_MODULE": "tests.live.project.loops"}
GUNICORN = ["-m", "gunicorn", "--no-control-socket", "--threads", "4", "--bind", "127.0.0.1:{port}", "nuages.wsgi"]
COMMANDS = {
    "serve": None,
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "nuages.asgi:application"],
    "gunicorn": GUNICORN,
    "django": ["-m", "uvicorn", "--port", "{port}", "nuages.asgi:application"],
}
THREADS = 4
MOST_GROWTH_KIB = 60 << 10


@pytest.fixture(scope="module", params=COMMANDS)
def loops(request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The API on granian, on uvicorn, under WSGI, and in Django's own handler, each with a log of accesses."""
    directory = Path(shutil.copytree(seeded, tmp_path_factory.mktemp("loops") / "shop"))
    environment = {**PROJECT, "TEST_ACCESS_LOG": "1", "TEST_STRAIGHT": "0" if request.param == "django" else "1"}
    with held_port() as port:
        chosen = COMMANDS[request.param]
        own = [sys.executable, *(part.format(port=port) for part in chosen)] if chosen else serve_command(port)
        with started(own, directory, port=port, cwd=SHOP, environment=environment) as server:
            server.wait_until_up()
            yield server


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Which of them it is."""
    return str(request.node.callspec.params["loops"])


def _seen(server: Server) -> dict[str, int]:
    return dict(json.loads(server.get("/loops/seen").body))


def test_requests_share_one_loop_and_keep_their_ids(loops: Server) -> None:
    """On every server; what a coroutine sends to a thread knows the id as well."""
    answers = [loops.get("/loops/seen", X_Request_ID=f"mine-{number}") for number in range(3)]
    found = [json.loads(answer.body) for answer in answers]
    assert len({seen["loop"] for seen in found}) == 1
    assert [(seen["request_id"], seen["id_in_thread"]) for seen in found] == [(f"mine-{n}",) * 2 for n in range(3)]
    assert [answer.headers["x-request-id"] for answer in answers] == ["mine-0", "mine-1", "mine-2"]


def test_orm_is_right_in_coroutines(loops: Server, kind: str) -> None:
    """Rows are stored and read in each of Django's ways; a transaction is whole, or not there."""
    made = send(loops, "POST", "/loops/tags", {"name": "kept"})
    assert (made.status, json.loads(made.body)) == (200, ["kept"] * 3)
    assert send(loops, "POST", "/loops/pairs", {"name": "good"}).status == 204
    failed = send(loops, "POST", "/loops/pairs", {"name": "bad"})
    assert (failed.status, b"secret" in failed.body) == (500, False)
    assert [json.loads(loops.get(f"/loops/tags?name={name}").body) for name in ("good", "bad")] == [4, 0]
    assert send(loops, "POST", "/loops/open", {"name": "open"}).status == (204 if kind == "django" else 500)
    assert json.loads(loops.get("/loops/tags?name=open").body) == 0


def test_client_that_leaves_cancels(loops: Server, kind: str) -> None:
    """The coroutine sees it, its `finally` runs to the end, and the log has one line. Under WSGI nobody is told."""
    if kind == "gunicorn":
        pytest.skip("WSGI has no word for a client that leaves")
    directory = loops.log.parent
    with loops.connect() as connection:
        connection.sendall(b"GET /loops/held HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: gone-1\r\n\r\n")
        loops.wait_for((directory / "begun").exists)
    loops.wait_for((directory / "ended").exists)
    assert (directory / "cancelled").exists()
    loops.wait_for(lambda: '"request_id":"gone-1"' in loops.said())
    lines = [json.loads(line) for line in loops.said().splitlines() if "gone-1" in line and line.startswith("{")]
    assert [line["status"] for line in lines] == [499]
    assert "Traceback" not in "".join(line for line in loops.said().splitlines() if "gone-1" in line)


def test_a_thousand_wait_at_once(loops: Server, kind: str) -> None:
    """All are answered in bounded memory and by the threads that there may be."""
    if kind in {"gunicorn", "django"}:
        pytest.skip("there a request that waits holds a thread")
    ask_at_once(loops.port, "/loops/seen", 20, limit_s=LIMIT_S)  # as many threads as there will be
    before = _seen(loops)
    answers, _ = ask_at_once(loops.port, "/loops/sleep?seconds=1", 1_000, limit_s=LIMIT_S)
    assert {answer.split(b"\r\n", 1)[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    after = _seen(loops)
    assert after["threads"] <= before["threads"] + THREADS  # of which some may not have been needed before
    assert after["resident_kib"] - before["resident_kib"] < MOST_GROWTH_KIB


def test_requests_share_a_few_connections(shop: Path, seeded: Path, tmp_path: Path, port: int) -> None:
    """Three hundred at once open no more connections to PostgreSQL than there are threads and lanes; none is busy."""
    with temp_url("postgres", tmp_path, seeded) as url:
        environment = {**PROJECT, "DATABASE_URL": url, "DATABASE_POOL": "0"}
        with started(serve_command(port, "--quiet"), shop, port=port, environment=environment) as server:
            server.wait_until_up()
            for _ in range(2):
                answers, _ = ask_at_once(server.port, "/loops/tags?name=none", 300, limit_s=LIMIT_S)
                assert {answer.rsplit(b"\r\n", 1)[1] for answer in answers} == {b"0"}
            assert [server.get("/view/").status for _ in range(10)] == [200] * 10
            wait_for(lambda: set(_states(url)) == {"idle"})
            assert len(_states(url)) <= 2 * THREADS
            assert server.stop() == 0


def _states(url: str) -> list[str]:
    """What the connections of others are doing."""
    with psycopg.connect(url) as connection:
        own = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        return [state for (state,) in connection.execute(f"SELECT state FROM pg_stat_activity WHERE {own}")]


def test_server_drains_its_coroutines(serve: Serve, shop: Path) -> None:  # F07 F09
    """After SIGTERM it is not ready and closes connections; who was accepted is answered, then every worker ends."""
    server = serve("--quiet", "--workers", "2", "--drain-delay", "60", **PROJECT)
    with ThreadPoolExecutor(3) as clients, server.connect() as early:
        held = [clients.submit(server.get, "/loops/held") for _ in range(3)]
        server.wait_for((shop / "begun").exists)
        time.sleep(0.5)  # until the others have been accepted, who cannot say so
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(lambda: server.get("/-/ready").status == 503)
        server.wait_for(lambda: all(server.get("/loops/seen").headers.get("connection") == "close" for _ in range(8)))
        assert server.get("/view/").headers["connection"] == "close"
        early.sendall(b"GET /loops/seen HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert early.recv(65536).startswith(b"HTTP/1.1 200")
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(server.refuses)
        (shop / "released").touch()
        assert [reply.result(LIMIT_S).status for reply in held] == [200] * 3
    assert server.process.wait(LIMIT_S) == 0
    assert not any(map(is_running, server.workers))
    assert "Traceback" not in server.said()


def test_killed_server_leaves_no_coroutine_behind(serve: Serve, shop: Path) -> None:
    """With its parent gone a worker lets those in flight end, and then ends itself."""
    server = serve("--quiet", **PROJECT)
    with ThreadPoolExecutor(1) as clients:
        held = clients.submit(server.get, "/loops/held")
        server.wait_for((shop / "begun").exists)
        server.stop(signal.SIGKILL)
        (shop / "released").touch()
        assert held.result(LIMIT_S).status == 200
    wait_for(lambda: not any(map(is_running, server.workers)))
