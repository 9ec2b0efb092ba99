"""The promises of the throw-away PostgreSQL server, whatever happens to the process that started it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import Cluster, sweep_directories, temp_postgres

ROOT = Path(__file__).parents[2]
OWNER = """
import sys
from tests.support.postgres import temp_postgres
with temp_postgres() as cluster:
    print(cluster.pid, cluster.directory, flush=True)
    sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what dies with its parent is Linux's own promise")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One server for the tests that only look at it."""
    with temp_postgres(max_connections="7") as cluster:
        yield cluster


def test_server_answers_on_its_socket_only(cluster: Cluster) -> None:
    """A server answers queries on a Unix socket and listens nowhere else."""
    with psycopg.connect(cluster.dsn) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SELECT 1 + 1").fetchone() == (2,)


def test_settings_are_passed_on(cluster: Cluster) -> None:
    """A test may ask for settings of its own."""
    with psycopg.connect(cluster.dsn) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("7",)


def test_server_is_never_root(cluster: Cluster) -> None:
    """PostgreSQL refuses root, so the server is somebody else when the tests run as root."""
    in_namespace = Path(f"/proc/{cluster.pid}/uid_map").read_text().split()[0] != "0"
    assert in_namespace or Path(f"/proc/{cluster.pid}").stat().st_uid != 0


def test_end_of_block_stops_server_with_clients_connected() -> None:
    """The end of the block waits for no client, leaves no process and no directory."""
    with temp_postgres() as cluster:
        connection = psycopg.connect(cluster.dsn)
        before_s = time.monotonic()
    assert time.monotonic() - before_s < 5
    assert not _processes_of(cluster.directory)
    assert not cluster.directory.exists()
    connection.close()


def test_killed_owner_leaves_no_server_and_its_directory_is_swept() -> None:
    """After kill -9 of the process that started it, the server ends by itself and the next start removes its data."""
    with _start_owner() as owner:
        cluster = _read_cluster(owner)
        assert _processes_of(cluster.directory)
        owner.kill()
        owner.wait()
    _wait_until_gone(cluster)
    with temp_postgres():
        assert not cluster.directory.exists()


def test_sweep_spares_the_directory_of_a_living_owner() -> None:
    """A directory whose owner lives is not swept, so that several test runs may go on side by side."""
    with _start_owner() as owner:
        cluster = _read_cluster(owner)
        sweep_directories()
        with psycopg.connect(cluster.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        owner.communicate()  # closes its standard input, and so its block
    assert not cluster.directory.exists()


def test_start_outside_the_main_thread_is_refused() -> None:
    """The server would die with the thread that started it, so only the main thread may."""
    errors: list[RuntimeError] = []

    def start() -> None:
        try:
            with temp_postgres():
                pass
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_failed_start_says_why() -> None:
    """A server that does not start raises what it wrote last, and leaves nothing behind."""
    with pytest.raises(RuntimeError, match="shared_buffers"), temp_postgres(shared_buffers="nonsense"):
        pass


def _start_owner() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _read_cluster(owner: subprocess.Popen[str]) -> Cluster:
    assert owner.stdout
    pid, directory = owner.stdout.readline().split()
    return Cluster(Path(directory), int(pid))


def _processes_of(directory: Path) -> list[int]:
    """Return the ids of the processes that work in the cluster's data directory; a zombie works nowhere."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(directory):
                found.append(int(process.name))
        except OSError:  # it has just ended
            continue
    return found


def _wait_until_gone(cluster: Cluster, limit_s: float = 10) -> None:
    deadline_s = time.monotonic() + limit_s
    while remaining := _processes_of(cluster.directory):
        assert time.monotonic() < deadline_s, f"still running: {remaining}"
        time.sleep(0.02)
