"""Run a job of which only the id has come, in whatever process it came to: with a lease, a time limit, an end.

A process of `manage.py worker` has all that already; in those of RQ or Celery it stands around the one job.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django.urls import get_resolver

from nuages.jobs.attempt import Attempt
from nuages.jobs.bounds import grace_s
from nuages.jobs.discovering import discover
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.interrupting import Interrupter
from nuages.jobs.lease import Lease
from nuages.jobs.runner import later, tidy, worker_name
from nuages.jobs.running import run_by_id
from nuages.jobs.terms import Job
from nuages.logs import log_entry

run_here: Callable[[str], object] | None = None
"""What runs a job in a process of `manage.py worker`, which says so."""


def run_attended(job_id: str) -> None:
    """Run a job, if it is due and nobody has it."""
    if run_here is not None:
        run_here(job_id)
        return
    _know_functions()
    try:
        with _attendance() as guard:
            contextvars.copy_context().run(run_by_id, job_id, worker=worker_name(), guard=guard, tell=later)
    except (DatabaseError, InterfaceError) as error:  # it is handed over again, or its lease will be over
        told = (job_id, type(error).__name__)
        log_entry(logging.WARNING, "The job %s cannot be run now (%s)", *told, log="nuages.jobs")
        connections[alias_of_jobs()].close()
    tidy()


@contextmanager
def _attendance() -> Iterator[Any]:
    """What stands around a job in a process of another's; outside its main thread nothing can be stopped."""
    is_main = threading.current_thread() is threading.main_thread()
    interrupter: Any = Interrupter(grace_s()) if is_main else _Powerless()
    lease = Lease(interrupter)

    @contextmanager
    def guard(attempt: Attempt, terms: Job) -> Iterator[None]:
        with lease.of(attempt), interrupter.guard(attempt, terms):
            yield

    try:
        yield guard
    finally:
        lease.close()
        interrupter.close()


class _Powerless:
    """Stands where nothing can be raised into a thread; what has lost its row is dropped all the same."""

    @contextmanager
    def guard(self, attempt: Attempt, terms: Job) -> Iterator[None]:  # noqa: ARG002  # as an Interrupter's
        yield

    def stop(self, attempt: Attempt, reason: Any) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _know_functions() -> None:
    """Import what declares jobs: the apps' modules, and the APIs by way of the project's URLs."""
    discover()
    get_resolver().url_patterns  # noqa: B018  # imports the URLconf
