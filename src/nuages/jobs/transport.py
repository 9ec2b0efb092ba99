"""Jobs as tasks of somebody else's back end: each is one task, "run the job of this id". What it does, its row says.

Imported only where TASKS names such a back end as its default one: RQ's, Celery's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nuages.jobs.attended import run_attended
from nuages.jobs.handing import Working
from nuages.tasks import default_task_backend, task

_LOOK_S = 1.0


@task
def run_job(job_id: str) -> None:
    """Run a stored job, if it is due and nobody has it."""
    run_attended(job_id)


class TaskTransport:
    """Hands jobs over as tasks; whose workers run them, others start."""

    def hand(self, jobs: Iterable[tuple[Any, str]]) -> None:
        """Enqueue a task for each job, in the queue of the same name where the back end has one."""
        queues = default_task_backend.queues
        spare = run_job.queue_name if not queues or run_job.queue_name in queues else min(queues)
        for key, queue in jobs:
            run_job.using(queue_name=queue if not queues or queue in queues else spare).enqueue(str(key))

    def is_empty(self) -> bool:
        """Unknown: Django's API does not tell."""
        return False

    def work(self, process: Working) -> None:
        """Nothing but what all processes do beside: schedules, jobs that were lost, what has expired."""
        while not (process.is_leaving() or process.is_batch):
            process.wait(_LOOK_S)
