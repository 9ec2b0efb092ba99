"""Keep the lease of the job that runs: a thread beside it, on a connection of its own, that gives signs of life.

It also writes the job's progress, and notices that somebody has asked for its end or that its row is another's by now.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, Protocol

from django.db import DatabaseError, InterfaceError, connections
from django.db.models.functions import Now

from nuages.jobs.attempt import Attempt
from nuages.jobs.bounds import lease_s
from nuages.jobs.claim import fenced
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.stopping import JobCanceled, LeaseLost, Stopped
from nuages.logs import log_entry

TICK_S = 0.5
_LOOK_S = 1.0  # how often the end of a job is looked for, that somebody has asked for
_RENEWALS = 3  # in the time of a lease
_BUSY_MS = 1_000  # an atomic job holds SQLite's lock for writing, and this thread has more to look after


class Stopper(Protocol):
    """Who can end an attempt."""

    def stop(self, attempt: Attempt, reason: type[Stopped]) -> None:
        """End it, if it still runs."""


class Lease:
    """Looks after the attempt that runs in a process.

    Shapes: `beside` is called at every tick, in the same thread, whether anything runs or not.
    """

    def __init__(self, stopper: Stopper, beside: Callable[[], object] = lambda: None) -> None:
        self._stopper, self._beside = stopper, beside
        self._attempt: Attempt | None = None
        self._told: dict[str, Any] = {}
        self._renew_at_s = self._look_at_s = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="nuages-job-lease", daemon=True)
        self._thread.start()

    @contextmanager
    def of(self, attempt: Attempt) -> Any:
        """Look after an attempt for as long as the block lasts."""
        now_s = time.monotonic()
        self._told, self._look_at_s, self._renew_at_s = {}, now_s + _LOOK_S, now_s + lease_s() / _RENEWALS
        self._attempt = attempt
        try:
            yield
        finally:
            self._attempt = None

    def close(self) -> None:
        """End the thread, and its connection with it."""
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        try:
            while not self._ended.wait(TICK_S):
                self._beside()
                attempt = self._attempt
                if attempt is not None:
                    self._try(attempt)
        finally:
            connections.close_all()

    def _try(self, attempt: Attempt) -> None:
        """Do what is due; what fails is tried again at the next tick."""
        try:
            self._look_after(attempt)
        except Exception as error:  # noqa: BLE001  # without this thread nobody would keep the lease
            if not isinstance(error, DatabaseError | InterfaceError):
                log_entry(logging.ERROR, "The job %s is not looked after", attempt.id, error=error, log="nuages.jobs")
            connections[alias_of_jobs()].close()

    def _look_after(self, attempt: Attempt) -> None:
        now_s, told = time.monotonic(), attempt.told
        is_news, is_old = told is not self._told and bool(told), now_s >= self._renew_at_s
        if not is_news and not is_old and now_s < self._look_at_s:
            return
        impatient()
        rows = fenced(attempt.job)
        if is_news or is_old:
            rows.update(**told, lease_until=Now() + dt.timedelta(seconds=lease_s()))
            self._told, self._renew_at_s = told, now_s + lease_s() / _RENEWALS
        self._look_at_s = now_s + _LOOK_S
        found = list(rows.values_list("cancel_asked_at", flat=True))
        if not found:
            self._stopper.stop(attempt, LeaseLost)
        elif found[0] is not None:
            self._stopper.stop(attempt, JobCanceled)


def impatient() -> None:
    """Let this thread's connection to SQLite not wait long for those who write."""
    connection = connections[alias_of_jobs()]
    if connection.vendor == "sqlite" and connection.connection is None:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
