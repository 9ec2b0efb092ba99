"""The address is claimed before the server starts: a port, a Unix socket with its rights, or one handed over."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nuages.servers.listening import handed_over, listen_at, listen_on


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at, sharing it with whoever asks, as granian alone would."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a socket may lie; short, as a socket's path has to be."""
    monkeypatch.chdir(tmp_path)
    return Path("shop.sock")


def test_port_in_use_is_refused(taken: int) -> None:
    """A second server on the same port does not start."""
    with pytest.raises(OSError, match="in use"):
        listen_at("127.0.0.1", taken)


def test_address_is_numeric_and_ours() -> None:
    """A name becomes its address, port 0 a free port; a foreign address and an unknown name are errors."""
    bound = listen_at("localhost", 0)
    with bound.socket:
        host, port = bound.socket.getsockname()
        assert (host, bound.url) == ("127.0.0.1", f"http://127.0.0.1:{port}")
        assert not bound.is_unix
    with pytest.raises(OSError, match="assign"):
        listen_at("192.0.2.1", 8000)
    with pytest.raises(OSError, match="known"):
        listen_at("no.such.host.invalid", 8000)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_url_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    """A server at every address is shown at one of this machine's own."""
    bound = listen_at(host, 0)
    with bound.socket:
        assert bound.url == f"http://{shown}:{bound.socket.getsockname()[1]}"


@pytest.mark.parametrize("mode", [0o660, 0o600, 0o666])
def test_socket_has_its_rights_and_goes_with_its_server(path: Path, mode: int) -> None:
    """Who may connect is said by the file's mode, whatever the umask; withdrawn, the file is gone."""
    before = os.umask(0o022)
    try:
        bound = listen_on(path, mode)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    with bound.socket:
        assert path.stat().st_mode & 0o777 == mode
        assert (bound.is_unix, bound.url) == (True, "http://unix:shop.sock:")
        bound.withdraw()
        assert not path.exists()
        bound.withdraw()


def test_stale_socket_is_taken_over(path: Path) -> None:
    """A socket that a killed server has left is no obstacle; one that is listened at is, and it stays."""
    first = listen_on(path, 0o660)
    first.socket.listen()
    with pytest.raises(OSError, match="in use"):
        listen_on(path, 0o660)
    assert path.exists()
    first.socket.close()
    second = listen_on(path, 0o660)
    with second.socket:
        first.withdraw()
        assert path.exists(), "a server takes away another's socket"


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_only_a_socket_is_replaced(path: Path, kind: str) -> None:
    """Whatever else lies there is left alone."""
    if kind == "link":
        path.symlink_to("elsewhere")
    else:
        (path.touch if kind == "file" else path.mkdir)()
    with pytest.raises(OSError, match="no socket"):
        listen_on(path, 0o660)
    assert path.is_symlink() or path.exists()


def test_path_that_cannot_be_is_said(path: Path) -> None:
    """A directory that is not there, and a path that is too long, are errors of the system."""
    with pytest.raises(OSError, match="No such"):
        listen_on(path / "below", 0o660)
    with pytest.raises(OSError, match="too long"):
        listen_on(Path("x" * 200), 0o660)


@pytest.mark.parametrize(
    "environment",
    [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getppid())}],
    ids=["none", "nobody's", "another's"],
)
def test_socket_of_another_process_is_not_taken(environment: dict[str, str]) -> None:
    """The variables of systemd are inherited: they mean the process that they name."""
    assert handed_over(environment, os.getpid()) is None


_HANDED = """
import os, socket, sys
from nuages.servers.listening import handed_over
given = socket.socket()
given.bind(("127.0.0.1", 0))
if sys.argv[1] == "listens":
    given.listen()
os.dup2(given.fileno(), 3)
try:
    bound = handed_over({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": sys.argv[2]}, os.getpid())
    print("taken", bound.socket.getsockname() == given.getsockname(), os.get_inheritable(3))
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize(
    ("state", "number", "said"),
    [
        ("listens", "1", "taken True False"),
        ("listens", "2", "One socket is served, not 2"),
        ("rests", "1", "The socket handed over does not listen for streams"),
    ],
)
def test_socket_is_handed_over(state: str, number: str, said: str) -> None:
    """The one listening socket with the number 3 is taken, and nothing else."""
    command = [sys.executable, "-c", _HANDED, state, number]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    assert done.stdout.strip() == said, done.stderr
