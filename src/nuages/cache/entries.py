"""One kept answer, and a bounded place for many of them in this process."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress

import msgspec

from nuages.cache.versions import Version

_OVERHEAD_BYTES = 1_000  # what one more entry costs beside its bytes: its key, its headers, its place


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What was answered, as it is kept and shared.

    Shapes: `headers` are all that belong to the representation; `changed_at` is None where no such time is known.
    """

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]
    changed_at: dt.datetime | None


class Entry(msgspec.Struct, frozen=True):
    """One kept answer.

    Shapes: `versions` are those of `tables` from before it was computed.
    Units: `fresh_until_s` and `stale_until_s` on this process's monotonic clock.
    """

    answer: Answer
    tables: tuple[str, ...]
    versions: Version
    fresh_until_s: float
    stale_until_s: float


class Memory:
    """Entries up to a number of bytes; those that were not asked for longest go first.

    Units: `size_bytes` of bodies and keys together; a body of more than an eighth of it is not taken.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._entries: OrderedDict[Hashable, tuple[Entry, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Entry | None:
        """The entry of a key, whatever its age."""
        found = self._entries.get(key)
        if found is None:
            return None
        with suppress(KeyError):  # another thread has just dropped it
            self._entries.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, entry: Entry, key_bytes: int) -> None:
        """Keep an entry; others go until there is room."""
        size_bytes = len(entry.answer.body) + key_bytes + _OVERHEAD_BYTES
        if size_bytes > self._size_bytes // 8:
            return
        with self._lock:
            self._drop(key)
            while self._entries and self.used_bytes + size_bytes > self._size_bytes:
                _, (_, freed_bytes) = self._entries.popitem(last=False)
                self.used_bytes -= freed_bytes
            self._entries[key] = (entry, size_bytes)
            self.used_bytes += size_bytes

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()
            self.used_bytes = 0

    def _drop(self, key: Hashable) -> None:
        found = self._entries.pop(key, None)
        if found is not None:
            self.used_bytes -= found[1]
