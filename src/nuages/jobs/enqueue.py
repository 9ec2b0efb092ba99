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
from nuages.jobs.registry import JobFunction

MOST_BYTES = 256 * 1024


def enqueue(
    function: JobFunction,
    arguments: Mapping[str, Any],
    *,
    owner: str = "",
    principal: Mapping[str, Any] | None = None,
    key: str | None = None,
    delay_s: float | None = None,
) -> tuple[Any, bool]:
    """Store a job; it is run when the transaction that this is part of has been committed.

    Shapes: `arguments` is what JSON can hold, of 256 kB at most; `owner` and `principal` are as `StoredJob` has them;
        of `key`s any is told from those of other functions. Gives the `StoredJob` and whether it is new, rather than
        the one of that key.
    Raises: Unprocessable for arguments that are too many bytes; TypeError for what JSON cannot hold.
    """
    terms, alias = function.terms, alias_of_jobs()
    text = json.dumps(arguments, allow_nan=False)
    if len(text) > MOST_BYTES:
        raise Unprocessable(f"The arguments of a job have {MOST_BYTES:,} bytes at most.")
    waits_s = terms.delay_s if delay_s is None else delay_s
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
    )
    rows = job_rows()
    with transaction.atomic(using=alias):
        if key is None:
            rows.bulk_create([job])
        else:
            rows.bulk_create([job], ignore_conflicts=True)
        if waits_s:
            rows.filter(pk=job.pk).update(run_at=Now() + dt.timedelta(seconds=waits_s))
        if key is None or (found := rows.filter(pk=job.pk).first()) is not None:
            return (job if key is None else found), True
        return rows.get(name=function.name, unique_key=key), False


def job_model() -> Any:
    """The table of jobs."""
    return apps.get_model("nuages", "StoredJob")


def job_rows() -> Any:
    """Every job."""
    return job_model()._base_manager.using(alias_of_jobs())


def alias_of_jobs() -> str:
    """The database where jobs are."""
    return router.db_for_write(job_model())
