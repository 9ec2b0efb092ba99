"""Tell how far a PostgreSQL has come in its log of writes: what it has written, or as a replica what it has replayed.

Source: postgresql.org/docs/current/functions-admin.html, "Backup Control Functions" and "Recovery Control Functions".
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections

from nuages.execute.run import execute

# What has been committed on this connection lies before it, also what is not yet on disk (synchronous_commit = off).
_WRITTEN = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
# A server that is no replica, or no longer one, has what it has written.
_REPLAYED = """
SELECT ((CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)
        - '0/0'::pg_lsn)::bigint
"""

_replayed: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""By connection, since behind one address there may be several replicas."""


def written(alias: str) -> int:
    """How far a database has written.

    Units: bytes of its log.
    Raises: django.db.Error.
    """
    return _ask(alias, _WRITTEN)


def has_replayed(alias: str, position: int) -> bool:
    """Whether the replica at the other end of this thread's connection has everything up to a position.

    Raises: django.db.Error when it does not answer.
    """
    connections[alias].ensure_connection()
    raw = raw_connection(alias)
    if _replayed.get(raw, -1) < position:
        found = _ask(alias, _REPLAYED)
        raw = raw_connection(alias)
        _replayed[raw] = found
    return _replayed[raw] >= position


def raw_connection(alias: str) -> Any:
    """The driver's connection that this thread has open."""
    return connections[alias].connection


def _ask(alias: str, text: str) -> int:
    return int(execute(connections[alias], text, ()).documents[0])
