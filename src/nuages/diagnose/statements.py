"""Turn a prepared read into SQL text that people can read and run, and into the database's own plan for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlparse
from sqlparse.exceptions import SQLParseError

from nuages.plan.dialects import dialect_of
from nuages.plan.statement import Statement

_PLACEHOLDERS = re.compile(
    r"""(?P<quoted>"(?:[^"]|"")*"|(?<!\w)[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')|\$(?P<number>\d+)|(?P<next>\?)""",
    re.DOTALL,
)


def bound_text(statement: Statement, values: tuple[Any, ...], connection: Any) -> str:
    """Write a statement with its values in it, as the database's own quoting has them.

    Shapes: what comes out is one statement that runs as it stands in `psql` or `sqlite3`.
    """
    connection.ensure_connection()
    dialect = dialect_of(connection)
    literals = [dialect.literal(value, connection) for value in statement.bind(values)]
    return _fill(statement.text, literals)


def formatted(text: str) -> str:
    """Break SQL into lines for people; unbroken where it is too large for the formatter."""
    try:
        return str(sqlparse.format(text, reindent=True, indent_width=2, keyword_case="upper"))
    except (SQLParseError, RecursionError):
        return text


def explain(text: str, connection: Any, *, analyze: bool = False) -> str:
    """Ask the database for its plan.

    Shapes: `analyze` also runs the statement (PostgreSQL only) and shows real times and buffers.
    Source: postgresql.org/docs/current/sql-explain.html; sqlite.org/eqp.html.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {text}", None)
            return _tree(cursor.fetchall())
        cursor.execute(f"EXPLAIN {'(ANALYZE, BUFFERS) ' if analyze else ''}{text}", None)
        return "\n".join(line for (line,) in cursor.fetchall())


def _fill(text: str, literals: Sequence[str]) -> str:
    remaining: Iterator[str] = iter(literals)

    def replace(match: re.Match[str]) -> str:
        if match["quoted"]:
            return match["quoted"]
        return literals[int(match["number"]) - 1] if match["number"] else next(remaining)

    return _PLACEHOLDERS.sub(replace, text)


def _tree(rows: Sequence[tuple[int, int, int, str]]) -> str:
    depths = {0: 0}
    lines = []
    for node, parent, _, detail in rows:
        depths[node] = depths.get(parent, 0) + 1
        lines.append(f"{'  ' * (depths[node] - 1)}{detail}")
    return "\n".join(lines)
