"""What others than workers may do to a stored job: end it, or have one that has failed run again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models.functions import Now

from nuages.jobs.enqueue import job_rows


def ask_to_cancel(job_id: Any) -> str | None:
    """End a job: one that waits at once, one that runs within some seconds; gives its status afterwards.

    Shapes: "running" where its end has been asked for; None where there is no such job.
    """
    rows = job_rows().filter(pk=job_id)
    keep_s = rows.values_list("keep_s", flat=True).first() or 0
    ended = {"status": "canceled", "finished_at": Now(), "expires_at": Now() + dt.timedelta(seconds=keep_s)}
    if rows.filter(status="queued").update(**ended, unique_key=None):
        return "canceled"
    rows.filter(status="running", cancel_asked_at=None).update(cancel_asked_at=Now())
    status: str | None = rows.values_list("status", flat=True).first()
    return status


def requeue(job_id: Any) -> bool:
    """Have a job that has failed, or was canceled, run again with all its attempts; False where it is neither."""
    fresh: dict[str, Any] = dict.fromkeys(("started_at", "finished_at", "expires_at", "cancel_asked_at"))
    rows = job_rows().filter(pk=job_id, status__in=["failed", "canceled"])
    again = {"status": "queued", "attempts": 0, "run_at": Now(), "problem": None, "traceback": ""}
    return bool(rows.update(**fresh, **again))
