"""One worker of a server as its parent sees it: the process, the line to it, since when it is up. Decides nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from nuages.servers.worker import UP

_SOONEST_S = 0.001


class Member:
    """A worker that has been started.

    Shapes: `worker` is granian's; `on_up` is called, in a thread of its own, when it is up.
    """

    def __init__(self, worker: Any, line: Connection, *, on_up: Callable[[], None]) -> None:
        self.worker = worker
        self.has_settled = threading.Event()
        """Set when it is up, or has ended before."""
        self._line, self._on_up = line, on_up
        self._up_at_s: float | None = None
        threading.Thread(target=self._hear, daemon=True).start()

    def is_up(self) -> bool:
        """Whether it has loaded the application, and lives."""
        return self._up_at_s is not None and bool(self.worker.is_alive())

    def up_s(self) -> float | None:
        """For how long it has been up, in seconds; None where it never was."""
        return None if self._up_at_s is None else time.monotonic() - self._up_at_s

    def say(self, word: bytes) -> None:
        """Say a word on the line; a worker that has ended hears none."""
        with suppress(OSError):
            self._line.send_bytes(word)

    def expect_end(self) -> None:
        """Let granian not report its end as an unexpected one."""
        self.worker.interrupt_by_parent = True

    def leave(self, word: bytes) -> None:
        """Ask it to finish; where it is not up yet there is nothing to finish."""
        self.expect_end()
        if self._up_at_s is None:
            self.worker.terminate()
        self.say(word)

    def end(self) -> None:
        """End it now."""
        self.worker.kill()
        self.worker.join()

    def outwait(self, limit_s: float) -> None:
        """Wait for its end, and end it after `limit_s`."""
        self.worker.join(max(limit_s, _SOONEST_S))
        time.sleep(_SOONEST_S)  # a process may be called alive just after it was waited for
        if self.worker.is_alive():
            self.end()

    def _hear(self) -> None:
        with suppress(EOFError, OSError):
            if self._line.recv_bytes() == UP:
                self._up_at_s = time.monotonic()
        self.has_settled.set()
        if self._up_at_s is not None:
            self._on_up()
