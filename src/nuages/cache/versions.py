"""Give each table a version that every change replaces; what was read before it is then known to be old.

Here they stand in a file that the processes of one machine share. Versions are random: nothing is counted, so nothing
can come to the same value again, and no lock is needed. Compare them, and nothing else.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

from nuages.shared_files import map_own

_BYTES = 8
_SLOTS = 8_192  # tables that share one change together
SIZE_BYTES = _BYTES * _SLOTS

Version = tuple[bytes, ...]


class Versions(Protocol):
    """Where versions stand."""

    def current(self, tables: Sequence[str]) -> Version | None:
        """The versions of some tables; None where they cannot be known now, and nothing kept may be used."""
        ...

    def change(self, tables: Iterable[str]) -> None:
        """Give some tables new versions; whoever asks from now on gets them."""
        ...


class MachineVersions:
    """The versions of one machine's processes.

    Shapes: `path` names the file that they share; None stands for this process alone.
    Raises: OSError where the file cannot be had.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._memory: Any = bytearray(SIZE_BYTES) if path is None else map_own(path, SIZE_BYTES)

    def current(self, tables: Sequence[str]) -> Version | None:
        """The versions of some tables."""
        memory = self._memory
        return tuple([bytes(memory[place : place + _BYTES]) for place in map(_place, tables)])

    def change(self, tables: Iterable[str]) -> None:
        """Give some tables new versions, for every process of this machine."""
        for place in map(_place, tables):
            self._memory[place : place + _BYTES] = secrets.token_bytes(_BYTES)


@lru_cache(maxsize=_SLOTS)
def _place(table: str) -> int:
    return crc32(table.encode()) % _SLOTS * _BYTES


def machine_versions(path: Path) -> MachineVersions:
    """The versions in a file, or those of this process alone where there can be none."""
    try:
        return MachineVersions(path)
    except OSError as error:
        logging.getLogger("nuages.cache").warning("Other processes do not hear of changes (%s).", error)
        return MachineVersions()
