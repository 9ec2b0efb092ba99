"""What a worker's child process does: one job after another in its main thread, until it is told to end.

It ends by itself where its parent has gone, whatever has killed that.
"""

from __future__ import annotations

import contextvars
import logging
import mmap
import os
import random
import select
import signal
import socket
import struct
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, connections, reset_queries

from nuages.execute.alive import leave_ended
from nuages.jobs import outcome
from nuages.jobs.attempt import Attempt
from nuages.jobs.bounds import drain_s, grace_s, poll_s
from nuages.jobs.claim import claim, claim_by_id
from nuages.jobs.counted import begin_counting, count_attempt
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.handing import transport
from nuages.jobs.housekeeping import Housekeeping
from nuages.jobs.interrupting import Interrupter
from nuages.jobs.lease import Lease
from nuages.jobs.running import JOBS, run_claimed
from nuages.jobs.stopping import GivenBack
from nuages.jobs.terms import Job
from nuages.jobs.watching import later
from nuages.logs import log_entry

_PAUSE_S = 1.0
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Duty:
    """What a child is there for.

    Shapes: `queues` are empty for all; with `is_batch` it ends when nothing is due, with `is_once` after one job;
        `keeps_house` is for one child of each worker.
    """

    queues: Sequence[str] = ()
    is_batch: bool = False
    is_once: bool = False
    keeps_house: bool = False


class Runner:
    """Runs jobs in this process.

    Shapes: `overdue` is where the parent sees by when what runs must have ended: the bytes of a double; `parent` is its
        process, by which it is known whether it still lives.
    """

    def __init__(self, duty: Duty, overdue: memoryview, parent: int) -> None:
        self._duty, self._overdue = duty, overdue
        self._name = worker_name()
        self._parent = parent
        self._leave_by_s = 0.0
        self._has_failed = False
        self._interrupter = Interrupter(grace_s())
        self._house: Callable[[], None] = Housekeeping() if duty.keeps_house else lambda: None
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.settimeout(0.0)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_term)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C the parent tells
        self._attempt: Attempt | None = None

    def run(self) -> None:
        """Run jobs until it is told to end, or has nothing to do and is a batch."""
        begin_counting()
        self._house()
        self._lease = Lease(self._interrupter, self._beside)
        carrier = transport()
        try:
            if carrier is not None:
                carrier.work(self)
            while carrier is None and not self._leave_by_s and self._step():
                pass
        finally:
            self._lease.close()

    # --- As a transport sees it

    @property
    def is_batch(self) -> bool:
        """Whether it ends when nothing is due."""
        return self._duty.is_batch

    def is_leaving(self) -> bool:
        """Whether it has been told to end."""
        return bool(self._leave_by_s)

    def run_by_id(self, job_id: Any) -> None:
        """Run a job here, if it is due."""
        try:
            job = claim_by_id(job_id, self._name)
        except (DatabaseError, InterfaceError) as error:  # it is handed over again
            log_entry(logging.WARNING, "The job %s cannot be claimed now (%s)", job_id, type(error).__name__, log=JOBS)
            connections[alias_of_jobs()].close()
            return
        if job is not None:
            self._run(job)

    def wait(self, seconds: float) -> None:
        """Wait, or until a signal comes."""
        self._wait(seconds)

    # --- Going on

    def _step(self) -> bool:
        """Run the next job, or wait; whether to go on."""
        if self._is_orphan():
            return False
        try:
            job = claim(self._name, self._duty.queues)
        except (DatabaseError, InterfaceError) as error:
            if not self._has_failed:
                log_entry(logging.WARNING, "No job can be claimed now: %s", error, log=JOBS)
            self._has_failed = True
            connections[alias_of_jobs()].close()
            self._wait(_PAUSE_S)
            return True
        self._has_failed = False
        if job is None:
            self._wait(0.0 if self._duty.is_batch else poll_s() * random.uniform(0.75, 1.25))
            return not self._duty.is_batch
        self._run(job)
        return not self._duty.is_once

    def _run(self, job: Any) -> None:
        try:
            if self._leave_by_s:  # since it was claimed
                outcome.give_back(Attempt(job))
                return
            count_attempt(contextvars.copy_context().run(run_claimed, job, guard=self._guard, tell=later))
        except Exception as error:  # noqa: BLE001  # its lease ends, and then it is looked after
            log_entry(logging.ERROR, "What came of the job %s could not be stored", job.pk, error=error, log=JOBS)
        finally:
            self._attempt = None
            self._interrupter.rest()
            self._show()
            tidy()

    @contextmanager
    def _guard(self, attempt: Attempt, terms: Job) -> Iterator[None]:
        with self._lease.of(attempt), self._interrupter.guard(attempt, terms):
            self._attempt = attempt
            self._show()
            if self._leave_by_s:  # since it was claimed
                raise GivenBack
            yield

    def _is_orphan(self) -> bool:
        """Whether the parent has gone: then nothing more is taken."""
        return os.getppid() != self._parent

    def _beside(self) -> None:
        """What the lease's thread does at every tick."""
        self._show()
        if self._is_orphan() and not self._leave_by_s:
            os.kill(os.getpid(), signal.SIGTERM)
        attempt, now_s = self._attempt, time.monotonic()
        if self._leave_by_s and now_s > self._leave_by_s:
            if attempt is not None:
                self._interrupter.stop(attempt, GivenBack)
            if now_s > self._leave_by_s + 2 * grace_s():
                os._exit(1)
        if not self._leave_by_s:
            self._house()

    def _show(self) -> None:
        struct.pack_into("d", self._overdue, 0, self._interrupter.overdue_at_s)

    def _on_term(self, number: int, frame: Any) -> None:  # noqa: ARG002  # a handler's signature
        if self._leave_by_s:  # told twice
            self._interrupter.stop_now(GivenBack)
        else:
            self._leave_by_s = time.monotonic() + drain_s()

    def _wait(self, seconds: float) -> None:
        """Wait, or until a signal comes."""
        select.select([self._woken], [], [], seconds)
        try:
            self._woken.recv(1024)
        except BlockingIOError:
            return


def worker_name() -> str:
    """A name that no other worker has or had."""
    return f"{socket.gethostname()[: _LONGEST_NAME - 30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def tidy() -> None:
    """Leave connections as the next job wants them: outside of a transaction, and alive."""
    reset_queries()
    for connection in connections.all(initialized_only=True):
        if connection.connection is None:
            continue
        if connection.in_atomic_block or not connection.get_autocommit() or connection.errors_occurred:
            connection.close()
            del connections[connection.alias]
        else:
            leave_ended(connection)


def own_connections() -> None:
    """Let this process keep a connection for each of its two threads, rather than a pool."""
    for settings in connections.settings.values():
        settings["CONN_MAX_AGE"] = None
        settings["OPTIONS"] = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}


def slot_of(memory: mmap.mmap, index: int) -> memoryview:
    """Where a child shows by when what it runs must have ended."""
    return memoryview(memory)[index * 8 : index * 8 + 8]
