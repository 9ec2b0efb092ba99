"""Keep numbers by name in a block of memory that others may map as well. What the numbers mean is `counters`'.

A record is written whole before the head says that it is there, so whoever reads along sees only whole ones.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from typing import TypeAlias

SIZE_BYTES = 1 << 20  # some five thousand series; a page of it costs memory only once something is written there
_HEAD = struct.Struct("=Q")  # how many bytes are in use, this head included
_RECORD = struct.Struct("=HH")  # length of the name in bytes, how many numbers follow it
_NUMBER_BYTES = 8

Record: TypeAlias = tuple[bytes, int, int]
"""A name, where its numbers begin, how many there are."""


class Cells:
    """Numbers by name.

    Shapes: `numbers` is all of the memory as floats; a place is an index of it. Only one process may write.
    """

    def __init__(self, memory: mmap.mmap | None = None) -> None:
        self.memory = memory or mmap.mmap(-1, SIZE_BYTES)
        self.numbers = memoryview(self.memory).cast("d")
        self._places = {name: place for name, place, _ in records(self.memory)}

    def place(self, name: bytes, count: int) -> int | None:
        """Find where the numbers of a name are, or make room for `count` of them; None where there is none left."""
        found = self._places.get(name)
        if found is not None:
            return found
        used = _used(self.memory)
        start = _padded(used + _RECORD.size + len(name))
        end = start + count * _NUMBER_BYTES
        if end > len(self.memory):
            return None
        _RECORD.pack_into(self.memory, used, len(name), count)
        self.memory[used + _RECORD.size : used + _RECORD.size + len(name)] = name
        _HEAD.pack_into(self.memory, 0, end)
        self._places[name] = start // _NUMBER_BYTES
        return start // _NUMBER_BYTES


def records(memory: mmap.mmap) -> Iterator[Record]:
    """Every record that is there."""
    place, used = _HEAD.size, _used(memory)
    while place + _RECORD.size <= used:
        length, count = _RECORD.unpack_from(memory, place)
        name = memory[place + _RECORD.size : place + _RECORD.size + length]
        start = _padded(place + _RECORD.size + length)
        yield name, start // _NUMBER_BYTES, count
        place = start + count * _NUMBER_BYTES


def _used(memory: mmap.mmap) -> int:
    return min(int(_HEAD.unpack_from(memory)[0]), len(memory)) or _HEAD.size


def _padded(place: int) -> int:
    return -(-place // _NUMBER_BYTES) * _NUMBER_BYTES
