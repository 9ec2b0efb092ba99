"""End the function that runs in a process's main thread, from a timer or another thread, by an exception in it.

Source: docs.python.org/3/library/signal.html, "Execution of Python signal handlers": they run in the main thread alone.
"""

from __future__ import annotations

import asyncio
import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from django.db import connections

from nuages.jobs.attempt import Attempt
from nuages.jobs.stopping import Stopped, TimedOut
from nuages.jobs.terms import Job

_STOP = signal.SIGUSR1
_ACTIVE = 1  # libpq's PQTRANS_ACTIVE: a statement is under way


class Interrupter:
    """Stands around what runs in the main thread; made there, once in a process.

    Units: `overdue_at_s` is when what was told to stop, or has a time limit, must have ended, in seconds of the
        monotonic clock; 0 while nothing runs.
    """

    def __init__(self, grace_s: float) -> None:
        self.overdue_at_s = 0.0
        self._grace_s = grace_s
        self._thread = threading.main_thread().ident or 0
        self._attempt: Attempt | None = None
        self._reason: type[Stopped] | None = None
        self._before = {number: signal.signal(number, self._on_signal) for number in (_STOP, signal.SIGALRM)}

    def close(self) -> None:
        """Leave the signals as they were."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def guard(self, attempt: Attempt, terms: Job) -> Iterator[None]:
        """Let what runs in the block be stopped, and stop it after its time limit.

        Raises: Stopped, into the block.
        """
        self._reason, self._attempt = None, attempt
        self.overdue_at_s = time.monotonic() + terms.time_limit_s + self._grace_s
        signal.setitimer(signal.ITIMER_REAL, terms.time_limit_s)
        try:
            yield
        except asyncio.CancelledError:
            if self._reason is None:
                raise
            raise self._reason from None
        finally:
            self.rest()

    def rest(self) -> None:
        """Stop nothing any more."""
        self._attempt = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.overdue_at_s = 0.0

    def stop(self, attempt: Attempt, reason: type[Stopped]) -> None:
        """Stop an attempt if it still runs, once; from any thread."""
        if self._runs(attempt) and self._reason is None:
            self._reason = reason
            self.overdue_at_s = min(self.overdue_at_s or math.inf, time.monotonic() + self._grace_s)
            signal.pthread_kill(self._thread, _STOP)
            if not self._runs(attempt):  # any more: it has just ended by itself
                self.overdue_at_s = 0.0

    def _runs(self, attempt: Attempt) -> bool:
        return self._attempt is attempt

    def stop_now(self, reason: type[Stopped]) -> None:
        """Stop what runs, if anything does; from a signal's handler."""
        attempt = self._attempt
        if attempt is None:
            return
        self._reason = self._reason or reason
        self.overdue_at_s = min(self.overdue_at_s or math.inf, time.monotonic() + self._grace_s)
        if attempt.interrupt is not None:
            attempt.interrupt()
            return
        self._attempt = None
        _cancel_statements()
        raise self._reason

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a handler's signature
        if number == signal.SIGALRM:
            self.stop_now(TimedOut)
        elif self._reason is not None:
            self.stop_now(self._reason)


def _cancel_statements() -> None:
    """Cancel what PostgreSQL does for this thread: else it would go on, with its locks, for nobody."""
    for connection in connections.all(initialized_only=True):
        raw: Any = connection.connection
        if connection.vendor == "postgresql" and raw is not None and raw.pgconn.transaction_status == _ACTIVE:
            with suppress(Exception):  # whatever is wrong with the connection, it is closed next
                raw.cancel()
