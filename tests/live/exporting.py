"""A table that is long, the servers that export it, and clients that read, wait and go away. No test lives here."""

import http.client
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.live.processes import LIMIT_S, SHOP, Server, children_of, held_port, serve_command, started
from tests.live.racing import managed

_PYTHON = [sys.executable, "-m"]
SERVERS = {
    "serve": [],
    "gunicorn": [
        *_PYTHON,
        "gunicorn",
        "--no-control-socket",
        "--threads",
        "4",
        "--bind",
        "127.0.0.1:{}",
        "nuages.wsgi",
    ],
    "uvicorn": [*_PYTHON, "uvicorn", "--log-level", "warning", "--port", "{}", "nuages.asgi:application"],
    "granian": [*_PYTHON, "granian", "--port", "{}", "--interface", "asgi", "nuages.asgi:application"],
}
FIRST = 1_000_000  # the first key of the rows that are made: those that were seeded are below
_FILL = """
from django.db import connection
is_sqlite = connection.vendor == "sqlite"
numbers = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n) n" \\
    if is_sqlite else "generate_series(1, {rows}) n(i)"
name = "printf('%0100d', i)" if is_sqlite else "lpad(i::text, 100, '0')"
with connection.cursor() as cursor:
    cursor.execute(f"INSERT INTO shop_author (id, name, country) SELECT {first} + i, {{name}}, 'FR' FROM {{numbers}}")
"""


def fill(directory: Path, url: str, rows: int) -> None:
    """Make so many authors, of 100 characters each, in one statement."""
    managed(directory, url, "shell", "-v0", "-c", _FILL.format(rows=rows, first=FIRST), limit_s=600.0)


@contextmanager
def exporting(kind: str, directory: Path, url: str, **environment: str) -> Iterator[Server]:
    """A server of one process, for the length of the block."""
    with held_port() as port:
        command = [part.format(port) for part in SERVERS[kind]] or serve_command(port, "--quiet", "--workers", "1")
        told = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.live.project.exports", **environment}
        with started(command, directory, port=port, cwd=SHOP, environment=told) as server:
            server.wait_until_up()
            yield server


@contextmanager
def asked(
    server: Server, question: str = "", accept: str = "application/x-ndjson"
) -> Iterator[http.client.HTTPResponse]:
    """Ask for an export and read no more of it than the headers; the block may read the rest, or go away."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)) as connection:
        connection.request("GET", f"/api/authors{question}", headers={"Accept": accept})
        with connection.getresponse() as response:
            yield response


def count_lines(response: http.client.HTTPResponse, look: Callable[[], None] = lambda: None) -> tuple[int, bytes]:
    """Read an export to its end and hold nothing of it; how many lines there are, and what stands behind the last.

    Shapes: `look` is called for every megabyte.
    """
    lines, rest = 0, b""
    while piece := response.read(1 << 20):
        whole, _, rest = (rest + piece).rpartition(b"\n")
        lines += whole.count(b"\n") + 1
        look()
    return lines, rest


class Growth:
    """How much more memory of their own a server's processes had at any look than at first.

    Pages of files do not count: SQLite maps the database's file (mmap_size), which the system may drop at any time.
    """

    def __init__(self, server: Server) -> None:
        self._processes = [server.process.pid, *children_of(server.process.pid)]
        self._first_bytes = self._now_bytes()
        self.most_bytes = 0

    def look(self) -> None:
        """Look now."""
        self.most_bytes = max(self.most_bytes, self._now_bytes() - self._first_bytes)

    def _now_bytes(self) -> int:
        lines = [line for pid in self._processes for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))
