"""Many workers at one queue: each job is one's, and those of dead ones are given to others."""

import datetime as dt
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now

from nuages.jobs.claim import claim
from nuages.jobs.lost import return_lost
from nuages.jobs.purge import purge_jobs
from nuages.models import JobPiece, StoredJob
from nuages.testing import run_jobs
from tests.unit.jobs.doing import add, fail_until, greet

JOBS, WORKERS = 120, 12


def test_each_job_is_claimed_once(database: Any, transactional_db: None) -> None:  # T03
    """However many reach for it at once."""
    for number in range(JOBS):
        add.enqueue(number)
    meet = threading.Barrier(WORKERS)

    def work(number: int) -> list[Any]:
        meet.wait()
        try:
            found = []
            while (job := claim(f"worker {number}")) is not None:
                found.append((job.pk, job.attempts, job.worker))
            return found
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        claimed = [each for found in pool.map(work, range(WORKERS)) for each in found]
    assert Counter(key for key, _, _ in claimed) == Counter(StoredJob.objects.values_list("pk", flat=True))
    assert len(claimed) == JOBS
    assert set(StoredJob.objects.values_list("attempts", "status")) == {(1, "running")}
    assert set(StoredJob.objects.values_list("pk", "attempts", "worker")) == set(claimed)


def lose(key: str) -> None:
    """Let the worker of a job have died long ago."""
    StoredJob.objects.filter(pk=key).update(status="running", worker="dead", attempts=1)
    StoredJob.objects.filter(pk=key).update(lease_until=Now() - dt.timedelta(seconds=1))
    JobPiece.objects.create(job_id=key, attempt=1, number=0, content=b"half")


@pytest.mark.usefixtures("database")
def test_jobs_of_dead_workers_are_given_to_others() -> None:  # T02
    """Those that have attempts left, at once; of those that somebody has canceled, none."""
    keys = again, used_up, canceled = add.enqueue(1), greet.using(key="k").enqueue("a"), add.enqueue(2)
    for key in keys:
        lose(key)
    StoredJob.objects.filter(pk=used_up).update(max_attempts=1)
    StoredJob.objects.filter(pk=canceled).update(cancel_asked_at=Now())
    alive = add.enqueue(3)
    claim("alive")
    assert (return_lost(), return_lost()) == (3, 0)
    status = {str(job.pk): job.status for job in StoredJob.objects.all()}
    assert status == {again: "queued", used_up: "failed", canceled: "canceled", alive: "running"}
    letter = StoredJob.objects.get(pk=used_up)
    assert json.loads(letter.problem or "")["type"] == "urn:nuages:problem:worker-lost"
    assert (letter.unique_key, letter.worker, letter.expires_at is None) == (None, "", False)
    assert not JobPiece.objects.exists()
    assert [str(ran.pk) for ran in run_jobs()] == [again]
    assert StoredJob.objects.get(pk=again).attempts == 2


@pytest.mark.usefixtures("database")
def test_what_has_expired_is_deleted() -> None:
    """With the pieces of its result; all else is kept."""
    fail_until.enqueue(1)
    kept = add.enqueue(1)
    waiting = add.using(delay_s=60).enqueue(2)
    run_jobs()
    assert purge_jobs() == 0
    StoredJob.objects.filter(name=fail_until.function.name).update(expires_at=Now() - dt.timedelta(seconds=1))
    assert purge_jobs() == 1
    assert {str(key) for key in StoredJob.objects.values_list("pk", flat=True)} == {kept, waiting}
    assert not JobPiece.objects.exists()
