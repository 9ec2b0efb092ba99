"""A server that is told to end lets requests in flight finish; one that is killed leaves no process behind."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.conftest import Serve
from tests.live.processes import Reply, Server, children_of, is_running, serve_command, started, wait_for


@contextmanager
def in_flight(server: Server, directory: Path, path: str) -> Iterator[Future[Reply]]:
    """Send a request that waits for `release`, and go on when the server works at it."""
    with ThreadPoolExecutor(1) as thread:
        reply = thread.submit(server.get, path)
        server.wait_for((directory / "begun").exists)
        try:
            yield reply
        finally:
            _release(directory)


def _release(directory: Path) -> None:
    (directory / "released").touch()


@pytest.mark.parametrize(
    ("path", "signals"),
    [
        ("/odd/waiting", ["SIGTERM"]),
        ("/wait/", ["SIGTERM"]),
        ("/odd/waiting", ["SIGINT"]),
        ("/odd/waiting", ["SIGTERM", "SIGTERM", "SIGINT"]),
    ],
    ids=str,
)
def test_request_in_flight_is_finished(serve: Serve, shop: Path, path: str, signals: list[str]) -> None:  # F10
    """After SIGTERM or Ctrl-C nobody new is let in, who is in is answered, and the exit code is 0."""
    server = serve("--quiet")
    with in_flight(server, shop, path) as reply:
        for name in signals:
            server.process.send_signal(signal.Signals[name])
            server.wait_for(server.refuses)
        assert not reply.done()
        _release(shop)
        assert reply.result().status == 200
    assert server.process.wait(60) == 0
    assert not any(map(is_running, server.workers))


def test_control_c_in_a_terminal_is_one_end(serve: Serve, shop: Path) -> None:
    """A terminal sends Ctrl-C to every process of the group; requests in flight are finished all the same."""
    server = serve("--quiet", "--workers", "2")
    with in_flight(server, shop, "/odd/waiting") as reply:
        os.killpg(server.process.pid, signal.SIGINT)
        server.wait_for(server.refuses)
        _release(shop)
        assert reply.result().status == 200
    assert server.process.wait(60) == 0
    assert "Unexpected exit" not in server.said()
    assert "Traceback" not in server.said()


def test_drain_has_a_limit(serve: Serve, shop: Path) -> None:
    """A request that does not end in time is given up, and the server ends."""
    server = serve("--quiet", TEST_DRAIN_S="1")
    with in_flight(server, shop, "/odd/waiting") as reply:
        assert server.stop() == 0
        assert isinstance(reply.exception(60), ConnectionError)
    assert not any(map(is_running, server.workers))


def test_idle_connection_does_not_hold_up_the_end(serve: Serve) -> None:
    """A client that keeps its connection open and says nothing is not waited for."""
    server = serve("--quiet")
    with server.connect() as idle:
        idle.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in idle.recv(65536)
        assert server.stop() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_server_leaves_no_worker(serve: Serve, workers: str) -> None:
    """After kill -9 of the main process its workers end by themselves, and the port is free."""
    server = serve("--quiet", "--workers", workers)
    assert len(server.workers) == int(workers)
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not any(map(is_running, server.workers)))
    assert server.refuses()


def test_killed_server_lets_its_workers_finish_what_they_began(serve: Serve, shop: Path) -> None:
    """A worker whose parent was killed answers the request it works at, and takes no other."""
    server = serve("--quiet")
    with in_flight(server, shop, "/odd/waiting") as reply:
        server.stop(signal.SIGKILL)
        wait_for(server.refuses)
        _release(shop)
        assert reply.result().status == 200
    wait_for(lambda: not any(map(is_running, server.workers)))


def test_request_without_end_does_not_keep_an_orphan(serve: Serve, shop: Path) -> None:
    """A worker whose parent was killed waits no longer than a drain for the request it works at."""
    server = serve("--quiet", TEST_DRAIN_S="1")
    with in_flight(server, shop, "/odd/waiting") as reply:
        server.stop(signal.SIGKILL)
        wait_for(lambda: not any(map(is_running, server.workers)))
        assert reply.exception(60)


def test_killed_worker_is_replaced(serve: Serve) -> None:
    """A worker that dies is replaced by another, and the server goes on."""
    server = serve("--quiet")
    before = server.workers
    os.kill(before[0], signal.SIGKILL)
    server.wait_for(lambda: not is_running(before[0]))
    server.wait_until_up()
    assert server.workers
    assert server.workers != before
    assert server.stop() == 0


def test_hangup_starts_the_workers_anew(serve: Serve) -> None:  # F10
    """SIGHUP, as a service manager sends it, replaces the workers; the server goes on."""
    server = serve("--quiet")
    before = server.workers
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(lambda: server.answers() and not is_running(before[0]))
    server.wait_until_up()
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("name", "has_workers"),
    # Not SIGINT before there are workers: Python itself may swallow it while it imports.
    [("SIGTERM", False), ("SIGKILL", False), ("SIGTERM", True), ("SIGINT", True), ("SIGKILL", True)],
)
def test_signal_during_the_start_leaves_nothing(shop: Path, port: int, name: str, has_workers: bool) -> None:  # F10
    """A server that is told to end while it starts, or while its workers do, ends and leaves none."""
    with started(serve_command(port, "--quiet"), shop, port=port) as server:
        if has_workers:
            server.wait_for(lambda: children_of(server.process.pid) != [])
        workers = children_of(server.process.pid)
        server.stop(signal.Signals[name])
        wait_for(lambda: not any(map(is_running, workers)))
        assert server.refuses()
