"""The versions of all instances, in Redis or Valkey.

A server that cannot be asked is no reason to wait, nor to trust what is kept: for a while nothing kept is used. Changes
that could not be told there are told as soon as it answers, and until then this process uses nothing that is kept.
Only a project with the extra `redis` can import this.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterable, Sequence

from nuages.cache.server import Server
from nuages.cache.versions import Version
from nuages.redis_client import PAUSE_S, Unanswered

_FIRST = """
local found = {}
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[i], 'NX')
  found[i] = redis.call('GET', key)
end
return found
"""


class RedisVersions:
    """The versions of all instances."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._first = server.client.register_script(_FIRST)
        self._owed: dict[str, object] = {}  # by table, what its last change is known by
        self._lock = threading.Lock()
        self._payer: threading.Thread | None = None

    def current(self, tables: Sequence[str]) -> Version | None:
        """The versions of some tables; None while the server cannot be asked, or does not know of a change."""
        if self._owed:
            return None
        try:
            return self.server.ask(lambda prefix: self._versions(prefix, tables))
        except Unanswered:
            return None

    def change(self, tables: Iterable[str]) -> None:
        """Give some tables new versions; where the server cannot be asked, as soon as it can."""
        changed = sorted(set(tables))
        try:
            self._tell(changed)
        except Unanswered:
            self._owe(changed)

    def _versions(self, prefix: str, tables: Sequence[str]) -> Version:
        keys = [f"{prefix}v:{table}" for table in tables]
        found = self.server.client.mget(keys)
        if None in found:
            found = self._first(keys=keys, args=[_new() for _ in keys])
        return tuple(found)

    def _tell(self, tables: Iterable[str]) -> None:
        self.server.ask(
            lambda prefix: self.server.client.mset({f"{prefix}v:{table}": _new() for table in tables}), is_due=True
        )

    def _owe(self, tables: Iterable[str]) -> None:
        logging.getLogger("nuages.cache").warning("Redis cannot be told of changes; it is, as soon as it answers.")
        with self._lock:
            self._owed |= {table: object() for table in tables}
            if self._payer is None or not self._payer.is_alive():
                self._payer = threading.Thread(target=self._pay, name="nuages-cache", daemon=True)
                self._payer.start()

    def _pay(self) -> None:
        """Tell the changes that are owed, until there are none."""
        while True:
            with self._lock:
                owed = dict(self._owed)
                if not owed:
                    self._payer = None
                    return
            try:
                self._tell(sorted(owed))
            except Unanswered:
                time.sleep(PAUSE_S / 4)
                continue
            with self._lock:
                self._owed = {table: change for table, change in self._owed.items() if owed.get(table) is not change}


def _new() -> bytes:
    return secrets.token_bytes(8)
