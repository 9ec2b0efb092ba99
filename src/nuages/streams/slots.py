"""Count the streams that a process has open, and end them all when it is about to end. Knows no server."""

from __future__ import annotations

import threading
import weakref
from typing import Protocol

from nuages.errors import Unavailable
from nuages.streams.bounds import max_streams

_RETRY_S = 10


class Ending(Protocol):
    """What can be told to end from any thread."""

    def end(self, patience_s: float) -> None:
        """End now, or by then where only a body that is whole is worth anything."""


class OpenStreams:
    """The streams of a process.

    Shapes: `is_ending` where they have been told to end, and new ones are too.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a forgotten stream may be collected, and a signal come, while it is held
        self._streams: weakref.WeakSet[Ending] = weakref.WeakSet()
        self._taken = 0
        self.is_ending = False

    def take(self) -> None:
        """Count one.

        Raises: Unavailable `too-many-streams`.
        """
        with self._lock:
            if self._taken >= max_streams():
                detail = f"This server has {self._taken} streams open already. Try again."
                raise Unavailable(detail, code="too-many-streams", headers=[("Retry-After", str(_RETRY_S))])
            self._taken += 1

    def give_back(self) -> None:
        """Count one no more."""
        with self._lock:
            self._taken -= 1

    def add(self, stream: Ending) -> None:
        """Tell this one, too, when they end."""
        with self._lock:
            self._streams.add(stream)

    def end(self, patience_s: float) -> None:
        """Tell all of them to end, and those that come still."""
        self.is_ending = True
        with self._lock:
            found = list(self._streams)
        for stream in found:
            stream.end(patience_s)

    def __len__(self) -> int:
        return self._taken


open_streams = OpenStreams()


class Slot:
    """The right to have one stream open; `release` ends it, again does nothing.

    Raises: Unavailable `too-many-streams`.
    """

    def __init__(self) -> None:
        self._is_held = False
        open_streams.take()
        self._is_held = True

    def release(self) -> None:
        """Let another one begin."""
        if self._is_held:
            self._is_held = False
            open_streams.give_back()
