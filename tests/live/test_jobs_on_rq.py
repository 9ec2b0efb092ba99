"""Jobs on RQ: its messages may be lost and its workers killed, the row in the database is the truth."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.processes import SHOP, children_of, started, wait_for
from tests.live.racing import temp_url
from tests.live.working import PROJECT, Jobs
from tests.support.valkey import Valkey, temp_valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """Where RQ's queues are."""
    with temp_valkey() as valkey:
        yield valkey


@pytest.fixture
def jobs(seeded: Path, tmp_path: Path, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A database without a job, whose jobs are handed to RQ."""
    monkeypatch.setenv("TEST_RQ_URL", valkey.url)
    with temp_url("sqlite", tmp_path, seeded) as url:
        yield Jobs(url, tmp_path)


@contextmanager
def rq_worker(jobs: Jobs) -> Iterator[None]:
    """RQ's own command, which knows nothing of leases."""
    arguments = ["rqworker", "default", "--job-class", "django_tasks_rq.Job"]
    given = {"DATABASE_URL": jobs.url, "DJANGO_SETTINGS_MODULE": PROJECT}
    command = [sys.executable, str(SHOP / "manage.py"), *arguments]
    with started(command, jobs.directory, port=1, environment=given) as process:
        try:
            yield
        finally:
            process.workers = children_of(process.process.pid)


def test_jobs_go_over_rq_and_are_not_lost_with_it(jobs: Jobs, valkey: Valkey) -> None:
    """Its own processes and ours run them; a killed one's job is run by another, and messages may be lost."""
    held = [jobs.hold(name) for name in ("job a", "job b")]
    with jobs.worker("--processes", "1") as worker, rq_worker(jobs):
        jobs.enqueue("plain.enqueue('job a'); plain.enqueue('job b')")
        jobs.wait_for_note("job a begins 1")
        jobs.wait_for_note("job b begins 1")
        running = {name.split(":")[1] for (name,) in jobs.ask("SELECT worker FROM nuages_job")}
        ours = set(map(str, children_of(worker.process.pid)))
        assert len(running) == 2, "each of the two has one"
        assert len(running & ours) == 1
        os.kill(int(*(running & ours)), signal.SIGKILL)
        for path in held:
            path.unlink()
        jobs.wait_for("succeeded")
        assert sorted(jobs.ask("SELECT attempts FROM nuages_job")) == [(1,), (2,)]
        valkey.kill()
        jobs.enqueue("plain.enqueue('job c'); endless_coroutine.enqueue()")
        assert jobs.statuses() == {"succeeded": 2, "queued": 2}
        valkey.start()
        jobs.wait_for("succeeded", "failed")
        assert jobs.statuses() == {"succeeded": 3, "failed": 1}
    assert jobs.ledger().count("job c") == 1
    assert "coroutine ended" in jobs.ledger(), "it has a time limit, also there"
    ((problem,),) = jobs.ask("SELECT problem FROM nuages_job WHERE status = 'failed'")
    assert "urn:nuages:problem:time-limit" in problem, "its own, not RQ's"


def test_what_is_forgotten_is_handed_over_again(jobs: Jobs, valkey: Valkey) -> None:
    """As by a Valkey that was restarted with nobody there; what was rolled back is not there either."""
    jobs.enqueue(
        "plain.enqueue('job a')\n"
        "with transaction.atomic():\n"
        "    plain.enqueue('rolled back')\n"
        "    transaction.set_rollback(True)\n"
    )
    assert valkey.client.llen("rq:queue:default") == 1
    valkey.client.flushall()
    with jobs.worker("--processes", "1") as worker:
        jobs.wait_for("succeeded")
        wait_for(lambda: valkey.client.llen("rq:queue:default") == 0)
        assert worker.stop() == 0
    assert jobs.ledger() == ["job a begins 1", "job a"]
