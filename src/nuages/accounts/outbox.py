"""Do work after the answer, in a thread of its own: whoever asks cannot tell by the time what was done.

The thread lives as long as there is work, and a process that ends waits for it, up to a deadline. What the work is, is
not known here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context

from django.utils import translation
from django.views.decorators.debug import sensitive_variables

from nuages.logs import log_entry

Job = Callable[[], None]
LOG = "nuages.accounts"
MOST = 1_000  # jobs that wait; a mail server that is away must not fill the memory
DRAIN_S = 10.0


class Outbox:
    """Work that waits, first come first done, one at a time.

    Units: `most` jobs may wait; when the process ends, those left have `drain_s`.
    """

    def __init__(self, *, most: int = MOST, drain_s: float = DRAIN_S) -> None:
        self._most, self._drain_s = most, drain_s
        self._jobs: deque[tuple[Context, str | None, Job]] = deque()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, job: Job) -> None:
        """Do a job soon, in the language of now; where too many wait already, it is logged and dropped."""
        with self._lock:
            is_full = len(self._jobs) >= self._most
            if not is_full:
                self._jobs.append((copy_context(), translation.get_language(), job))
                self._start()
        if is_full:
            log_entry(logging.ERROR, "More than %s mails wait: one is not sent.", self._most, log=LOG)

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to do; says whether that was so in time."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return not self._jobs

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive():  # one of before a fork is not
            return
        # No daemon: Python lets it finish before the process ends.
        self._thread = threading.Thread(target=self._work, name="nuages-outbox", daemon=False)
        try:
            self._thread.start()
        except RuntimeError as error:  # no thread may begin any more
            self._thread, self._jobs = None, deque()
            log_entry(logging.ERROR, "A mail is not sent: the process ends.", error=error, log=LOG)

    def _work(self) -> None:
        end_s: float | None = None
        while True:
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return
                if end_s is not None and time.monotonic() > end_s:
                    break
                context, language, job = self._jobs.popleft()
            context.run(_do, language, job)
            if end_s is None and not threading.main_thread().is_alive():
                end_s = time.monotonic() + self._drain_s
        log_entry(logging.ERROR, "The process ends: %s mails are not sent.", len(self._jobs), log=LOG)


@sensitive_variables()
def _do(language: str | None, job: Job) -> None:
    try:
        with translation.override(language):
            job()
    except Exception as error:  # noqa: BLE001  # of a mail server, or of a project's template
        log_entry(logging.ERROR, "A mail could not be sent", error=error, log=LOG)


outbox = Outbox()
"""The one of this process."""
