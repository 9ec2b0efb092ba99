"""Turn a function's name and its arguments into a row, in the transaction of whoever asks: what is rolled back never
was. A key that another job has gives that one."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import router, transaction
from django.db.models.functions import Now

from nuages.errors import Unprocessable
from nuages.jobs.handing import hand_after_commit, transport
from nuages.jobs.registry import JobFunction

MOST_BYTES = 256 * 1024
LONGEST_KEY = 255


def enqueue(
    function: JobFunction,
    arguments: Mapping[str, Any],
    *,
    owner: str = "",
    principal: Mapping[str, Any] | None = None,
    key: str | None = None,
    delay_s: float | None = None,
    run_at: dt.datetime | None = None,
) -> tuple[Any, bool]:
    """Store a job; it is run when the transaction that this is part of has been committed.

    Shapes: `arguments` is what JSON can hold, of 256 kB at most; `owner` and `principal` are as `StoredJob` has them;
        of `key`s, 255 characters at most, any is told from those of other functions. It is due after `delay_s`, or at
        `run_at`. Gives the `StoredJob` and whether it is new, rather than the one of that key.
    Raises: Unprocessable for arguments that are too many bytes; TypeError, ValueError for what JSON cannot hold.
    """
    terms = function.terms
    text = json.dumps(arguments, allow_nan=False)
    if len(text) > MOST_BYTES:
        raise Unprocessable(f"The arguments of a job have {MOST_BYTES:,} bytes at most.")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"A job's key has 1 to {LONGEST_KEY} characters, not {len(key):,}.")
    waits_s = terms.delay_s if delay_s is None else delay_s
    due = _due(waits_s, run_at)
    carrier = None if due else transport()
    job = job_model()(
        id=uuid.uuid4(),
        name=function.name,
        arguments=text,
        owner=owner,
        principal=json.dumps(principal or {}),
        queue=terms.queue,
        priority=terms.priority,
        unique_key=key,
        max_attempts=terms.max_attempts,
        keep_s=terms.keep_s,
        **due,
    )
    if carrier is not None:
        job.handed_at = Now()
    stored, is_new = (_store(job), True) if key is None else _store_once(job)
    if carrier is not None and is_new:
        hand_after_commit(carrier, stored, using=alias_of_jobs())
    return stored, is_new


def _due(waits_s: float, run_at: dt.datetime | None) -> dict[str, Any]:
    if run_at is not None:
        return {"run_at": run_at}
    return {"run_at": Now() + dt.timedelta(seconds=waits_s)} if waits_s else {}


def _store(job: Any) -> Any:
    is_expression = hasattr(job.run_at, "resolve_expression")
    job.save(force_insert=True, using=alias_of_jobs())
    return job_rows().get(pk=job.pk) if is_expression and hasattr(job.run_at, "resolve_expression") else job


def _store_once(job: Any) -> tuple[Any, bool]:
    """Store a job unless another one has its key; a result that is kept no longer keeps no key either."""
    rows = job_rows()
    others = rows.filter(name=job.name, unique_key=job.unique_key)
    with transaction.atomic(using=alias_of_jobs()):
        while True:
            others.filter(expires_at__lt=Now()).update(unique_key=None)
            rows.bulk_create([job], ignore_conflicts=True)
            if (found := others.first()) is not None:  # None where the other one has just ended
                return found, found.pk == job.pk


def job_model() -> Any:
    """The table of jobs."""
    return apps.get_model("nuages", "StoredJob")


def job_rows() -> Any:
    """Every job."""
    return job_model()._base_manager.using(alias_of_jobs())


def alias_of_jobs() -> str:
    """The database where jobs are."""
    return router.db_for_write(job_model())
