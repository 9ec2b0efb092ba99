"""Hand over what is due and on nobody's way: retries, delayed jobs, and those whose messages were lost.

A job that waits in a long queue is not handed over again and again: each time it may take as long as it has so far. But
what is due while nothing is on its way at all was lost, with the memory of a Valkey or a worker that was killed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Now

from nuages.jobs.enqueue import alias_of_jobs, job_rows
from nuages.jobs.handing import Transport

MOST = 500
_PATIENCE = dt.timedelta(seconds=5)
_WAITED = ExpressionWrapper(F("handed_at") - F("run_at"), output_field=DurationField())
_AGAIN_AT = ExpressionWrapper(F("handed_at") + _WAITED + 2 * _PATIENCE, output_field=DateTimeField())


def hand_due(carrier: Transport) -> int:
    """Hand over what is due and was not, or was lost; how many there were.

    Raises: django.db.DatabaseError; whatever the transport raises, after which all of it is handed over next time.
    """
    due = job_rows().filter(status="queued", run_at__lte=Now())
    fresh = Q(handed_at=None) | Q(handed_at__lt=F("run_at"))
    old = Q(handed_at__lt=Now() - _PATIENCE)
    if not due.filter(fresh | old).exists():
        return 0
    lost = old if carrier.is_empty() else Q(again_at__lt=Now())
    with transaction.atomic(using=alias_of_jobs()):
        found = _take(due.annotate(again_at=_AGAIN_AT).filter(fresh | lost))
    keys = [key for key, _ in found]
    try:
        carrier.hand(found)
    except BaseException:
        job_rows().filter(pk__in=keys, status="queued").update(handed_at=None)
        raise
    return len(keys)


def _take(rows: Any) -> list[tuple[Any, str]]:
    """Note that jobs are handed over now; of several keepers one takes each, where the database has locks of rows."""
    chosen = rows.select_for_update(skip_locked=True).order_by("-priority", "run_at")
    found = list(chosen.values_list("pk", "queue")[:MOST])
    job_rows().filter(pk__in=[key for key, _ in found]).update(handed_at=Now())
    return found
