"""Keep the child processes of a worker running: replace those that die, kill those that do not obey, see them off.

It opens no connection and no thread, so that whatever it forks begins with nothing that is shared.
"""

from __future__ import annotations

import logging
import mmap
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import connections

from nuages.jobs.bounds import drain_s, grace_s
from nuages.jobs.runner import Duty, Runner, own_connections, slot_of
from nuages.jobs.running import JOBS
from nuages.logs import log_entry

_LOOK_S = 0.5
_LONG_S = 5.0  # who has lived so long is replaced at once
_MOST_S = 10.0
_SLOT_BYTES = 8


@dataclass(slots=True)
class _Child:
    """One place in the crew. `pid` is 0 while nobody has it."""

    index: int
    pid: int = 0
    begun_s: float = 0.0
    due_s: float = 0.0
    deaths: int = 0
    is_done: bool = False
    status: int = 0


class Crew:
    """The children of a worker, and their parent.

    Shapes: `processes` is how many jobs are run at once; `is_attached` where it ends with the process that has started
        it, however that ends.
    """

    def __init__(self, duty: Duty, processes: int, *, is_attached: bool = False) -> None:
        self._parent = os.getppid() if is_attached else 0
        self._duty = duty
        self._children = [_Child(index) for index in range(processes)]
        self._memory = mmap.mmap(-1, max(_SLOT_BYTES * processes, mmap.PAGESIZE))
        self._leave_by_s = 0.0
        self._signals = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

    def run(self) -> int:
        """Run jobs until SIGTERM or Ctrl-C, or, as a batch, until all children have ended; gives the exit code."""
        woken, wake = socket.socketpair()
        with woken, wake:
            for end in (woken, wake):
                end.settimeout(0.0)
            signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
            signal.signal(signal.SIGCHLD, lambda *_: None)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_end)
            while self._look():
                select.select([woken], [], [], _LOOK_S)
                with suppress(BlockingIOError):
                    woken.recv(1024)
        return 0 if all(child.status == 0 for child in self._children) else 1

    def _look(self) -> bool:
        """Do what is to be done now; whether anything is left to look after."""
        now_s = time.monotonic()
        if self._parent and os.getppid() != self._parent:
            self._parent = 0
            self._on_end()
        for child in self._children:
            self._reap(child, now_s)
            if child.pid:
                self._mind(child, now_s)
            elif not child.is_done and not self._leave_by_s and now_s >= child.due_s:
                self._start(child)
        return any(child.pid or not (child.is_done or self._leave_by_s) for child in self._children)

    def _reap(self, child: _Child, now_s: float) -> None:
        if not child.pid:
            return
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if not pid:
            return
        child.pid, code = 0, os.waitstatus_to_exitcode(status)
        if self._leave_by_s or (code == 0 and (self._duty.is_batch or self._duty.is_once)):
            child.is_done, child.status = True, 0 if code == 0 else 1
            return
        child.deaths = 1 if now_s - child.begun_s > _LONG_S else child.deaths + 1
        wait_s = 0.0 if child.deaths == 1 else min(0.1 * 2**child.deaths, _MOST_S)
        child.due_s = now_s + wait_s
        log_entry(logging.WARNING, "A process of the worker ended (%s); another starts in %s s", code, wait_s, log=JOBS)

    def _mind(self, child: _Child, now_s: float) -> None:
        """Kill a child whose job goes on long after it was told to stop."""
        (overdue_at_s,) = struct.unpack_from("d", self._memory, child.index * _SLOT_BYTES)
        is_overdue = 0 < overdue_at_s < now_s
        if is_overdue or (self._leave_by_s and now_s > self._leave_by_s + 3 * grace_s()):
            log_entry(logging.ERROR, "A job did not stop, and its process was killed", log=JOBS)
            os.kill(child.pid, signal.SIGKILL)
            struct.pack_into("d", self._memory, child.index * _SLOT_BYTES, 0.0)

    def _on_end(self, *_: Any) -> None:
        """Ask the children to end; when asked again, at once."""
        self._leave_by_s = self._leave_by_s or time.monotonic() + drain_s()
        for child in self._children:
            if child.pid:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGTERM)

    def _start(self, child: _Child) -> None:
        struct.pack_into("d", self._memory, child.index * _SLOT_BYTES, 0.0)
        duty = replace(self._duty, keeps_house=child.index == 0)
        child.begun_s = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)  # until the child has handlers of its own
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _be_child(lambda: Runner(duty, slot_of(self._memory, child.index), parent), before)
        child.pid = pid
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _be_child(make: Callable[[], Runner], mask: Any) -> None:
    """Run jobs in a new process, and never come back."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        own_connections()
        runner = make()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        runner.run()
        connections.close_all()
        code = 0
    except BaseException:  # noqa: BLE001  # nothing may reach the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
