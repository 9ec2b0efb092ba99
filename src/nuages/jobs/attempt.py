"""What a running function tells, turned into its row and the pieces of its result: the `JobContext` of one attempt."""

from __future__ import annotations

import asyncio
import io
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol, cast

from django.apps import apps

from nuages.errors import Problem
from nuages.jobs.bounds import max_result_bytes
from nuages.jobs.claim import fenced
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.stopping import JobCanceled, LeaseLost, Stopped

PIECE_BYTES = 256 * 1024
_EVERY_S = 0.3
_LONGEST_NOTE = 255
_LONGEST_TYPE, _LONGEST_NAME = 100, 255


class TooLarge(Problem):
    """The result of a job is larger than is kept."""

    code = "result-too-large"

    def __init__(self) -> None:
        super().__init__(f"The result has more than {max_result_bytes():,} bytes, which is what is kept of a job.")


class Telling(Protocol):
    """Where an attempt's progress goes."""

    def __call__(self, attempt: Attempt) -> None:
        """Take note of it. Raises: Stopped where the attempt has to end."""


class Attempt:
    """The attempt that runs, as `JobContext` says.

    Shapes: `job` is the claimed `StoredJob`; `told` are the columns of its progress; `interrupt`, where a function
        waits on an event loop, ends that waiting, and nothing may be raised into it meanwhile; `asked` is why it has to
        end where nothing can be raised into it.
    """

    def __init__(self, job: Any, tell: Telling | None = None) -> None:
        self.job = job
        self.told: dict[str, Any] = {}
        self.output: Output | None = None
        self.interrupt: Callable[[], object] | None = None
        self.asked: type[Stopped] | None = None
        self._tell: Telling = tell or Direct()

    @property
    def id(self) -> str:
        """The id of the job."""
        return str(self.job.pk)

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return int(self.job.attempts)

    @property
    def principal(self) -> Mapping[str, Any]:
        """Who asked for it, as it was stored."""
        told: dict[str, Any] = json.loads(self.job.principal)
        return told

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Tell how far it is.

        Raises: JobCanceled where somebody has asked for its end; ValueError for what is no number.
        """
        if not math.isfinite(done) or (total is not None and not math.isfinite(total)):
            raise ValueError(f"progress({done!r}, {total!r}): how far a job is, is a number.")
        plain = str(note).encode(errors="replace").decode().replace("\0", "")[:_LONGEST_NOTE]
        whole = None if total is None else float(total)
        self.told = {"progress_done": float(done), "progress_total": whole, "progress_note": plain}
        self._tell(self)

    def file(self, content_type: str, filename: str) -> IO[bytes]:
        """Begin a result that is a file.

        Raises: ValueError where it has begun already, or for a type or a name that cannot be stored.
        """
        for text, longest in ((content_type, _LONGEST_TYPE), (filename, _LONGEST_NAME)):
            if not 0 < len(text) <= longest or not text.isprintable():
                raise ValueError(f"A file's type and name are printable, of 1 to {longest} characters: {text[:80]!r}.")
        if self.output is not None:
            raise ValueError(f"The job {self.id} writes its file already; it has one.")
        self.output = Output(self.job, content_type, filename)
        return cast("IO[bytes]", self.output)


class Direct:
    """Writes progress at once, a few times a second at most: for who runs a job in its own process."""

    def __init__(self) -> None:
        self._due_s = 0.0

    def __call__(self, attempt: Attempt) -> None:
        if time.monotonic() < self._due_s or _is_on_loop():
            return
        self._due_s = time.monotonic() + _EVERY_S
        rows = fenced(attempt.job)
        if not rows.update(**attempt.told):
            raise LeaseLost
        if rows.filter(cancel_asked_at__isnull=False).exists():
            raise JobCanceled


class Output(io.BufferedIOBase):
    """A file that becomes the pieces of a result. It can be wrapped: `io.TextIOWrapper(context.file(...))`."""

    def __init__(self, job: Any, content_type: str, filename: str) -> None:
        super().__init__()
        self.content_type, self.filename, self.size_bytes = content_type, filename, 0
        self._most_bytes = max_result_bytes()
        self._waiting = bytearray()
        self._number = 0
        self._job = job

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """Take some bytes.

        Raises: TooLarge; TypeError for a str.
        """
        size_bytes = len(memoryview(content).cast("B"))
        self.size_bytes += size_bytes
        if self.size_bytes > self._most_bytes:
            raise TooLarge
        self._waiting += content
        while len(self._waiting) >= PIECE_BYTES and not _is_on_loop():
            self._store(PIECE_BYTES)
        return size_bytes

    def finish(self) -> None:
        """Store what is left."""
        while self._waiting:
            self._store(PIECE_BYTES)

    def _store(self, size_bytes: int) -> None:
        content = bytes(self._waiting[:size_bytes])
        del self._waiting[:size_bytes]
        piece: Any = apps.get_model("nuages", "JobPiece")
        stored = piece(job=self._job, attempt=self._job.attempts, number=self._number, content=content)
        piece._base_manager.using(alias_of_jobs()).bulk_create([stored])
        self._number += 1


def _is_on_loop() -> bool:
    """Whether this is a coroutine, in which Django lets nobody ask a database; what waits is stored at the end."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
