"""Take a job for a worker: one statement of which of many workers one wins, in the clock of the database.

Source: postgresql.org/docs/current/sql-select.html, "SKIP LOCKED"; sqlite.org/lang_returning.html. In SQLite a
statement that writes has the lock for writing before it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now

from nuages.jobs.bounds import lease_s
from nuages.jobs.enqueue import alias_of_jobs, job_model, job_rows

_NOW = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}
_LATER = {
    "postgresql": "STATEMENT_TIMESTAMP() + make_interval(secs => %s)",
    "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', %s || ' seconds')",
}
_OTHERS = {"postgresql": " FOR UPDATE SKIP LOCKED", "sqlite": ""}
_TAKE = (
    "UPDATE {table} SET status = 'running', attempts = attempts + 1, worker = %s, started_at = {now},"
    " lease_until = {later}, progress_done = NULL, progress_total = NULL, progress_note = ''"
    " WHERE id = ({found}) AND {due} RETURNING *"
)
_FIND = "SELECT id FROM {table} WHERE {due}{queues} ORDER BY priority DESC, run_at LIMIT 1{others}"
_DUE = "status = 'queued' AND run_at <= {now}"
_OVER = "status = 'running' AND lease_until < {now} AND attempts < max_attempts AND cancel_asked_at IS NULL"


def claim(worker: str, queues: Sequence[str] = ()) -> Any | None:
    """Take the next job that is due, and count the attempt; None where there is none.

    Shapes: `queues` are looked at together, all of them where none is named; gives a `StoredJob`.
    Raises: django.db.DatabaseError.
    """
    connection = connections[alias_of_jobs()]
    if connection.vendor == "sqlite" and not is_due(queues):  # which asks without the lock that all writers share
        return None
    words = _words(connection.vendor)
    chosen = f" AND queue IN ({', '.join(['%s'] * len(queues))})" if queues else ""
    found = _FIND.format(**words, due=_DUE.format(**words), queues=chosen, others=_OTHERS[connection.vendor])
    return _take(words, found, _DUE, [worker, lease_s(), *queues])


def claim_by_id(job_id: Any, worker: str) -> Any | None:
    """Take one job, if it is due or its lease is over; None where it is not."""
    words = _words(connections[alias_of_jobs()].vendor)
    key = job_model()._meta.pk.get_db_prep_value(job_id, connections[alias_of_jobs()])
    return _take(words, "%s", f"(({_DUE}) OR ({_OVER}))", [worker, lease_s(), key])


def is_due(queues: Sequence[str] = ()) -> bool:
    """Whether there is a job to be taken."""
    rows = job_rows().filter(status="queued", run_at__lte=Now())
    return bool(rows.filter(queue__in=queues).exists() if queues else rows.exists())


def fenced(job: Any) -> Any:
    """The row of a claimed job, as long as it is this attempt's; none once its lease is another's."""
    return job_rows().filter(pk=job.pk, status="running", worker=job.worker, attempts=job.attempts)


def lost() -> Any:
    """The jobs whose workers have given no sign of life for as long as their leases were."""
    return job_rows().filter(Q(status="running") & (Q(lease_until__lt=Now()) | Q(lease_until=None)))


def _take(words: dict[str, str], found: str, due: str, parameters: list[Any]) -> Any | None:
    sql = _TAKE.format(**words, found=found, due=due.format(**words))
    taken = list(job_rows().raw(sql, parameters))
    return taken[0] if taken else None


def _words(vendor: str) -> dict[str, str]:
    return {"table": job_model()._meta.db_table, "now": _NOW[vendor], "later": _LATER[vendor]}
