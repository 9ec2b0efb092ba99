"""Delete jobs that are kept no longer, and what they have left."""

from __future__ import annotations

from django.apps import apps
from django.db.models.functions import Now

from nuages.jobs.enqueue import alias_of_jobs, job_rows

BATCH = 1_000


def purge_jobs(batches: int | None = None) -> int:
    """Delete jobs whose results have expired; how many there were.

    Units: `batches` of BATCH at most, all that there are without it.
    Raises: django.db.DatabaseError.
    """
    count = 0
    piece = apps.get_model("nuages", "JobPiece")
    while batches is None or batches > 0:
        keys = list(job_rows().filter(expires_at__lt=Now()).values_list("pk", flat=True)[:BATCH])
        piece._base_manager.using(alias_of_jobs()).filter(job__in=keys).delete()
        count += job_rows().filter(pk__in=keys, expires_at__lt=Now()).delete()[0]
        if len(keys) < BATCH:
            break
        batches = None if batches is None else batches - 1
    return count
