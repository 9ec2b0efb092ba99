"""Count attempts of jobs by what came of them, with the counts of the server that the worker runs beside."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings

from nuages.counting import slots
from nuages.counting.counters import Family

_ATTEMPTS = Family("counter", "nuages_job_attempts_total", "Attempts of jobs that ended.", ("outcome",))
_NAMES = {"queued": "retried"}


def begin_counting() -> None:
    """Count where the server's own workers do, in a process that has just been forked and is to run jobs."""
    if getattr(settings, "NUAGES_METRICS", False):
        with suppress(OSError):  # the server is gone, and this process follows it
            slots.join()


def count_attempt(status: str) -> None:
    """Count one that ended.

    Shapes: the status of the job afterwards, or "lost".
    """
    _ATTEMPTS.of(_NAMES.get(status, status)).add()
