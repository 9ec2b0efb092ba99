"""Turn an empty temporary directory and a throw-away PostgreSQL server into two bookshops with the same rows."""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from shop.invention import plan_sizes
from shop.seeding import seed_shop
from shop.tables import MODELS
from tests.support.postgres import temp_postgres
from tests.support.router import choose_database

ALIASES = ("sqlite", "postgresql")
_SEED = 1


@contextmanager
def both_bookshops(books: int) -> Iterator[None]:
    """Make both databases for the length of the block; they are connected to by the names in ALIASES."""
    # Reads do not care how durable writes are; but before a commit is flushed VACUUM marks no page as all-visible.
    with (
        tempfile.TemporaryDirectory(prefix="nuages-bench-") as directory,
        temp_postgres(synchronous_commit="on") as cluster,
    ):
        settings.DATABASES["sqlite"]["NAME"] = str(Path(directory) / "shop.sqlite3")
        settings.DATABASES["postgresql"]["HOST"] = str(cluster.directory)
        try:
            for alias in ALIASES:
                _fill(alias, books)
            yield
        finally:
            connections.close_all()


def version_of(alias: str) -> str:
    """Name a database and its version."""
    if alias == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}, a file, WAL"
    with connections[alias].cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}, a Unix socket"


def count_rows() -> dict[str, int]:
    """How many rows each table holds; it is the same on both databases."""
    return {model._meta.db_table: model._base_manager.using(ALIASES[0]).count() for model in MODELS}


def _fill(alias: str, books: int) -> None:
    print(f"{alias}: seeding {books:,} books", file=sys.stderr)
    with choose_database(alias):
        call_command("migrate", database=alias, verbosity=0)
        seed_shop(plan_sizes(books), seed=_SEED, using=alias)
    connection = connections[alias]
    with connection.cursor() as cursor:
        # What autovacuum would do in the middle of the measurement.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")
