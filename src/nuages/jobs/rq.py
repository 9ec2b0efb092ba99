"""Jobs on RQ: what waits there, and RQ's worker as a part of a process of `manage.py worker`.

RQ's own time limit is left to whoever runs the job, who knows it; and its signals to the process that it is part of.
Source: python-rq.org/docs/workers; rq/worker/base.py, `work` and `request_stop`.
"""

from __future__ import annotations

import logging
import signal
from typing import Any

from django_rq.queues import get_queues
from django_rq.workers import get_worker
from django_tasks_rq import Job
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.timeouts import BaseDeathPenalty
from rq.worker import WorkerStatus

from nuages.jobs import attended
from nuages.jobs.handing import Working
from nuages.jobs.transport import TaskTransport
from nuages.logs import log_entry
from nuages.tasks import default_task_backend

_PAUSE_S = 1.0
_AGAIN_S = 0.1
make_worker: Any = get_worker  # whose types know RQ's forking worker alone
find_queues: Any = get_queues  # which has none


class _NoPenalty(BaseDeathPenalty):
    """Jobs have time limits of their own."""

    def setup_death_penalty(self) -> None:
        """Nothing."""

    def cancel_death_penalty(self) -> None:
        """Nothing."""


class _Worker(SimpleWorker):
    """RQ's worker, in a process that hears signals itself."""

    death_penalty_class = _NoPenalty
    max_connection_wait_time = 5.0

    def _install_signal_handlers(self) -> None:
        """Hear what the process hears, after it."""
        before: Any = signal.getsignal(signal.SIGTERM)

        def end(number: int, frame: Any) -> None:
            was_told, self._stop_requested = self._stop_requested, True
            before(number, frame)
            if not was_told and self.get_state() != WorkerStatus.BUSY:
                raise StopRequested

        signal.signal(signal.SIGTERM, end)


class RQTransport(TaskTransport):
    """Hands jobs over to RQ, and runs what comes from there."""

    def is_empty(self) -> bool:
        """Whether no message waits in any of the queues."""
        return not any(queue.count for queue in self._queues())

    def work(self, process: Working) -> None:
        """Run RQ's worker; where Redis is away, try again."""
        attended.run_here = process.run_by_id
        while not process.is_leaving():
            try:
                worker = make_worker(*self._names(), worker_class=_Worker, job_class=Job)
                worker.work(burst=process.is_batch, logging_level="WARNING")
                process.wait(_AGAIN_S)  # where it has ended by itself: an answer that did not come
            except (RedisError, OSError) as error:
                log_entry(logging.WARNING, "RQ's queues are away (%s)", type(error).__name__, log="nuages.jobs")
                process.wait(_PAUSE_S)
            if process.is_batch:
                return

    def _names(self) -> list[str]:
        return sorted(default_task_backend.queues)

    def _queues(self) -> Any:
        return find_queues(*self._names(), job_class=Job)
