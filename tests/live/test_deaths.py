"""Workers that die are replaced, however often; workers that cannot start end the server, or leave the old ones be."""

import http.client
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.live.load import CLIENTS, loaded
from tests.live.processes import LIMIT_S, Server, children_of, environment_of, is_running, serve_command, started

KILLS = int(os.environ.get("NUAGES_KILLS", "3"))
BETWEEN_S = 5.0 if "NUAGES_KILLS" in os.environ else 1.2
# A worker that is to fail: the parent has no parent of its own that multiprocessing knows.
_BROKEN = """
from multiprocessing import parent_process
from pathlib import Path
from tests.live.project.settings import *
if parent_process() is not None and (Path(__file__).parent / "broken").exists():
    raise RuntimeError("no worker starts with these settings")
"""


def test_killed_again_and_again(shop: Path, port: int) -> None:  # F06, F13
    """One of two workers is killed, and its successor, and so on: the server lives on, loses no write and spoils none.

    The database is SQLite, which the worker may have been writing to: its file is whole.
    """

    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)

    with started(serve_command(port, "--quiet", "--workers", "2"), shop, port=port) as server:
        server.wait_until_up()
        with loaded(connect, rate=50.0, keeps=False) as load:
            for _ in range(KILLS):
                waited_s = _kill_one(server)
                time.sleep(BETWEEN_S)
                if BETWEEN_S >= 5.0:
                    assert waited_s < 2.0, "its successor came too late"
        # Those whom the killed worker was answering, and nobody else: their connections have broken.
        assert all("Error(" in failure or "Disconnected(" in failure for failure in load.failures), load.failures
        assert len(load.failures) <= KILLS * CLIENTS
        assert load.written
        load.check_ledger(connect)
        assert server.process.poll() is None
        assert server.stop() == 0
    with closing(sqlite3.connect(shop / "shop.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _kill_one(server: Server) -> float:
    """Kill the youngest worker, and give the seconds until another process is there in its place."""
    before = children_of(server.process.pid)
    os.kill(max(before), signal.SIGKILL)
    begun_s = time.monotonic()
    server.wait_for(lambda: bool(set(children_of(server.process.pid)) - set(before)))
    server.workers = children_of(server.process.pid)
    return time.monotonic() - begun_s


def _start_breakable(shop: Path, *, port: int, workers: str) -> tuple[list[str], dict[str, str]]:
    """Write settings that break as soon as there is a file `broken` beside them."""
    (shop / "breakable.py").write_text(_BROKEN)
    path = f"{shop}:{environment_of(shop)['PYTHONPATH']}"
    command = serve_command(port, "--quiet", "--workers", workers)
    return command, {"DJANGO_SETTINGS_MODULE": "breakable", "PYTHONPATH": path}


def test_workers_that_cannot_start_end_the_server(shop: Path, port: int) -> None:
    """After a few attempts it gives up, says so, and its exit code is 1: a service manager sees it."""
    (shop / "broken").touch()
    command, environment = _start_breakable(shop, port=port, workers="2")
    with started(command, shop, port=port, environment=environment) as server:
        assert server.process.wait(LIMIT_S) == 1
        assert "No worker can be started: giving up." in server.said()
        assert "no worker starts with these settings" in server.said()
        assert server.refuses()


def test_reload_that_breaks_changes_nothing(shop: Path, port: int) -> None:
    """New code that does not start leaves the old workers as they are; repaired, it comes in."""
    command, environment = _start_breakable(shop, port=port, workers="1")
    with started(command, shop, port=port, environment=environment) as server:
        server.wait_until_up()
        (shop / "broken").touch()
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: "A new worker did not start; the old ones go on." in server.said())
        assert children_of(server.process.pid) == server.workers
        assert server.answers()
        (shop / "broken").unlink()
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: not is_running(server.workers[0]))
        assert server.answers()
        server.workers = children_of(server.process.pid)
        assert server.stop() == 0
