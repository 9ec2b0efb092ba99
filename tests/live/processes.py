"""Start servers in processes of their own, speak HTTP to them, and always stop them. No test lives here."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "bookshop"
# A busy machine with two cores has taken ten seconds to start a server.
LIMIT_S = 90.0
NOTHING: Mapping[str, str] = MappingProxyType({})
PROJECT = "tests.live.project.settings"
# `make live` runs the tests of how a server begins and ends over both of granian's interfaces.
INTERFACE = ["--interface", os.environ["NUAGES_INTERFACE"]] if "NUAGES_INTERFACE" in os.environ else []


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server replied."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A server in a process of its own, in its own process group; what it says goes to `log`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    workers: list[int] = field(default_factory=list)

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Send one request on a connection of its own. Header names have underscores for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Open a connection, to be closed by the caller."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_S)

    def send(self, raw: bytes) -> bytes:
        """Send bytes as they are, and give all that comes back until the server closes."""
        received = b""
        with self.connect() as connection:
            connection.sendall(raw)
            with contextlib.suppress(ConnectionResetError):
                while chunk := connection.recv(65536):
                    received += chunk
        return received

    def refuses(self) -> bool:
        """Tell whether nobody listens any more."""
        try:
            self.connect().close()
        except ConnectionError:
            return True
        return False

    def said(self) -> str:
        """Give what the server has written so far."""
        return self.log.read_text(errors="replace")

    def wait_until_up(self) -> None:
        """Wait until liveness is answered."""
        self.wait_for(self.answers)
        self.workers = children_of(self.process.pid)

    def answers(self, path: str = "/-/live", text: str = "") -> bool:
        """Tell whether a path is answered now, with this text in the body."""
        try:
            answer = self.get(path)
        except (OSError, http.client.HTTPException):
            return False
        return answer.status == 200 and text.encode() in answer.body

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition while the process lives."""
        met: list[bool] = []

        def is_over() -> bool:
            met[:] = [condition()]  # asked once: it may hold at one moment and not at the next
            return met[0] or self.process.poll() is not None

        wait_for(is_over, self.said)
        assert met[0], f"the server ended with {self.process.returncode}: {self.said()}"

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(signal_number)
        return self.process.wait(LIMIT_S)


def wait_for(condition: Callable[[], bool], explain: Callable[[], Any] = str) -> None:
    """Wait for a condition, up to a generous limit."""
    deadline_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline_s, explain()
        time.sleep(0.02)


@contextlib.contextmanager
def started(
    command: list[str],
    directory: Path,
    *,
    port: int,
    cwd: Path = SHOP,
    environment: Mapping[str, str] = NOTHING,
    handed: Sequence[int] = (),
) -> Iterator[Server]:
    """Start a server for the length of the block; nothing of it is left afterwards.

    Shapes: `handed` are open files that the process keeps, by their numbers.
    """
    log = directory / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment_of(directory, **environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=handed,
        )
    server = Server(process, port, log)
    try:
        yield server
    finally:
        (directory / "released").touch()
        _end(process, server.workers)


def _end(process: subprocess.Popen[bytes], workers: list[int]) -> None:
    """End the process and whatever it has started; each is known by its id."""
    left = [process.pid, *workers, *children_of(process.pid)]
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
    for number in left:
        if is_running(number):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
    process.wait(LIMIT_S)


def environment_of(directory: Path, **more: str) -> dict[str, str]:
    """Make the environment of a process of the bookshop: its database in `directory`, its modules importable."""
    path = os.pathsep.join([str(ROOT), str(SHOP), *filter(None, [os.environ.get("PYTHONPATH")])])
    kept = {name: value for name, value in os.environ.items() if name not in {"DEBUG", "COV_CORE_SOURCE"}}
    return {
        **kept,
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": PROJECT,
        "DATABASE_URL": f"sqlite:///{directory / 'shop.sqlite3'}",
        "TEST_DIRECTORY": str(directory),
        "DEBUG": "0",
        "NUAGES_JOB_PROCESSES": "0",  # a process of Django's more for each server
        "TOKEN_KEY": "a secret of the tests, which signs nothing else",
        "SECRET_KEY": "only for the tests of Nuages, and long enough to be accepted by every check",
        **more,
    }


def manage(
    directory: Path, *arguments: str, limit_s: float = LIMIT_S, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of the bookshop's manage.py to its end."""
    command = [sys.executable, str(SHOP / "manage.py"), *arguments]
    variables = environment_of(directory, **environment)
    return subprocess.run(
        command, env=variables, cwd=directory, capture_output=True, text=True, check=False, timeout=limit_s
    )


def serve_command(port: int, *arguments: str) -> list[str]:
    """Give the command line of `manage.py serve`."""
    return [sys.executable, str(SHOP / "manage.py"), "serve", "--port", str(port), *INTERFACE, *arguments]


@contextlib.contextmanager
def handed(given: socket.socket, directory: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """Start a server as systemd does: with a listening socket as number 3, and the server's own id in LISTEN_PID."""
    begin = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); "
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[2], sys.argv[2:])"
    )
    serving = [sys.executable, str(SHOP / "manage.py"), "serve", "--quiet", *INTERFACE, *arguments]
    command = [sys.executable, "-c", begin, str(given.fileno()), *serving]
    port = given.getsockname()[1]
    with started(command, directory, port=port, environment=environment, handed=[given.fileno()]) as server:
        yield server


@contextlib.contextmanager
def manager_at(path: Path) -> Iterator[socket.socket]:
    """Be the service manager whom a server tells how far it is, at the path in NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(LIMIT_S)
        try:
            yield manager
        finally:
            path.unlink()


def children_of(pid: int) -> list[int]:
    """Give the ids of the processes that a process has started and that run, its resource tracker left out."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            is_tracker = b"resource_tracker" in (entry / "cmdline").read_bytes()
            if fields[0] != "Z" and int(fields[1]) == pid and not is_tracker:
                found.append(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has looked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """Find a free port and keep the system from giving it to anybody else who asks for a free one."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
