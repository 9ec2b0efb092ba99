"""Notice what Django's connections change, and give those tables new versions as soon as it is committed.

Every statement through Django's cursors is seen, whoever sends it: the ORM in any form, the admin, raw SQL, in servers,
commands and workers alike. What a transaction changed is told when it ends, before anybody's next line runs; what was
rolled back is told to nobody. Where the end of a transaction is not known (the connection broke in it), it counts.
Source: docs.djangoproject.com/en/5.2/topics/db/instrumentation for the wrapper of statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db.backends.signals import connection_created

from nuages.cache.reads import reads_under_way
from nuages.cache.sharing import versions
from nuages.cache.tables import tables_changed

_BEGINS = re.compile(r"\s*(BEGIN|START)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(COMMIT|END)\b", re.IGNORECASE)
_PLAIN = ("SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE")
_listeners: list[Callable[[frozenset[str]], None]] = []
_UNDOES = re.compile(r"\s*ROLLBACK\b(?!.*\bTO\b)", re.IGNORECASE | re.DOTALL)


class _Transaction:
    """What the transaction of a connection has changed so far; `is_raw` where a statement of its own began it."""

    __slots__ = ("changed", "is_raw")

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.is_raw = False

    def end(self) -> None:
        changed, self.changed, self.is_raw = self.changed, set(), False
        if changed:
            tell(changed)


def watch_connections() -> None:
    """Watch every connection that Django opens from now on; called once, when the app is ready."""
    connection_created.connect(_watch, dispatch_uid="nuages.cache.noticing")


def tell(tables: Iterable[str]) -> None:
    """Give tables new versions: for changes that no connection of Django's has seen.

    Shapes: `tell(["shop_book"])`, the names of tables; `nuages.cache.tables.EVERY_TABLE` for all of them.
    """
    changed = frozenset(tables)
    versions().change(changed)
    for listener in _listeners:
        listener(changed)


def hear(listener: Callable[[frozenset[str]], None]) -> None:
    """Call somebody, too, whenever tables get new versions, on whichever thread made the change."""
    _listeners.append(listener)


def notice(connection: Any, text: str) -> None:
    """Note what a statement has changed, at once or for the end of its transaction."""
    tables = tables_changed(text)
    if tables or not text.startswith(_PLAIN):
        _note(connection, text, tables)


def note_read(connection: Any, text: str) -> None:
    """Note what a statement reads, where somebody wants to know; before it runs."""
    reads = reads_under_way.get()
    if reads is not None:
        reads.note(connection.alias, text, is_changing=is_changing(connection))


def is_changing(connection: Any) -> bool:
    """Whether a connection is inside a transaction, whose state others do not see."""
    return connection.in_atomic_block or _transaction_of(connection).is_raw


def _transaction_of(connection: Any) -> _Transaction:
    """What is kept on Django's connection, which is one thread's."""
    known: _Transaction | None = vars(connection).get("_nuages_transaction")
    if known is None:
        known = connection._nuages_transaction = _Transaction()
    return known


def _note(connection: Any, text: str, tables: frozenset[str]) -> None:
    transaction = _transaction_of(connection)
    if _BEGINS.match(text) and not connection.in_atomic_block:
        transaction.is_raw = True
    transaction.changed |= tables
    if _UNDOES.match(text):
        transaction.changed, transaction.is_raw = set(), False
    elif _ENDS.match(text) or not (connection.in_atomic_block or transaction.is_raw or not connection.autocommit):
        transaction.end()


def _watch(connection: Any, **_: Any) -> None:
    """Watch one connection; it comes here again whenever it is opened anew, and what it had begun is then undone."""
    connection._nuages_transaction = _Transaction()
    if see not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, see)
        connection._commit = _ending(connection, connection._commit)
        connection._rollback = _undoing(connection, connection._rollback)


def see(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
    """Let a statement run, as one of Django's execute wrappers, and note what it changed, also where it failed."""
    text = sql if isinstance(sql, str) else _text(sql, context)
    note_read(context["connection"], text)
    try:
        return execute(sql, params, many, context)
    finally:
        notice(context["connection"], text)


def _text(sql: Any, context: dict[str, Any]) -> str:
    """The text of what psycopg composes; bytes are taken as they are."""
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    return str(sql.as_string(context["connection"].connection))


def _ending(connection: Any, commit: Callable[[], Any]) -> Callable[[], Any]:
    def commit_and_tell() -> Any:
        try:
            return commit()
        finally:
            _transaction_of(connection).end()

    return commit_and_tell


def _undoing(connection: Any, rollback: Callable[[], Any]) -> Callable[[], Any]:
    def undo() -> Any:
        connection._nuages_transaction = _Transaction()
        return rollback()

    return undo
