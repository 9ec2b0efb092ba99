"""Start the throw-away PostgreSQL of the comparison, and fill databases in it; copy one into SQLite."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.side_by_side.environments import run_manage
from benchmarks.side_by_side.seed import REVIEWS, seed_shop
from tests.support.postgres import Cluster, temp_postgres

# What a small server would have, less what a benchmark must not meet by chance: autovacuum, and a checkpoint.
SETTINGS = {
    "shared_preload_libraries": "",
    "shared_buffers": "512MB",
    "max_connections": "300",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
TABLES = ("shop_author", "shop_publisher", "shop_tag", "shop_book", "shop_book_tags", "shop_review")
_BYTES_A_BOOK = 2_600  # seen: 2,300 with reviews, tags and indexes
_BYTES_BESIDE = 3 << 30  # the write-ahead log, and what sorts and lists of requests take


@dataclass(frozen=True, slots=True)
class Place:
    """A filled database: what a server's environment must say, and how the driver reaches it."""

    name: str
    directory: Path
    database: str
    books: int
    sqlite: Path | None = None

    @property
    def conninfo(self) -> str:
        """How the driver connects to PostgreSQL."""
        return f"host={self.directory} user=postgres dbname={self.database}"

    @property
    def environment(self) -> dict[str, str]:
        """What a peer reads in benchmarks/peers/common/environment.py."""
        place = {"BENCH_SOCKET": str(self.directory), "BENCH_DATABASE": self.database}
        return place if self.sqlite is None else {**place, "BENCH_SQLITE": str(self.sqlite)}


@contextmanager
def bench_postgres() -> Iterator[Cluster]:
    """Run PostgreSQL for the length of the block."""
    with temp_postgres(**SETTINGS) as cluster:
        yield cluster


def fill_postgres(cluster: Cluster, books: int) -> Place:
    """Make a database with so many books."""
    print(f"seeding {books:,} books", file=sys.stderr, flush=True)
    place = Place("postgresql", cluster.directory, f"books_{books}", books)
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(place.database)))
    run_manage(["migrate", "--run-syncdb", "--verbosity", "0"], place.environment)
    seed_shop(place.conninfo, books)
    return place


def has_room(cluster: Cluster, books: int) -> bool:
    """Say whether so many books fit beside what is there."""
    return shutil.disk_usage(cluster.directory).free > books * _BYTES_A_BOOK + _BYTES_BESIDE


def copy_to_sqlite(place: Place, directory: Path) -> Place:
    """Copy the rows into a new SQLite file."""
    copied = Place("sqlite", place.directory, place.database, place.books, directory / "shop.sqlite3")
    run_manage(["migrate", "--run-syncdb", "--verbosity", "0"], copied.environment)
    # Django keeps a moment as text without an offset.
    with psycopg.connect(place.conninfo) as source, closing(sqlite3.connect(str(copied.sqlite))) as target:
        for table in TABLES:
            _copy_table(source, target, table)
        target.commit()
        target.execute("ANALYZE")
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return copied


def _copy_table(source: psycopg.Connection, target: sqlite3.Connection, table: str) -> None:
    rows = source.execute(sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier(table)))
    names = [column.name for column in rows.description or ()]
    slots = ", ".join("?" for _ in names)
    target.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({slots})", (tuple(map(_spell, row)) for row in rows)
    )


def _spell(value: object) -> object:
    """Spell a value as Django's SQLite backend does."""
    if value is None or isinstance(value, int | float | str):
        return value
    return str(value).removesuffix("+00:00")


def remove_new_reviews(place: Place) -> None:
    """Take back what W5 has written, so that the next peer finds the same rows."""
    first_new = place.books // 20_000 * REVIEWS
    with psycopg.connect(place.conninfo, autocommit=True) as connection:
        connection.execute("DELETE FROM shop_review WHERE id > %s", [first_new])
        connection.execute("VACUUM shop_review")
        connection.execute("SELECT setval(pg_get_serial_sequence('shop_review', 'id'), %s)", [first_new])
