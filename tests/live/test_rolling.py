"""New code and new settings come in while clients ask, and no request fails: by a reload, by restarts, behind nginx.

NUAGES_RESTARTS says how often: `make test` takes one of each kind, `make live` ten.
"""

import contextlib
import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.live.fronted import HOST, behind_nginx, fronted, started_on
from tests.live.load import Load, loaded
from tests.live.processes import (
    LIMIT_S,
    Server,
    children_of,
    handed,
    is_running,
    manager_at,
    serve_command,
    started,
)

RESTARTS = int(os.environ.get("NUAGES_RESTARTS", "1"))
RATE = 50.0
SETTLED_S = 1.0  # load before the first restart and after the last


@contextlib.contextmanager
def both_kinds(port: int) -> Iterator[None]:
    """Load a port with clients of both kinds, 50 requests a second, of which none may fail and no write be lost."""

    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)

    with loaded(connect, rate=RATE / 2, keeps=False) as new, loaded(connect, rate=RATE / 2, keeps=True) as kept:
        time.sleep(SETTLED_S)
        yield
        time.sleep(SETTLED_S)
    for load in (new, kept):
        check(load)
        load.check_ledger(connect)


def check(load: Load) -> None:
    """See that there was a load, and that nothing of it failed."""
    assert load.failures[:5] == []
    assert load.answered >= RATE / 2 * SETTLED_S
    assert load.written


def test_reload_fails_no_request(shop: Path, port: int) -> None:  # F08
    """SIGHUP exchanges both workers under load."""
    with started(serve_command(port, "--quiet", "--workers", "2"), shop, port=port) as server:
        server.wait_until_up()
        with both_kinds(port):
            for _ in range(RESTARTS):
                before = children_of(server.process.pid)
                server.process.send_signal(signal.SIGHUP)
                server.wait_for(lambda before=before: not any(map(is_running, before)))  # type: ignore[misc]
                server.wait_for(lambda: len(children_of(server.process.pid)) == 2)
                server.workers = children_of(server.process.pid)


def test_restarts_at_a_socket_that_stays_fail_no_request(shop: Path) -> None:  # F08
    """Two servers at one socket, which somebody else holds as systemd does, are restarted in turn under load."""
    with socket.socket() as given, contextlib.ExitStack() as stack:
        given.bind(("127.0.0.1", 0))
        given.listen(1024)
        servers = [stack.enter_context(_told(given, shop, name)) for name in ("first", "second")]
        with both_kinds(given.getsockname()[1]):
            for number in range(RESTARTS):
                index = number % 2
                assert servers[index].stop() == 0, servers[index].said()
                servers[index] = stack.enter_context(_told(given, shop, f"restart {number}"))


@contextlib.contextmanager
def _told(given: socket.socket, shop: Path, name: str) -> Iterator[Server]:
    """Start a server at a socket, and wait until it says that it is ready."""
    directory = shop / name
    directory.mkdir()
    url = f"sqlite:///{shop / 'shop.sqlite3'}"
    with (
        manager_at(directory / "notify") as manager,
        handed(given, directory, DATABASE_URL=url, NOTIFY_SOCKET=str(directory / "notify")) as server,
    ):
        assert manager.recv(100) == b"READY=1"
        server.workers = children_of(server.process.pid)
        yield server


@behind_nginx
def test_restarts_behind_nginx_fail_no_request(shop: Path) -> None:  # F08
    """Two instances are restarted in turn; nginx keeps its connections to them, and its clients theirs to it."""
    sockets = [shop / "1.sock", shop / "2.sock"]
    options = ["--workers", "2", "--drain-delay", "2"]
    environment = {"DJANGO_SETTINGS_MODULE": "tests.live.project.fronted"}
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(started_on(path, shop, *options, **environment)) for path in sockets]
        front = stack.enter_context(fronted(shop / "nginx", sockets))

        every: Any = {"rate": RATE / 2, "host": HOST}
        with loaded(front.connect, keeps=False, **every) as new, loaded(front.connect, keeps=True, **every) as kept:
            time.sleep(SETTLED_S)
            for number in range(RESTARTS):
                index = number % 2
                assert servers[index].stop() == 0, servers[index].said()
                servers[index] = stack.enter_context(started_on(sockets[index], shop, *options, **environment))
            time.sleep(SETTLED_S)
        for load in (new, kept):
            check(load)
            load.check_ledger(front.connect)
