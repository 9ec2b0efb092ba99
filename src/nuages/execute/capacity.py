"""Tell how many connections the processes of a project may hold to a PostgreSQL, and how many it takes from them.

Source: postgresql.org/docs/current/runtime-config-connection.html.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from nuages.env import count_threads
from nuages.errors import Misdeclared

# What is left after the administrators' share, or less where the database or the role has a limit of its own.
_ROOM = """
SELECT least(
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0),
  (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
  (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user))
"""


def pool_size(database: dict[str, Any]) -> int | None:
    """How many connections the pool of a database in DATABASES may hold; None where there is no pool.

    Source: psycopg_pool.ConnectionPool: `max_size`, which is `min_size` where it is not given, which is 4.
    """
    options = database.get("OPTIONS", {}).get("pool")
    if not options:
        return None
    given = options if isinstance(options, dict) else {}
    return int(given.get("max_size") or given.get("min_size", 4))


def process_count(workers: int | None = None) -> tuple[int, int]:
    """How many instances of this project there are, and how many processes each has.

    Shapes: NUAGES_INSTANCES and, where `workers` is not known, NUAGES_WORKERS; in the environment or else the settings.
    Raises: ImproperlyConfigured for what is no number from 1.
    """
    return _number("NUAGES_INSTANCES"), workers or _number("NUAGES_WORKERS")


def _number(name: str) -> int:
    given = str(os.environ.get(name) or getattr(settings, name, "1"))
    if not (given.isascii() and given.isdigit() and int(given) > 0):
        raise ImproperlyConfigured(f"{name} must be a whole number from 1, not {given!r}.")
    return int(given)


def shortage(connection: Any, *, workers: int | None = None, has_lanes: bool = False) -> str:
    """Say in which numbers all processes may want more connections than PostgreSQL has for them; empty if not.

    Shapes: `workers` as for process_count; `has_lanes` where coroutines use databases beside the threads, and streams.
        Behind a transaction pooler nothing is said: it has its own.
    Raises: django.db.Error when the database does not answer; ImproperlyConfigured.
    """
    if connection.vendor != "postgresql" or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return ""
    threads = count_threads(getattr(settings, "NUAGES_THREADS", None))
    each = pool_size(connection.settings_dict) or threads + (threads + max(1, threads // 2) if has_lanes else 0)
    instances, workers = process_count(workers)
    with connection.cursor() as cursor:
        cursor.execute(_ROOM)
        (room,) = cursor.fetchone()
    wanted = instances * workers * each
    if wanted <= room:
        return ""
    return f"{instances} x {workers} x {each} = {wanted} connections (instances, workers, each), of {room} that it has"


def database_remarks() -> Iterator[Misdeclared]:
    """What does not fit together in DATABASES: `nuages.W052` and `nuages.W053`."""
    threads = count_threads(getattr(settings, "NUAGES_THREADS", None))
    for alias, database in settings.DATABASES.items():
        size = pool_size(database)
        if size is not None and size < threads:
            message = f"its pool has {size} connections for {threads} threads: the others wait, and some are told 503."
            yield Misdeclared(
                "nuages.W052", _place(alias), message, "Set DATABASE_POOL higher, or NUAGES_THREADS lower."
            )
        if _looks_pooled(database) and not database.get("DISABLE_SERVER_SIDE_CURSORS"):
            message = "it looks like a pooler. If that lends connections by transaction, prepared statements break."
            hint = "Add ?pgbouncer=true to its URL, or set DISABLE_SERVER_SIDE_CURSORS; silence this if it is none."
            yield Misdeclared("nuages.W053", _place(alias), message, hint)


def _place(alias: str) -> str:
    return f"settings.DATABASES[{alias!r}]"


def _looks_pooled(database: dict[str, Any]) -> bool:
    """Whether port or host are as those of poolers are: PgBouncer's own port, and hosts that are called so."""
    is_postgresql = str(database.get("ENGINE", "")).endswith("postgresql")
    return is_postgresql and (str(database.get("PORT")) == "6432" or "pooler" in str(database.get("HOST")))
