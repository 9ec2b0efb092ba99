"""Store what came of an attempt, only as long as its row is its own. What became of the function, `running` knows."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

from django.apps import apps
from django.db.models import F
from django.db.models.functions import Now

from nuages.errors import Problem
from nuages.jobs.attempt import Attempt
from nuages.jobs.claim import fenced
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.terms import Job
from nuages.respond.problem import problem_document

_LONGEST_TRACEBACK = 20_000
_FREE: dict[str, Any] = {"worker": "", "lease_until": None}
_MOST_DOUBLINGS = 40


def succeed(attempt: Attempt, result: str | None) -> bool:
    """Store a result; False where the attempt has lost its row."""
    job, output = attempt.job, attempt.output
    told: dict[str, Any] = {"result": result, "content_type": "application/json"}
    told["size_bytes"] = None if result is None else len(result)
    if output is not None:
        output.finish()
        told = {"result": None, "content_type": output.content_type, "filename": output.filename}
        told["size_bytes"] = output.size_bytes
    if not fenced(job).update(**_over("succeeded", job), **attempt.told, **told, problem=None):
        return False
    if job.attempts > 1:
        pieces_of(job).exclude(attempt=job.attempts).delete()
    return True


def fail(attempt: Attempt, problem: Problem, traceback: str = "") -> bool:
    """Fail for good: a dead letter. Its key is free again."""
    job = attempt.job
    told = {"problem": _document(problem), "traceback": _storable(traceback)}
    return _ended(job, **_over("failed", job), **attempt.told, **told, unique_key=None)


def cancel(attempt: Attempt) -> bool:
    """End a job as somebody has asked for. Its key is free again."""
    return _ended(attempt.job, **_over("canceled", attempt.job), **attempt.told, unique_key=None)


def retry(attempt: Attempt, wait_s: float, traceback: str = "") -> bool:
    """Put a job back into its queue, for another attempt after a while."""
    run_at = Now() + dt.timedelta(seconds=wait_s)
    return _ended(attempt.job, status="queued", run_at=run_at, traceback=_storable(traceback), **_FREE)


def give_back(attempt: Attempt) -> bool:
    """Put a job back into its queue as it was: this attempt does not count."""
    return _ended(attempt.job, status="queued", attempts=F("attempts") - 1, started_at=None, **_FREE)


def wait_of(terms: Job, attempts: int) -> float:
    """How long to wait after the nth failed attempt, in seconds: doubled each time, and spread."""
    doubled_s = terms.backoff_s * 2 ** min(attempts - 1, _MOST_DOUBLINGS)
    return float(min(doubled_s, terms.max_backoff_s) * random.uniform(0.75, 1.25))


def pieces_of(job: Any) -> Any:
    """The pieces of a job's result, of every attempt."""
    return apps.get_model("nuages", "JobPiece")._base_manager.using(alias_of_jobs()).filter(job=job.pk)


def _ended(job: Any, **columns: Any) -> bool:
    if not fenced(job).update(**columns):
        return False
    pieces_of(job).delete()
    return True


def _over(status: str, job: Any) -> dict[str, Any]:
    expires_at = Now() + dt.timedelta(seconds=job.keep_s)
    return {"status": status, "finished_at": Now(), "expires_at": expires_at, **_FREE}


def _document(problem: Problem) -> str:
    """A problem as JSON; of an author's own members only those that it can hold."""
    try:
        return json.dumps(problem_document(problem), default=str, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        problem.extension = {}
        return json.dumps(problem_document(problem), default=str)


def _storable(text: str) -> str:
    """The end of a traceback, which tells most, without what a database's text cannot hold."""
    plain = text.encode(errors="replace").decode().replace("\0", "\\0")
    return plain[-_LONGEST_TRACEBACK:]
