"""Start PgBouncer in front of a PostgreSQL, lending its connections by transaction. Only where the system has it."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.postgres import Cluster

START_LIMIT_S = 60
CONNECTIONS = 2
"""How many it has to lend: fewer than clients, so that they change hands."""


def has_pooler() -> bool:
    """Whether PgBouncer is installed."""
    return shutil.which("pgbouncer", path="/usr/sbin:/usr/bin") is not None


@contextmanager
def temp_pooler(cluster: Cluster) -> Iterator[Path]:
    """The directory of a socket, at the port 6432, behind which the cluster is."""
    with tempfile.TemporaryDirectory(prefix="nuages-pgb-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        _write_settings(directory, cluster)
        program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin") or "pgbouncer"
        # It refuses root, as PostgreSQL does; of its files the server's account needs none but these.
        as_nobody = ["--user", "nobody"] if Path("/proc/self").stat().st_uid == 0 else []
        if as_nobody:
            shutil.chown(directory, "nobody")
        command = [program, "-q", *as_nobody, str(directory / "pgbouncer.ini")]
        with subprocess.Popen(command, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True) as pooler:
            try:
                _wait_until_ready(directory)
                yield directory
            finally:
                pooler.send_signal(signal.SIGTERM)
                pooler.wait(START_LIMIT_S)


def _write_settings(directory: Path, cluster: Cluster) -> None:
    (directory / "users.txt").write_text('"postgres" ""\n')
    (directory / "pgbouncer.ini").write_text(
        f"""
[databases]
* = host={cluster.directory} port=5432 user=postgres
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {directory}
auth_type = trust
auth_file = {directory / "users.txt"}
pool_mode = transaction
default_pool_size = {CONNECTIONS}
ignore_startup_parameters = extra_float_digits
"""
    )


def _wait_until_ready(directory: Path) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while True:
        try:
            psycopg.connect(f"host={directory} port=6432 user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline_s, "PgBouncer did not start"
            time.sleep(0.05)
        else:
            return
