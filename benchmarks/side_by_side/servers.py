"""Start a peer's server, wait until it answers, and stop it with everything that it started."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.side_by_side import processes
from benchmarks.side_by_side.databases import Place
from benchmarks.side_by_side.environments import PEERS_DIRECTORY, python_of
from benchmarks.side_by_side.peers import Peer

START_LIMIT_S = 40
STOP_LIMIT_S = 8
HOST = "127.0.0.1"


class ServerError(Exception):
    """A server that did not start."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A peer on a database with a number of workers, under the name that its figures get."""

    name: str
    peer: Peer
    place: Place
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    stand: Stand
    port: int
    pid: int
    log: Path


@contextmanager
def run_server(stand: Stand, directory: Path) -> Iterator[Server]:
    """Run a peer for the length of the block; `directory` gets its log.

    Raises: ServerError if it does not answer.
    """
    log = directory / f"{stand.name}.log"
    port = _free_port()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            _command(stand, port),
            cwd=PEERS_DIRECTORY,
            env=_environment(stand, directory),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the driver alone, which then stops what it started
        ) as process,
    ):
        try:
            server = Server(stand, port, process.pid, log)
            _wait_until_ready(server, process)
            yield server
        finally:
            _stop(process)


def fetch(port: int, path: str, *, body: str | None = None, token: str | None = None) -> tuple[int, bytes, str]:
    """Ask once, on a connection of its own; gives status, body and content type."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("content-type") or ""
    finally:
        connection.close()


def _command(stand: Stand, port: int) -> list[str]:
    python = python_of(stand.peer.python)
    slots = {"python": python, "bin": python.parent, "port": port, "workers": stand.workers}
    return [part.format(**slots) for part in stand.peer.command]


def _environment(stand: Stand, directory: Path) -> dict[str, str]:
    peer = {"DJANGO_SETTINGS_MODULE": "on_django.settings", **stand.peer.environment}
    return {**os.environ, **stand.place.environment, "BENCH_CONSTANTS": str(directory), **peer}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            if fetch(server.port, server.stand.peer.ready)[0] == 200:
                return
        time.sleep(0.005)  # the part "start" measures when the first answer comes
    said = server.log.read_text(errors="replace")[-1500:]
    raise ServerError(f"{server.stand.name} did not start (exit code {process.poll()}): {said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end; then end those of its family that are left. A process is known by its start, too."""
    mine = processes.family(process.pid)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_LIMIT_S)
    for one in mine:
        if processes.is_alive(one):
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
    process.wait()
