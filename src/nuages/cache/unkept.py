"""Tell which tables no answer may be kept of: views, whose rows change with others', and tables with row security.

A view's rows come from tables that a statement does not name. Where the database itself decides by the session which
rows there are, the same statement answers differently to different people, and no key of ours would tell them apart.
Each database is asked once a process: what becomes a view or gets row security later is known from its next start on.
Source: postgresql.org/docs/current/ddl-rowsecurity.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_ASK = {
    "postgresql": "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm', 'f') OR relrowsecurity",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'view'",
}
_found: dict[str, frozenset[str]] = {}


def is_keepable(connection: Any, tables: Iterable[str]) -> bool:
    """Whether answers that read these tables may be kept.

    Raises: django.db.Error where the database cannot be asked.
    """
    unkept = _found.get(connection.alias)
    if unkept is None:
        unkept = _found[connection.alias] = _ask(connection)
    return not unkept or unkept.isdisjoint(tables)


def forget() -> None:
    """Ask anew: for tests, which change a database under way."""
    _found.clear()


def _ask(connection: Any) -> frozenset[str]:
    question = _ASK.get(connection.vendor)
    if question is None:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(question)
        return frozenset(name for (name,) in cursor.fetchall())
