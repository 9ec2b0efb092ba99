"""End open streams when the process is told to end, since a server waits for its answers and these have no end.

`manage.py serve` tells its workers; other servers hear SIGTERM themselves, and are heard with.
Source: docs.python.org/3/library/signal.html, "Execution of Python signal handlers".
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

from nuages.servers.start import drain_s
from nuages.streams.slots import open_streams

_SHARE = 0.8  # of the time that answers in flight have: a body that is broken off then is seen to be


def end_streams() -> None:
    """End those whose clients come again at once, and the others when they had most of the time that answers have."""
    open_streams.end(_SHARE * drain_s())


def end_streams_at_sigterm() -> None:
    """Hear SIGTERM before the server that has a handler for it already; where none has, nothing is done."""
    before = signal.getsignal(signal.SIGTERM)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        return

    def hear(number: int, frame: FrameType | None) -> None:
        end_streams()
        before(number, frame)

    signal.signal(signal.SIGTERM, hear)
