"""Say what is wrong with TASKS that are stored as jobs, or bring jobs to workers: `nuages.E077`, `nuages.W065`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from nuages.errors import Misdeclared, suggest
from nuages.jobs.mistakes import term_complaints
from nuages.jobs.registry import registered
from nuages.jobs.tasks_found import BACKEND, carrier_path
from nuages.jobs.terms import Job

# What a task says itself, or Django's API has no word for.
_NOT_OPTIONS = {"queue", "priority", "delay_s", "unique", "schedule"}
_OPTIONS = [field.name for field in fields(Job) if field.name not in _NOT_OPTIONS]
_RQ_KILLS_AFTER_S = 60  # what runs longer than its timeout
_RQ_TIMEOUT_S = 180


def task_mistakes() -> Iterator[Misdeclared]:
    """What is wrong."""
    declared: Any = getattr(settings, "TASKS", {})
    for alias, params in declared.items() if isinstance(declared, Mapping) else ():
        if isinstance(params, Mapping) and params.get("BACKEND") == BACKEND:
            yield from _option_mistakes(f"settings.TASKS[{alias!r}]", params.get("OPTIONS", {}))
    if (path := carrier_path()) is not None:
        yield from _carrier_mistakes(path)


def _option_mistakes(place: str, options: Any) -> Iterator[Misdeclared]:
    if not isinstance(options, Mapping):
        yield Misdeclared("nuages.E077", place, f"OPTIONS is no dict: {options!r}.", 'Write {"max_attempts": 5}.')
        return
    for name in options:
        if name not in _OPTIONS:
            hint = suggest(str(name), _OPTIONS) or f"There are: {', '.join(_OPTIONS)}."
            yield Misdeclared("nuages.E077", place, f"there is no option {name!r}.", hint)
    terms = Job(**{name: value for name, value in options.items() if name in _OPTIONS})
    for message, hint in term_complaints(terms):
        yield Misdeclared("nuages.E077", place, message, hint)


def _carrier_mistakes(path: str) -> Iterator[Misdeclared]:
    place = "settings.TASKS['default']"
    try:
        found = import_string(path)
    except ImportError as error:
        hint = "pip install nuages[rq]" if path.startswith("django_tasks_rq") else "Install what has it."
        yield Misdeclared("nuages.E077", place, f"{path} cannot be imported: {error}.", hint)
        return
    if _is_rq(found) and not apps.is_installed("django_rq"):
        hint = "Add it; its queues are in RQ_QUEUES, which nuages.env.rq_queues() makes."
        yield Misdeclared("nuages.E077", "settings.INSTALLED_APPS", "has no 'django_rq', which RQ needs.", hint)


def task_remarks() -> Iterator[Misdeclared]:
    """What may surprise: RQ's own command kills jobs that take longer than its timeout."""
    path, queues = carrier_path(), getattr(settings, "RQ_QUEUES", None)
    if path is None or not isinstance(queues, Mapping) or not path.startswith("django_tasks_rq"):
        return
    longest_s = max((each.terms.time_limit_s for each in registered()), default=0)
    for name, queue in queues.items():
        given = queue.get("DEFAULT_TIMEOUT", _RQ_TIMEOUT_S) if isinstance(queue, Mapping) else None
        if isinstance(given, int) and 0 < given < longest_s - _RQ_KILLS_AFTER_S:
            message = f"has a DEFAULT_TIMEOUT of {given:,} s, and jobs may take {longest_s:,.0f} s."
            hint = "Processes of rqworker kill what takes longer. Set it to -1: jobs have time limits of their own."
            yield Misdeclared("nuages.W065", f"settings.RQ_QUEUES[{name!r}]", message, hint)


def _is_rq(backend: Any) -> bool:
    return any(base.__module__.partition(".")[0] == "django_tasks_rq" for base in getattr(backend, "__mro__", ()))
