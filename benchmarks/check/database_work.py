"""Turn fixed requests into what they ask of each database: statements, steps of SQLite's machine, blocks and rows of
PostgreSQL. None of it depends on how busy the machine is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connections
from psycopg import RawCursor

from benchmarks.check.asking import Environ, ask

_EXPLAIN = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
# What each asking took as it really ran, be its plan a custom or a generic one.
_TAKEN = """
SELECT coalesce(sum(calls), 0), coalesce(sum(shared_blks_hit + shared_blks_read), 0)
FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'
"""
_ROWS = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")

Work = Mapping[str, float]


def sqlite_work(application: Any, environs: list[Environ]) -> Work:
    """Ask on SQLite; gives statements and steps for one asking.

    Source: sqlite.org/c3ref/progress_handler.html, which calls back after each step of its virtual machine.
    """
    raw: Any = connections["sqlite"].connection
    steps, statements = _Tally(), _Tally()
    raw.set_progress_handler(steps.add, 1)
    raw.set_trace_callback(statements.add)
    try:
        ask(application, environs)
    finally:
        raw.set_progress_handler(None, 0)
        raw.set_trace_callback(None)
    return {"statements": statements.count / len(environs), "steps": steps.count / len(environs)}


class _Tally:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, *_: Any) -> None:
        """Count one call; answering nothing lets SQLite go on."""
        self.count += 1


def postgresql_work(application: Any, environs: list[Environ]) -> Work:
    """Ask on PostgreSQL; gives statements, blocks touched and rows handled for one asking."""
    with connections["postgresql"].cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("SELECT pg_stat_statements_reset()")
        ask(application, environs)
        cursor.execute(_TAKEN)
        statements, blocks = map(float, cursor.fetchone())
    rows = sum(_count_rows(text, values) for text, values in _sent(application, environs))
    count = len(environs)
    return {"statements": statements / count, "blocks": blocks / count, "rows": rows / count}


def _sent(application: Any, environs: Iterable[Environ]) -> list[tuple[str, Any]]:
    """Ask again and give the statements with their values. Source: Django's documentation, database instrumentation."""
    sent = []

    def record(execute: Any, sql: str, params: Any, *more: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, *more)

    with connections["postgresql"].execute_wrapper(record):
        ask(application, list(environs))
    return sent


def _count_rows(text: str, values: Any) -> float:
    raw: Any = connections["postgresql"].connection
    explained = RawCursor(raw).execute(_EXPLAIN + text, values).fetchone()
    return rows_of(explained[0][0]["Plan"])


def rows_of(node: Mapping[str, Any]) -> float:
    """Add up the rows that every node of a plan gave on or threw away, each time it ran.

    Source: postgresql.org/docs/current/using-explain.html, "EXPLAIN ANALYZE".
    """
    own = sum(node.get(name, 0) for name in _ROWS) * node["Actual Loops"]
    return own + sum(rows_of(inner) for inner in node.get("Plans", ()))
