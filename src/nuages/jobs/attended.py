"""Run a job of which only the id has come, in whatever process it came to.

A process of `manage.py worker` is made for it; in one of RQ or Celery everything is found first, and tidied afterwards.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connections
from django.urls import get_resolver

from nuages.jobs.discovering import discover
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.runner import tidy, worker_name
from nuages.jobs.running import JOBS, run_by_id
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
        contextvars.copy_context().run(lambda: run_by_id(job_id, worker=worker_name()))
    except (DatabaseError, InterfaceError) as error:  # it is handed over again, or its lease will be over
        log_entry(logging.WARNING, "The job %s cannot be run now (%s)", job_id, type(error).__name__, log=JOBS)
        connections[alias_of_jobs()].close()
    tidy()


def _know_functions() -> None:
    """Import what declares jobs: the apps' modules, and the APIs by way of the project's URLs."""
    discover()
    get_resolver().url_patterns  # noqa: B018  # imports the URLconf
