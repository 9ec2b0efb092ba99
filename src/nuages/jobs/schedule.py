"""Enqueue what is due by its schedule: of many schedulers the one that moves the slot on does it, by one statement.

All go by the clock of the database, and a slot is moved on in the transaction that stores its job. What was missed is
run once. Source: the design is of Debian's anacron(8).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.db import connections, transaction

from nuages.jobs.cron import last_slot
from nuages.jobs.enqueue import alias_of_jobs, enqueue
from nuages.jobs.registry import JobFunction, registered

_NOW = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')"}


def scheduled() -> list[JobFunction]:
    """The functions that have a schedule."""
    return [function for function in registered() if function.terms.schedule]


def follow_schedules() -> int:
    """Enqueue a job for each schedule that has become due; how many there were.

    A schedule that is seen for the first time is followed from then on.
    Raises: django.db.DatabaseError.
    """
    functions = scheduled()
    if not functions:
        return 0
    now = _now()
    places = {row.pk: row.last_slot_at for row in _slots().filter(pk__in=[each.name for each in functions])}
    return sum(_follow(function, places.get(function.name), now) for function in functions)


def _follow(function: JobFunction, last: dt.datetime | None, now: dt.datetime) -> int:
    if last is None:
        _slots().bulk_create([_slots().model(name=function.name, last_slot_at=now)], ignore_conflicts=True)
        return 0
    slot = last_slot(str(function.terms.schedule), last, now)
    if slot is None:
        return 0
    with transaction.atomic(using=alias_of_jobs()):
        if not _slots().filter(pk=function.name, last_slot_at__lt=slot).update(last_slot_at=slot):
            return 0  # another one was first
        key = f"slot {slot.isoformat()}" if function.terms.unique else None
        enqueue(function, {}, key=key)
    return 1


def _now() -> dt.datetime:
    """What time it is for the database, which is what all schedulers have in common."""
    connection = connections[alias_of_jobs()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + _NOW[connection.vendor])
        (found,) = cursor.fetchone()
    return found if isinstance(found, dt.datetime) else dt.datetime.fromisoformat(found).replace(tzinfo=dt.UTC)


def _slots() -> Any:
    return apps.get_model("nuages", "JobSlot")._base_manager.using(alias_of_jobs())
