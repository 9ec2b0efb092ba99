"""Decide how many jobs are run at once beside a server: none where the project has no job. Starts nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared
from nuages.jobs.discovering import discover
from nuages.jobs.registry import registered
from nuages.jobs.schedule import scheduled
from nuages.jobs.tasks_found import carrier_path, stores_tasks

NAME = "NUAGES_JOB_PROCESSES"
_MOST = 512


def job_processes(asked: int | None = None) -> int:
    """How many jobs are run at once: what was asked for, the environment's NUAGES_JOB_PROCESSES, the setting, or 1.

    Shapes: 0 where the project has no function that is run as a job. Whatever is imported by then counts: URLs, and the
        module `jobs` of each app.
    """
    if asked == 0 or not has_jobs():
        return 0
    return int(_chosen() if asked is None else asked)


def has_jobs() -> bool:
    """Whether the project has a function that is run as a job, or stores Django's tasks as such."""
    discover()
    return bool(registered()) or stores_tasks()


def describe_jobs(processes: int) -> str:
    """Say it in the words of the banner; nothing for a project without jobs."""
    if not has_jobs():
        return ""
    kinds, timed = len(registered()), len(scheduled())
    told = f"{kinds} kind{'' if kinds == 1 else 's'}" + (f", {timed} scheduled" if timed else "")
    told += f"; handed to {carrier_path()}" if carrier_path() else ""
    return f"{processes} at once, {told}" if processes else f"run elsewhere: manage.py worker; {told}"


def process_mistakes() -> Iterable[Misdeclared]:
    """What is wrong with the setting: `nuages.E077`."""
    if not _is_right(chosen := _chosen()):
        hint = "Leave it out for 1; 0 where manage.py worker runs elsewhere."
        yield Misdeclared("nuages.E077", f"settings.{NAME}", f"is no number from 0 to {_MOST}: {chosen!r}.", hint)


def _chosen() -> Any:
    given = os.environ.get(NAME)
    if given is None:
        return getattr(settings, NAME, 1)
    return int(given) if given.isascii() and given.isdigit() else given


def _is_right(chosen: Any) -> bool:
    return type(chosen) is int and 0 <= chosen <= _MOST
