"""Look at this process now and then: its memory, threads, descriptors, connections. Cheap, and never for each request.

What a worker has found last is shown also while it rests.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from os import sysconf
from pathlib import Path
from time import monotonic
from typing import Any
from weakref import WeakSet

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from nuages.counting.counters import Family, gauge

_EVERY_S = 1.0
_STATM, _DESCRIPTORS = Path("/proc/self/statm"), Path("/proc/self/fd")

_connections: WeakSet[BaseDatabaseWrapper] = WeakSet()


class Figures:
    """What is looked at, as gauges.

    Units: memory in bytes, the part of it that is resident.
    """

    def __init__(self) -> None:
        self._memory = gauge("nuages_process_resident_memory_bytes", "Resident memory of a worker.")
        self._threads = gauge("nuages_process_threads", "Threads of Python in a worker.")
        self._descriptors = gauge("nuages_process_open_fds", "Open file descriptors of a worker.")
        told = "Connections to a database that a worker's threads hold."
        self._connections = Family("gauge", "nuages_database_connections", told, ("database",))
        told = "Connections in a worker's pool."
        self._pool = Family("gauge", "nuages_pool_connections", told, ("database", "state"))
        self._waiting = Family("gauge", "nuages_pool_waiting", "Requests that wait for a connection.", ("database",))
        self._next_s = 0.0
        connection_created.connect(_remember, dispatch_uid="nuages.servers.figures")

    def take_if_due(self) -> None:
        """Look, where the last look was a second ago."""
        if monotonic() >= self._next_s:
            self.take()

    def take(self) -> None:
        """Look. What cannot be seen on this system, or at this moment, stays as it was."""
        self._next_s = monotonic() + _EVERY_S
        self._threads.set(threading.active_count())
        with suppress(OSError, ValueError):  # no such file system
            self._memory.set(int(_STATM.read_text().split()[1]) * sysconf("SC_PAGE_SIZE"))
            self._descriptors.set(sum(1 for _ in _DESCRIPTORS.iterdir()))
        with suppress(RuntimeError):  # a thread has just opened a connection
            self._look_at(list(_connections))

    def _look_at(self, connections: list[BaseDatabaseWrapper]) -> None:
        for alias in {connection.alias for connection in connections}:
            own = [connection for connection in connections if connection.alias == alias]
            self._connections.of(alias).set(sum(connection.connection is not None for connection in own))
            pools: Any = getattr(own[0], "_connection_pools", {})  # Django offers no other way that makes no pool
            if alias in pools:
                self._look_at_pool(alias, pools[alias].get_stats())

    def _look_at_pool(self, alias: str, stats: dict[str, int]) -> None:
        idle = stats.get("pool_available", 0)
        self._pool.of(alias, "idle").set(idle)
        self._pool.of(alias, "used").set(stats.get("pool_size", 0) - idle)
        self._waiting.of(alias).set(stats.get("requests_waiting", 0))


def _remember(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    _connections.add(connection)
