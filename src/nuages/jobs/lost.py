"""Find jobs whose workers have died, and give them to others; those that have no attempts left have failed."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

from django.db.models.functions import Now

from nuages.errors import Problem
from nuages.jobs.claim import lost
from nuages.jobs.outcome import pieces_of
from nuages.logs import log_entry
from nuages.respond.problem import problem_document

_MOST = 500
_FREE: dict[str, Any] = {"worker": "", "lease_until": None}
_PROBLEM = Problem("The worker that ran this job has died, as had those before it.", code="worker-lost")


def return_lost() -> int:
    """Put jobs back into their queues whose leases are over, or end them; how many there were.

    Raises: django.db.DatabaseError.
    """
    return sum(_return(job) for job in lost()[:_MOST])


def _return(job: Any) -> int:
    """A worker that lives after all has renewed its lease meanwhile, or notices that it has none."""
    columns = _columns(job)
    if not lost().filter(pk=job.pk, attempts=job.attempts, worker=job.worker).update(**columns, **_FREE):
        return 0
    pieces_of(job).delete()
    told = (job.pk, job.name, job.worker, job.attempts, job.max_attempts, columns["status"])
    log_entry(logging.WARNING, "The job %s (%s) was lost with %s, attempt %s of %s: %s", *told, log="nuages.jobs")
    return 1


def _columns(job: Any) -> dict[str, Any]:
    if job.cancel_asked_at is None and job.attempts < job.max_attempts:
        return {"status": "queued", "run_at": Now()}
    over = {"finished_at": Now(), "expires_at": Now() + dt.timedelta(seconds=job.keep_s), "unique_key": None}
    if job.cancel_asked_at is not None:
        return {"status": "canceled", **over}
    return {"status": "failed", "problem": json.dumps(problem_document(_PROBLEM)), **over}
