"""Keep a server's workers running: replace those that die, exchange them one by one, see them off at the end.

granian starts the processes and speaks HTTP; what becomes of them is decided here, because granian ends the server when
a worker dies twice within 5.5 s, and has each worker listen at a socket of its own, whose waiting clients die with it.
Source: granian/server/common.py, `_init_shared_socket`, `_serve_loop`, `_respawn_workers` and `_stop_workers`.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import Pipe
from typing import Any

from granian._granian import SocketHolder
from granian.server import MPServer

from nuages.logs import log_entry
from nuages.servers.beside import Beside
from nuages.servers.crew import Member
from nuages.servers.listening import Listening
from nuages.servers.starts import Starts
from nuages.servers.worker import DRAIN, LEAVE, LEAVE_NOW, LINGER_S

SERVER = "nuages.server"
_START_LIMIT_S = 120.0  # for a new worker beside an old one; a start has taken ten seconds on a busy machine
_POLL_S = 0.05
_EMPTY_S = 0.1  # for what has come through a Unix socket before its path was taken away


class Supervisor(MPServer):
    """granian's server with workers that share one socket, and its own ways to begin and end them.

    Units: `drain_delay_s`, how long requests are still accepted after SIGTERM while readiness is off already;
        `drain_s`, how long those in flight may go on after that. `beside` is told when this ends, and waited for.
    """

    def __init__(
        self,
        target: str,
        *,
        listening: Listening,
        drain_s: int,
        drain_delay_s: float,
        announce: Callable[[], None],
        beside: Beside | None = None,
        **options: Any,
    ) -> None:
        super().__init__(target, respawn_failed_workers=True, workers_kill_timeout=drain_s, **options)
        self._listening, self._drain_s, self._drain_delay_s = listening, drain_s, drain_delay_s
        self._announce, self._beside = announce, beside
        self._members: list[Member] = []
        self._due_s: dict[int, float] = {}  # the place of a worker that has ended: when it is started again
        self._starts, self._hurry = Starts(), threading.Event()
        self._start: Callable[[int], Member]

    # --- Beginning

    def _init_shared_socket(self) -> None:
        shared = self._listening.socket
        knows_backlog = sys.platform.startswith(("linux", "freebsd"))
        backlog = (self.backlog,) if knows_backlog else ()
        holder: Any = SocketHolder
        state: Any = self  # granian declares what it sets here as None
        state._shd = holder(shared.fileno(), self._listening.is_unix, *backlog)
        state._sfd, state._ssp, state._sso = shared.fileno(), None, shared

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        self._start = partial(self._start_one, spawn_target, target_loader)
        for index in range(self.workers):
            self.wrks.append(self._start(index).worker)

    def _start_one(self, spawn_target: Any, target_loader: Any, index: int) -> Member:
        ours, theirs = Pipe()
        worker = self._spawn_worker(index, spawn_target, partial(target_loader, line=theirs))
        worker.start()
        theirs.close()  # the worker has it now; when both ends of a line are here, it never breaks
        member = Member(worker, ours, on_up=self._announce_once)
        self._members = [*(each for each in self._members if self._is_known(each.worker)), member]
        return member

    def _is_known(self, worker: Any) -> bool:
        """Whether a worker is still to be looked after; one that has just ended is, until its end has been noted."""
        return worker in self.wrks or bool(worker.is_alive())

    def _announce_once(self) -> None:
        announce, self._announce = self._announce, lambda: None
        announce()

    # --- Going on

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while not self.interrupt_signal and not self._is_hopeless():
            self._start_due()
            if self.reload_signal:
                self._reload(spawn_target, target_loader)
            if self.rss_signal:
                self.rss_signal = False
                self._handle_rss_signal(spawn_target, target_loader)
                self._watch_workers_rss()
            self.main_loop_interrupt.wait(self._next_s())
            self.main_loop_interrupt.clear()
            self._note_ended()

    def _note_ended(self) -> None:
        self.interrupt_children.clear()  # granian's own note, which does not tell who it was at what place
        for index, worker in enumerate(self.wrks):
            if not worker.is_alive() and index not in self._due_s:
                wait_s = self._starts.wait_s(up_s=self._member(worker).up_s())
                self._due_s[index] = time.monotonic() + wait_s
                log_entry(logging.WARNING, "Worker %s ended; another starts in %s s.", index + 1, wait_s, log=SERVER)

    def _start_due(self) -> None:
        for index in [index for index, due_s in self._due_s.items() if due_s <= time.monotonic()]:
            del self._due_s[index]
            self.wrks[index] = self._start(index).worker

    def _next_s(self) -> float | None:
        return max(0.0, min(self._due_s.values()) - time.monotonic()) if self._due_s else None

    def _is_hopeless(self) -> bool:
        return self._starts.is_hopeless and not any(member.is_up() for member in self._members)

    def _respawn_workers(self, workers: Any, *_: Any, **__: Any) -> None:
        """Exchange workers, each when its successor is up; one that does not come up leaves the rest as they are."""
        for index in workers:
            if self.interrupt_signal:
                return
            if not self._exchange(index):
                log_entry(logging.ERROR, "A new worker did not start; the old ones go on.", log=SERVER)
                return

    def _exchange(self, index: int) -> bool:
        old, new = self._member(self.wrks[index]), self._start(index)
        deadline_s = time.monotonic() + _START_LIMIT_S
        while not new.has_settled.wait(_POLL_S) and not self.interrupt_signal and time.monotonic() < deadline_s:
            pass
        if not new.is_up():
            new.end()
            return False
        self.wrks[index] = new.worker
        self._due_s.pop(index, None)
        old.leave(LEAVE)
        threading.Thread(target=old.outwait, args=(LINGER_S + self._drain_s,), daemon=True).start()
        return True

    def _member(self, worker: Any) -> Member:
        return next(member for member in self._members if member.worker is worker)

    # --- Ending

    def signal_handler_interrupt(self, *signaled: Any, **_: Any) -> None:
        """End; told twice, or by Ctrl-C, without waiting for those who have not asked yet."""
        if self.interrupt_signal or signaled[:1] == (signal.SIGINT,):
            self._hurry.set()
        super().signal_handler_interrupt()

    def shutdown(self, exit_code: int = 0) -> None:
        """Turn readiness off, wait as long as is declared, stop accepting, answer who is in, and end.

        Raises: SystemExit with 1 where no worker could be started.
        """
        exit_code = 1 if self._is_hopeless() else exit_code
        if exit_code:
            log_entry(logging.ERROR, "No worker can be started: giving up.", log=SERVER)
        if self._beside is not None:
            self._beside.leave(at_once=self._hurry.is_set())
        for member in self._members:
            member.expect_end()
            member.say(DRAIN)
        self.interrupt_children.clear()
        if not exit_code:
            self._hurry.wait(self._drain_delay_s)
        try:
            super().shutdown(exit_code)
        finally:
            if self._beside is not None:
                self._beside.outwait()

    def _drop_shared_socket(self) -> None:
        self._listening.withdraw()
        if self._listening.is_unix:
            self._hurry.wait(_EMPTY_S)
        super()._drop_shared_socket()

    def _stop_workers(self) -> None:
        is_hurried = self._hurry.is_set() or self.reload_on_changes
        for member in self._members:
            member.leave(LEAVE_NOW if is_hurried else LEAVE)
        deadline_s = time.monotonic() + self._drain_s + (0.0 if is_hurried else LINGER_S)
        for member in self._members:
            member.outwait(deadline_s - time.monotonic())
        self._members.clear()
        self.wrks.clear()
