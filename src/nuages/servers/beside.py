"""Keep `manage.py worker` running beside a server, in a process of its own: begun again, exchanged, seen off with it.

The server does not wait for it and does not end with it: requests are answered whatever becomes of jobs. What jobs are,
and how its own processes are looked after, the worker knows.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.management import call_command

from nuages.logs import log_entry

_LOG = "nuages.server"
# Who has lived so long is begun again at once; a start that fails takes a second of CPU time and more.
_STEADY_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_HURRY_S = 0.5


def run_worker(processes: int) -> None:
    """Be the worker, until the server says so or is gone."""
    with suppress(AttributeError, OSError):
        os.setpgid(0, 0)  # Ctrl-C reaches the server alone, which then asks this process to finish
    import django  # noqa: PLC0415  # the first thing in a new process

    django.setup()
    call_command("worker", processes=processes, attached=True, quiet=True)


class Beside:
    """The worker beside a server.

    Shapes: `begin()` gives a process that has been started. Units: `limit_s`, how long it may take to end.
    """

    def __init__(self, begin: Callable[[], Any], *, limit_s: float) -> None:
        self._begin, self._limit_s = begin, limit_s
        self._lock, self._ends = threading.Lock(), threading.Event()
        self._process: Any = None
        self._is_hurried = False
        self._short = 0  # how many have ended one after the other soon after their start

    def start(self) -> None:
        """Begin, and begin again whenever it ends."""
        self._process = self._begin()
        threading.Thread(target=self._watch, name="nuages-beside", daemon=True).start()

    def exchange(self) -> None:
        """Let another begin, with the code as it is now, and the present one finish what it runs."""
        with self._lock:
            if self._process is None or self._ends.is_set():
                return
            old, self._process = self._process, self._begin()
        old.terminate()
        threading.Thread(target=self._outwait, args=(old,), daemon=True).start()

    def leave(self, *, at_once: bool = False) -> None:
        """Let it finish what it runs, or give it back; does not wait."""
        self._ends.set()
        self._is_hurried = at_once
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def outwait(self) -> None:
        """Wait for its end, and end it where it takes too long."""
        with self._lock:
            if self._process is None:
                return
            if self._is_hurried:
                self._process.join(_HURRY_S)
                self._process.terminate()  # told twice, it gives back what it runs
            self._outwait(self._process)

    def _outwait(self, process: Any) -> None:
        process.join(self._limit_s)
        if process.is_alive():
            log_entry(logging.ERROR, "The worker of jobs did not end, and was killed.", log=_LOG)
            process.kill()
            process.join()

    def _watch(self) -> None:
        while not self._ends.is_set():
            process, began_s = self._process, time.monotonic()
            process.join()
            with self._lock:
                is_exchanged = process is not self._process
            if is_exchanged or self._ends.is_set():
                continue
            wait_s = self._wait_s(time.monotonic() - began_s)
            told = (process.exitcode, wait_s)
            log_entry(logging.WARNING, "The worker of jobs ended (%s); another starts in %s s.", *told, log=_LOG)
            if not self._ends.wait(wait_s):
                self._replace(process)

    def _wait_s(self, lived_s: float) -> float:
        self._short = 0 if lived_s >= _STEADY_S else self._short + 1
        return min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (self._short - 1)) if self._short else 0.0

    def _replace(self, ended: Any) -> None:
        with self._lock:
            if self._process is ended and not self._ends.is_set():
                self._process = self._begin()


def worker_beside(processes: int, *, limit_s: float) -> Beside:
    """The worker with so many processes, which is not yet started."""

    def begin() -> Any:
        process = multiprocessing.get_context("spawn").Process(target=run_worker, args=(processes,), name="nuages-jobs")
        process.start()
        return process

    return Beside(begin, limit_s=limit_s)
