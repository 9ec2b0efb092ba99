"""Turn the environment into DATABASES, NUAGES_REDIS_URL and TASKS: one line of settings.py each.

    from nuages import env

    DATABASES = env.databases(BASE_DIR / "db.sqlite3")
    NUAGES_REDIS_URL = env.redis_url()
    TASKS, RQ_QUEUES = env.tasks(), env.rq_queues()

It is imported while settings are being read, so nothing here may ask for any. URLs are dj-database-url's to take apart;
what each database needs on a server is said here, and nowhere is an address repeated, since it may hold a password.
Source: docs.djangoproject.com, "Databases"; www.psycopg.org/psycopg3/docs/api/pool.html.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SPARE_CONNECTIONS = 2  # for what runs beside the threads: Django's own way under ASGI, threads of the project's
WAIT_S = 2.0  # for a connection of the pool, and for the database to answer a new one; twice that is below 5 s
_MOST_THREADS = 8  # more threads than that wait for Python's own lock, and each holds a database connection
_ENGINE_SQLITE = "django.db.backends.sqlite3"
_ENGINE_POSTGRESQL = "django.db.backends.postgresql"
_KEPT = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

# WAL: readers do not wait for the writer. IMMEDIATE: a transaction takes the write lock when it begins, where `timeout`
# (seconds) makes it queue; upgrading later fails at once with "database is locked". synchronous=NORMAL is safe from
# corruption in WAL mode and saves a disk flush a commit. Reading the file as memory (mmap_size, bytes) spares a system
# call a page of the file. Foreign keys are Django's to switch on, and it does.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=268435456;",
}
# The system would wait for minutes: for a host that swallows packets, and for one that has done so since.
_POSTGRESQL = {
    "connect_timeout": int(WAIT_S),
    "tcp_user_timeout": int(WAIT_S * 1000) + 500,
    "keepalives_idle": 10,  # for one that has confirmed a statement, and swallows what comes after
    "keepalives_interval": 2,
}
_OF_SQLITE = {*_SQLITE, "cached_statements", "uri"}
_OF_DJANGO = {"assume_role", "isolation_level"}
_HOW = (
    "Write postgres://user:password@host:5432/name, with %XX for what is no letter or digit in the password "
    "(urllib.parse.quote says how), or sqlite:////absolute/path."
)
_REDIS = ("redis", "rediss", "unix")


def databases(default: Path | str, *, threads: int | None = None) -> dict[str, dict[str, Any]]:
    """Make DATABASES of DATABASE_URL, or of `default` where it is not set, and of DATABASE_REPLICA_URLS.

    Shapes: `default` is the place of an SQLite file, or a URL; `threads` the setting NUAGES_THREADS, where the project
        has one. Replicas are "replica1", "replica2"..., told apart by blanks in the variable. DATABASE_POOL says how
        many connections to PostgreSQL one process may hold; 0: each thread keeps its own.
    Raises: ImproperlyConfigured, which names the variable and never its value.
    """
    size = _pool_size(threads)
    url = os.environ.get("DATABASE_URL", "").strip() or (default if isinstance(default, str) else "")
    found = {"default": _read("DATABASE_URL", url, size) if url else _on_sqlite(default)}
    for number, url in enumerate(os.environ.get("DATABASE_REPLICA_URLS", "").split(), 1):
        # So Django's documentation tells a replica from another database, and tests need none.
        found[f"replica{number}"] = _read("DATABASE_REPLICA_URLS", url, size) | {"TEST": {"MIRROR": "default"}}
    return found


def redis_url() -> str:
    """Give REDIS_URL, empty where it is not set.

    Raises: ImproperlyConfigured, which does not repeat it.
    """
    url = os.environ.get("REDIS_URL", "").strip()
    if url and not _is_redis(url):
        raise ImproperlyConfigured("REDIS_URL is no address of a Redis. Write redis://host:6379/0 or unix:///path.")
    return url


def tasks() -> dict[str, dict[str, Any]]:
    """Make TASKS: jobs and Django's tasks on RQ's workers where REDIS_URL is set, else on those of the database.

    RQ's are to be had by `pip install nuages[rq]`, and by "django_rq" in INSTALLED_APPS.
    Raises: ImproperlyConfigured.
    """
    path = "django_tasks_rq.RQBackend" if redis_url() else "nuages.jobs.backend.JobBackend"
    return {"default": {"BACKEND": path}}


def rq_queues() -> dict[str, dict[str, Any]]:
    """Make RQ_QUEUES: one queue on REDIS_URL; none where that is not set.

    Jobs have time limits of their own, so that RQ has none; and a request that asks for a job does not wait long.
    Raises: ImproperlyConfigured.
    """
    url = redis_url()
    if not url:
        return {}
    patience = f"{'&' if urlsplit(url).query else '?'}socket_connect_timeout={WAIT_S:g}&socket_timeout={2 * WAIT_S:g}"
    return {"default": {"URL": url + patience, "DEFAULT_TIMEOUT": -1}}


def count_threads(chosen: Any = None) -> int:
    """How many threads answer requests in one process.

    Shapes: the environment's NUAGES_THREADS, which `serve` sets for its workers; else the setting, `chosen`; else two
        for each core, 8 at most.
    Raises: ImproperlyConfigured for what is no number from 1.
    """
    given = os.environ.get("NUAGES_THREADS")
    if given is not None:
        chosen = int(given) if given.isascii() and given.isdigit() else given
    if chosen is None:
        return min(_MOST_THREADS, 2 * _core_count())
    if isinstance(chosen, bool) or not isinstance(chosen, int) or chosen < 1:
        raise ImproperlyConfigured(f"NUAGES_THREADS must be a whole number from 1, not {chosen!r}.")
    return chosen


def _is_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in _REDIS and parts.port != 0
    except ValueError:  # of a port, say
        return False


def _pool_size(threads: int | None) -> int:
    given = os.environ.get("DATABASE_POOL", "").strip()
    if not given:
        return count_threads(threads) + SPARE_CONNECTIONS
    if not (given.isascii() and given.isdigit()):
        raise ImproperlyConfigured(f"DATABASE_POOL must be a whole number of connections, not {given!r}.")
    return int(given)


def _on_sqlite(name: Any) -> dict[str, Any]:
    return {"ENGINE": _ENGINE_SQLITE, "NAME": name, "OPTIONS": dict(_SQLITE), **_KEPT}


def _read(variable: str, url: str, pool_size: int) -> dict[str, Any]:
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:  # of a port, say, that is the end of a password: its own words may repeat that
        raise ImproperlyConfigured(f"{variable} is no URL of a database. {_HOW}") from None
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == _ENGINE_SQLITE:
        _demand(variable, [name for name in options if name not in _OF_SQLITE])
        return _on_sqlite(database["NAME"]) | {"OPTIONS": _SQLITE | options}
    database |= _KEPT
    if database["ENGINE"] == _ENGINE_POSTGRESQL:
        if not database["NAME"]:
            raise ImproperlyConfigured(f"{variable} names no database. {_HOW}")
        database |= _on_postgresql(variable, options, pool_size)
    return database


def _on_postgresql(variable: str, given: dict[str, Any], pool_size: int) -> dict[str, Any]:
    """Say what a connection to PostgreSQL needs: deadlines, the pool, the ways of a transaction pooler."""
    options = _POSTGRESQL | given
    found: dict[str, Any] = {"OPTIONS": options, "DISABLE_SERVER_SIDE_CURSORS": bool(options.pop("pgbouncer", False))}
    _demand(variable, _unknown_to_libpq(variable, options))
    if pool_size:
        # The pool itself gives up soon, since it tries ever more seldom; then whoever asks next makes it try at once.
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": WAIT_S, "reconnect_timeout": 0.5}
        found |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}  # the pool's are looked at without a round trip
    return found


def _unknown_to_libpq(variable: str, options: dict[str, Any]) -> list[str]:
    """Find what PostgreSQL's client does not know, which each connection would fail of, later."""
    try:
        known = {option.keyword.decode() for option in import_module("psycopg.pq").Conninfo.get_defaults()}
    except ImportError:
        raise ImproperlyConfigured(f"{variable} wants PostgreSQL's driver: pip install nuages[postgres]") from None
    return [name for name in options if name not in known and name not in _OF_DJANGO]


def _demand(variable: str, unknown: list[str]) -> None:
    if unknown:
        raise ImproperlyConfigured(f"{variable} says ?{unknown[0][:40]}=, which its database does not know.")


def _core_count() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
