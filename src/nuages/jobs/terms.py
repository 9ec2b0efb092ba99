"""How a job is run: the terms that an author declares beside a function, and what is wrong with them. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The terms of a job: `@api.post("/reports", rule=staff, job=Job(max_attempts=5))`, or `@job(unique=True)`.

    Shapes: `max_attempts` is how often it may begin, a worker's death counted; after the nth failure it waits for
        `backoff_s` doubled n - 1 times, `max_backoff_s` at most, give or take a quarter; `time_limit_s` ends an
        attempt; `delay_s` is how long it waits at first; `keep_s` how long its result is kept; `queue` and `priority`
        (the higher the sooner) are those of Django's tasks; `unique` is True for "once for these arguments", or a
        function of the arguments that gives a key: while a job of that key is queued, running or kept as succeeded,
        asking again gives that one; `atomic` runs it in one transaction with the note that it has succeeded, so that
        what it does in the database is done once, and is on for unique ones unless told otherwise; `schedule` are five
        fields of crontab(5), in the project's TIME_ZONE.
    Source: crontab(5).
    """

    max_attempts: int = 3
    backoff_s: float = 5.0
    max_backoff_s: float = 3600.0
    time_limit_s: float = 600.0
    delay_s: float = 0.0
    keep_s: int = 7 * 86_400
    queue: str = "default"
    priority: int = 0
    unique: bool | Callable[..., str] = False
    atomic: bool | None = None
    schedule: str | None = None

    @property
    def is_atomic(self) -> bool:
        """Whether it runs in one transaction with the note that it has succeeded."""
        return bool(self.unique) if self.atomic is None else self.atomic


def terms_of(given: Any) -> Job:
    """The terms that `job=True` or `job=Job(...)` stands for."""
    return given if isinstance(given, Job) else Job()
