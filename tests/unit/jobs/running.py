"""Run jobs here, as a worker does. No test lives here."""

import json
from traceback import format_exc
from types import SimpleNamespace

from django.db.models.functions import Now

from nuages.jobs.registry import find
from nuages.models import StoredJob


def run_one() -> bool:
    """Run the next job that is due; tell whether there was one."""
    job = StoredJob.objects.filter(status="queued", run_at__lte=Now()).first()
    if job is None:
        return False
    function = find(job.name)
    assert function
    job.status, job.attempts, job.worker, job.started_at = "running", job.attempts + 1, "w", Now()
    job.save()
    try:
        value = function.run(json.loads(job.arguments), SimpleNamespace(id=str(job.pk), attempt=job.attempts))  # type: ignore[arg-type]
        job.status, job.result, job.finished_at = "succeeded", json.dumps(value), Now()
    except Exception:  # noqa: BLE001
        job.status = "queued" if job.attempts < job.max_attempts else "failed"
        job.traceback = format_exc()
    job.save()
    return True
