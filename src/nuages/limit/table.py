"""Keep counts in a file that the processes of one machine map: exact between them, bounded, and quick.

A slot holds one key's counts. Where a key may be is decided by its digest: one of a set of WAYS slots; a set is locked
while it is looked at, by the system, which lets go of it when a process dies. Where a set is full, the slot makes room
whose counts are the first to be over. What a window is, `charges` knows.
Source: fcntl(2), "Advisory record locking": a lock is a process's, so threads have one of their own.
"""

from __future__ import annotations

import mmap
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

try:
    import fcntl
except ImportError:  # elsewhere than on POSIX each process counts for itself
    fcntl = None  # type: ignore[assignment]

from nuages.limit.charges import COUNTS, PARTS, Charge, Left, look, slide, taken
from nuages.limit.rates import MAX_WINDOW_S
from nuages.shared_files import open_own

_SLOT = struct.Struct(f"=16sQd{COUNTS}I")  # key, newest part, when its counts are over, counts
_HEAD = struct.Struct("=16sQd")
_EMPTY = bytes(16)
WAYS = 8
SETS = 8_192
SIZE_BYTES = SETS * WAYS * _SLOT.size
_MOST = (1 << 32) - 1
_STRIPES = 64
_FAR_S = 2.0 * MAX_WINDOW_S


class Table:
    """The counts of a machine.

    Shapes: `path` is of a file that only this user of the system may write; it is made where it is missing, with room
        for SETS * WAYS keys. Without a path the counts are this process's.
    Raises: OSError where the file cannot be had.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None and fcntl is None:
            raise OSError("this system has no locks between processes")
        self._file = None if path is None else open_own(path, SIZE_BYTES)
        self._memory = mmap.mmap(-1 if self._file is None else self._file, SIZE_BYTES)
        self._locks = [threading.Lock() for _ in range(_STRIPES)]

    def take(self, charges: Sequence[Charge], now_s: float | None = None) -> list[Left]:
        """Take every charge, or none where one does not pass.

        Units: `now_s` is of a clock that all processes of the machine read alike, and that nobody sets.
        """
        now_s = time.monotonic() if now_s is None else now_s
        sets = sorted({_set_of(charge.key) for charge in charges})
        with ExitStack() as stack:
            self._hold(sets, stack)
            slots = [self._read(charge, now_s) for charge in charges]
            found = [look(counts, now_s, charge) for (_, counts), charge in zip(slots, charges, strict=True)]
            left = taken(found, charges)
            if left is not found:
                for (place, counts), charge in zip(slots, charges, strict=True):
                    self._write(place, counts, charge, now_s)
        return left

    def _hold(self, sets: Sequence[int], stack: ExitStack) -> None:
        """Hold the sets of all keys; always in the same order, so that no two wait for each other."""
        for stripe in sorted({each % _STRIPES for each in sets}):
            stack.enter_context(self._locks[stripe])
        if self._file is not None:
            for each in sets:
                fcntl.lockf(self._file, fcntl.LOCK_EX, 1, each)
                stack.callback(fcntl.lockf, self._file, fcntl.LOCK_UN, 1, each)

    def _read(self, charge: Charge, now_s: float) -> tuple[int, list[int]]:
        """Find the slot of a key, or the one that makes room for it; and its counts as they are now."""
        first = _set_of(charge.key) * WAYS * _SLOT.size
        place = self._memory.find(charge.key, first, first + WAYS * _SLOT.size)
        if place < 0:
            return self._room(first, now_s), [0] * COUNTS
        _, newest, _, *counts = _SLOT.unpack_from(self._memory, place)
        return place, slide(counts, newest, _part(charge, now_s))

    def _room(self, first: int, now_s: float) -> int:
        """The slot of a set that is free, or the first to be so. One that is far off is of before the last start."""

        def ends_s(place: int) -> float:
            key, _, over_s = _HEAD.unpack_from(self._memory, place)
            return 0.0 if key == _EMPTY or over_s > now_s + _FAR_S else max(0.0, float(over_s) - now_s)

        return min(range(first, first + WAYS * _SLOT.size, _SLOT.size), key=ends_s)

    def _write(self, place: int, counts: list[int], charge: Charge, now_s: float) -> None:
        part = _part(charge, now_s)
        counts[part % COUNTS] = min(counts[part % COUNTS] + charge.cost, _MOST)
        over_s = now_s + charge.window_s * (1 + 1 / PARTS)
        _SLOT.pack_into(self._memory, place, charge.key, part, over_s, *counts)


def _part(charge: Charge, now_s: float) -> int:
    return int(now_s / (charge.window_s / PARTS))


def _set_of(key: bytes) -> int:
    return int.from_bytes(key[:4], "little") % SETS
