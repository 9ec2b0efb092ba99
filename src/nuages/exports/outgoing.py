"""Send one export: pieces as they are asked for, an end to all that is held, and no end that only looks like one.

Which thread asks for the next piece, and whether any does, is the server's: a watch ends what nobody asks for any more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from time import monotonic

from nuages.errors import BrokenOff, Problem, Unavailable
from nuages.execute.failures import problem_of
from nuages.execute.rows import Rows
from nuages.exports.bounds import export_stall_s, export_timeout_s
from nuages.exports.slots import Slot
from nuages.exports.watch import forget, watch
from nuages.http.request_id import under_way
from nuages.logs import log_entry

Make = Callable[[Sequence[bytes]], bytes]


class Outgoing:
    """The pieces of one export.

    Shapes: `head` stands before the first row; of `most` rows no more is sent, and where there is one more although
        `is_whole`, the export is broken off.
    Raises: BrokenOff, when the next piece cannot be made, or nobody asked for it in time.
    """

    def __init__(self, slot: Slot, rows: Rows, make: Make, *, head: bytes, most: int, is_whole: bool) -> None:
        self._slot, self._rows, self._make = slot, rows, make
        self._left, self._is_whole = most, is_whole
        self._lock = threading.Lock()
        self._request_id = under_way.get()
        self._problem: Problem | None = None
        self._is_over = False
        now_s = monotonic()
        self._asked_s, self._until_s = now_s, now_s + export_timeout_s()
        self._stall_s = export_stall_s()
        self._ready: bytes | None = head + self._next()
        watch(self)

    def __iter__(self) -> Outgoing:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            self._asked_s = monotonic()
            if self._problem is not None:
                raise BrokenOff(self._problem)
            piece = self._piece()
            self._asked_s = monotonic()
            if piece:
                return piece
            self._end()
            raise StopIteration

    def close(self) -> None:
        """Give back everything."""
        with self._lock:
            self._end()
        self._slot.release()

    def __del__(self) -> None:
        """A server that never asked has closed nothing."""
        if hasattr(self, "_ready"):
            self.close()

    def end_if_late(self, now_s: float) -> None:
        """End what nobody asks for any more, or what takes too long; its thread learns of it when it asks."""
        is_late = now_s > self._until_s or now_s > self._asked_s + self._stall_s
        if is_late and self._lock.acquire(blocking=False):  # else it is at work, as long as a statement may take
            try:
                self._break_off(Unavailable("The export took too long to be read.", code="export-too-slow"))
                self._log(logging.WARNING, "An export was broken off: it took too long to be read.")
            finally:
                self._lock.release()

    def _piece(self) -> bytes:
        if self._ready is not None:
            piece, self._ready = self._ready, None
            return piece or self._piece()
        try:
            return b"" if self._is_over else self._next()
        except Exception as error:
            known = error if isinstance(error, Problem) else problem_of(error)
            self._break_off(known or Problem("This server failed; the failure is logged."))
            self._log(logging.ERROR, "An export was broken off.", error)
            raise BrokenOff(self._problem or Problem("")) from error

    def _next(self) -> bytes:
        documents = self._rows.next()[: self._left] if self._left else []
        self._left -= len(documents)
        if self._is_whole and documents and not self._left:
            raise Unavailable("The list has grown beyond what an export may have.", code="too-many-rows")
        return self._make(documents) if documents else b""

    def _break_off(self, problem: Problem) -> None:
        self._problem = problem
        self._end()

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            forget(self)
            self._rows.close()

    def _log(self, level: int, message: str, error: Exception | None = None) -> None:
        named = under_way.set(self._request_id)
        try:
            log_entry(level, message, error=error)
        finally:
            under_way.reset(named)
