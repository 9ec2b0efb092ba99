"""Workers in processes of their own, and a look at the jobs that they have. No test lives here."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from tests.live.processes import SHOP, Server, children_of, manage, started, wait_for

PROJECT = "tests.live.project.jobs"


class Jobs:
    """The jobs of a database, asked as anybody could: by SQL.

    Shapes: `directory` has the ledger of what was done.
    """

    def __init__(self, url: str, directory: Path) -> None:
        self.url, self.directory = url, directory

    def ask(self, sql: str) -> list[Any]:
        """Run a statement; gives the rows."""
        with closing(self._connect()) as connection:
            cursor = connection.execute(sql)
            rows = list(cursor) if cursor.description else []
            connection.commit()
            return rows

    def enqueue(self, code: str) -> None:
        """Run some lines that enqueue jobs."""
        lines = f"from django.db import transaction\nfrom tests.live.project.jobs_urls import *\n{code}"
        self.managed("shell", "-v", "0", "-c", lines)

    def managed(self, *arguments: str) -> None:
        """Run a command of manage.py, which must succeed."""
        given = {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": PROJECT}
        done = manage(self.directory, *arguments, **given)  # type: ignore[arg-type]
        assert done.returncode == 0, done.stderr

    def statuses(self) -> dict[str, int]:
        """How many jobs there are of each status."""
        return dict(self.ask("SELECT status, COUNT(*) FROM nuages_job GROUP BY status"))

    def wait_for(self, *statuses: str) -> None:
        """Wait until no job has another status than these."""
        wait_for(lambda: set(self.statuses()) <= set(statuses), lambda: f"{self.statuses()} {self.ledger()[-20:]}")

    def ledger(self) -> list[str]:
        """What functions have noted."""
        path = self.directory / "ledger"
        return path.read_text().splitlines() if path.exists() else []

    def wait_for_note(self, note: str) -> None:
        """Wait until a function has noted something."""
        wait_for(lambda: note in self.ledger(), self.ledger)

    def make_due(self) -> None:
        """Let every job that waits be due now."""
        self.ask("UPDATE nuages_job SET run_at = created_at WHERE status = 'queued'")

    def hold(self, name: str) -> Path:
        """Let the job of a name wait until the file that this gives has gone."""
        path = self.directory / f"hold-{name}"
        path.touch()
        return path

    @contextmanager
    def worker(self, *arguments: str, number: int = 0, **environment: str) -> Iterator[Server]:
        """Start `manage.py worker`."""
        command = [sys.executable, str(SHOP / "manage.py"), "worker", *arguments]
        given = {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": PROJECT, **environment}
        with started(command, self.directory, port=number, environment=given) as worker:
            wait_for(lambda: "Worker: " in worker.said() or worker.process.poll() is not None, worker.said)
            worker.workers = children_of(worker.process.pid)
            try:
                yield worker
            finally:
                worker.workers = children_of(worker.process.pid)

    def _connect(self) -> Any:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)
        return psycopg.connect(f"host={unquote(urlsplit(self.url).hostname or '')} user=postgres dbname=postgres")
