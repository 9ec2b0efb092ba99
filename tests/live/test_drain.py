"""A server that is told to end says so first, and answers everybody whom it has accepted."""

import contextlib
import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.conftest import Serve
from tests.live.fronted import started_on
from tests.live.processes import (
    LIMIT_S,
    Server,
    children_of,
    handed,
    is_running,
    manage,
    manager_at,
    wait_for,
)


def test_readiness_goes_off_first(serve: Serve) -> None:  # F07
    """After SIGTERM readiness is 503 and everything else is answered, on connections that are closed after it."""
    server = serve("--quiet", "--workers", "2", "--drain-delay", "60")
    with _kept(server) as kept:
        assert _ask(kept, "/api/books/1").getheader("connection") != "close"
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(lambda: server.get("/-/ready").status == 503)
        refused = server.get("/-/ready")
        assert b"draining" in refused.body
        assert refused.headers["retry-after"] == "1"
        assert server.get("/-/live").status == 200
        # Each worker has heard of it, in its own time.
        server.wait_for(lambda: all(server.get("/api/books/1").headers.get("connection") == "close" for _ in range(8)))
        assert server.get("/admin/login/").headers["connection"] == "close"
        assert _ask(kept, "/api/books/1").getheader("connection") == "close"
    assert server.process.poll() is None
    assert server.stop() == 0  # told twice, it does not wait for the rest of the delay
    assert not any(map(is_running, server.workers))


def test_nothing_is_accepted_after_the_delay(serve: Serve) -> None:
    """The delay ends by itself, and with it the server; the setting says the same as the option."""
    server = serve("--quiet", TEST_DRAIN_DELAY_S="1")
    begun_s = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun_s >= 1
    assert server.refuses()


def test_connection_that_has_not_asked_yet_is_answered(serve: Serve) -> None:  # F09
    """Who was accepted before SIGTERM and sends afterwards gets an answer."""
    server = serve("--quiet", "--drain-delay", "60")
    with server.connect() as early:
        time.sleep(0.1)  # until it is accepted
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(lambda: server.get("/-/ready").status == 503)
        early.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert early.recv(65536).startswith(b"HTTP/1.1 200")


def test_everybody_who_has_asked_is_answered(serve: Serve, shop: Path) -> None:
    """Twice as many as there are threads: those in flight, and those who wait for a thread."""
    server = serve("--quiet", TEST_THREADS="2")
    with ThreadPoolExecutor(4) as clients:
        replies = [clients.submit(server.get, "/odd/waiting") for _ in range(4)]
        server.wait_for((shop / "begun").exists)
        time.sleep(0.5)  # until the others have been accepted, who cannot say so
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(server.refuses)
        (shop / "released").touch()
        assert [reply.result(LIMIT_S).status for reply in replies] == [200] * 4
    assert server.process.wait(LIMIT_S) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_socket_comes_and_goes_with_its_server(shop: Path, workers: str) -> None:
    """A server on a Unix socket is asked there, drains as on a port, and takes its file away."""
    path = shop / "1.sock"
    with started_on(path, shop, "--workers", workers, "--socket-mode", "600") as server:
        assert path.stat().st_mode & 0o777 == 0o600
        with _connected(path) as early:
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: not path.exists())
            early.sendall(b"GET /api/books/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert early.recv(65536).startswith(b"HTTP/1.1 200")
        assert server.process.wait(LIMIT_S) == 0
        assert "Traceback" not in server.said()


def test_killed_server_leaves_a_socket_that_is_taken_over(shop: Path) -> None:
    """After kill -9 the workers end, the file stays, and the next server serves there; a second beside it does not."""
    path = shop / "1.sock"
    with started_on(path, shop) as first:
        first.stop(signal.SIGKILL)
        wait_for(lambda: not any(map(is_running, first.workers)))
    assert path.exists()
    with started_on(path, shop):
        third = manage(shop, "serve", "--socket", str(path))
        assert third.returncode == 1
        assert f"Cannot listen at {path}: Address already in use." in third.stderr
        assert "Traceback" not in third.stderr
        with _connected(path) as asking:
            asking.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asking.recv(65536).startswith(b"HTTP/1.1 200")


def test_every_worker_ends_with_its_parent(serve: Serve) -> None:
    """So do one that has replaced another, and one that came with a reload."""
    server = serve("--quiet", "--workers", "2")
    os.kill(server.workers[0], signal.SIGKILL)
    server.wait_for(lambda: len(children_of(server.process.pid)) == 2 and not is_running(server.workers[0]))
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(lambda: not is_running(server.workers[1]) and len(children_of(server.process.pid)) == 2)
    server.workers += children_of(server.process.pid)
    server.stop(signal.SIGKILL)
    wait_for(lambda: not any(map(is_running, server.workers)))
    assert server.refuses()


def test_server_on_a_socket_that_is_handed_over(shop: Path) -> None:
    """Started by systemd, it serves the socket that it was given, says when it is ready, and leaves it open."""
    with socket.socket() as given, manager_at(shop / "notify") as manager:
        given.bind(("127.0.0.1", 0))
        given.listen()
        with handed(given, shop, NOTIFY_SOCKET=str(shop / "notify")) as server:
            assert manager.recv(100) == b"READY=1"
            assert server.answers()
            assert server.stop() == 0
            assert manager.recv(100) == b"STOPPING=1"
            with server.connect() as waiting:  # nobody is there to accept it, and it waits for the next server
                waiting.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                with handed(given, shop):
                    assert waiting.recv(65536).startswith(b"HTTP/1.1 200")


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(LIMIT_S)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _kept(server: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)
    try:
        yield connection
    finally:
        connection.close()


def _ask(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response
