"""What a project's own tests may use: who may do and see what, and endpoints that answer just as they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models.functions import Now

from nuages.diagnose.access import Matrix, access_matrix
from nuages.functions.encoding import checking
from nuages.jobs.claim import claim
from nuages.jobs.discovering import discover
from nuages.jobs.enqueue import job_rows
from nuages.jobs.running import run_claimed

__all__ = ["Matrix", "access_matrix", "checked_answers", "run_jobs"]

_MOST_JOBS = 10_000


@contextmanager
def checked_answers() -> Iterator[None]:
    """Let an endpoint whose answer holds what its annotation does not name fail, as it does where DEBUG is on.

    Shapes: `with checked_answers(): client.get("/api/stats/FR")`.
    """
    token = checking.set(True)
    try:
        yield
    finally:
        checking.reset(token)


def run_jobs(*, skip_delays: bool = False, most: int = _MOST_JOBS) -> list[Any]:
    """Run every job that is due, here and now, and those that these enqueue; gives them as they are afterwards.

    Shapes: a list of `StoredJob`, one for each run: a job that was tried twice is there twice. With `skip_delays` none
        waits for its time, so that a job that fails is tried as often as it may be. After `most` runs it is enough.
    """
    discover()
    ran: list[Any] = []
    while len(ran) < most:
        if skip_delays:
            job_rows().filter(status="queued", run_at__gt=Now()).update(run_at=Now())
        job = claim("nuages.testing")
        if job is None:
            break
        run_claimed(job)
        ran.append(job.pk)
    found = job_rows().in_bulk(ran)
    return [found[each] for each in ran if each in found]
