"""Keep one thing of a kind for each name in each process: one that was forked from another makes its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class PerProcess(Generic[Kept]):
    """Makes what is asked for, once for each name.

    Shapes: `make` takes the name, such as the alias of a database.
    """

    def __init__(self, make: Callable[[str], Kept]) -> None:
        self._make = make
        self._kept: dict[tuple[int, str], Kept] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Kept:
        """The one of a name in this process."""
        key = os.getpid(), name
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._make(name)
            return self._kept[key]
