"""Look at the table of jobs for `/-/metrics`: how many wait, run or have failed, and for how long the oldest is due.

All workers of all servers would say the same, so that nobody counts it; whoever is asked looks.
"""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connections
from django.db.models.functions import Now

from nuages.counting.counters import Family, Key
from nuages.counting.slots import Counted
from nuages.jobs.enqueue import alias_of_jobs, job_rows
from nuages.servers.job_processes import has_jobs

_STATUSES = ("queued", "running", "failed")  # each by an index of its own; what has ended well is many, and kept awhile
_JOBS = Family("level", "nuages_jobs", "Jobs that wait, run, or have failed for good and are kept.", ("status",))
_DUE = Family("level", "nuages_jobs_oldest_due_seconds", "For how long the oldest job is due that nobody has begun.")


def job_levels() -> list[Counted]:
    """What there is now; nothing for a project without jobs, or where the database does not answer."""
    if not has_jobs():
        return []
    try:
        numbers = {Key("level", _JOBS.name, (("status", each),)): (_count(each),) for each in _STATUSES}
        return [Counted(0, is_live=True, numbers={**numbers, Key("level", _DUE.name): (_oldest_due_s(),)})]
    except (DatabaseError, InterfaceError):
        connections[alias_of_jobs()].close()
        return []


def _count(status: str) -> float:
    return float(job_rows().filter(status=status).count())


def _oldest_due_s() -> float:
    due = job_rows().filter(status="queued", run_at__lte=Now()).order_by("run_at")
    found = due.values_list("run_at", Now()).first()
    return 0.0 if found is None else max(0.0, (found[1] - found[0]).total_seconds())
