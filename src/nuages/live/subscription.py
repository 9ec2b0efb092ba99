"""What waits for one client: written by the thread of the hub, taken on the client's loop. Knows no database."""

from __future__ import annotations

import asyncio
import threading
from time import monotonic

from nuages.live.interests import Interest

# So much at once: a client that is slow must not have all of it in its socket's buffer.
_MOST_TAKEN = 200


class Subscription:
    """One client that watches a list.

    Shapes: `begins_again` where what follows would not be all: the client must begin with a page.
    Units: `most` is in events; `until_s` of the monotonic clock.
    """

    def __init__(self, interest: Interest, *, most: int, until_s: float) -> None:
        self.interest, self.until_s = interest, until_s
        self._place = ""
        self.begins_again = False
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    # --- The hub

    @property
    def is_open(self) -> bool:
        """Whether more may be put."""
        return not self._is_closed and monotonic() < self.until_s

    @property
    def has_room(self) -> bool:
        """Whether it is worth while to look for more."""
        return len(self._waiting) * 2 <= self._most

    def put(self, events: list[bytes], place: str) -> None:
        """Put events, and the place up to where there are no others; too many for a client that does not read."""
        with self._lock:
            if self._is_closed:
                return
            room = self._most - len(self._waiting)
            self._waiting += events[:room]
            self._is_closed = len(events) > room
            self._place = "" if self._is_closed else place  # an older one would be told after what was put behind it
        if events:
            self._tell()

    def close(self, *, begins_again: bool = False) -> None:
        """Put no more."""
        with self._lock:
            self._is_closed = True
            self.begins_again = self.begins_again or begins_again
        self._tell()

    def _tell(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._news.set)
            except RuntimeError:  # it has been closed meanwhile
                return

    # --- The client

    def begin(self) -> None:
        """Be called on the client's loop, before the hub knows of it."""
        self._loop = asyncio.get_running_loop()

    def reached(self) -> str:
        """Up to where all that matters has been taken; "" where that is not known."""
        with self._lock:
            return "" if self._waiting else self._place

    async def take(self, patience_s: float) -> bytes | None:
        """Wait for what is there; b"" where nothing comes for so long, None at the end."""
        if not self._waiting and not self._is_closed:
            try:
                await asyncio.wait_for(self._news.wait(), max(0.0, patience_s))
            except TimeoutError:
                return b""
        with self._lock:
            self._news.clear()
            taken, self._waiting = self._waiting[:_MOST_TAKEN], self._waiting[_MOST_TAKEN:]
            if taken:
                return b"".join(taken)
            return None if self._is_closed else b""
