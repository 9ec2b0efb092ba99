"""Write the triggers of SQLite that log each change of a row, and say which are there.

Beside each live table stands one of its rows as they were, with the same types of columns, so that values keep theirs.
`INSERT OR REPLACE` deletes rows without a word, unless PRAGMA recursive_triggers is on.
Source: sqlite.org/lang_createtrigger.html; sqlite.org/lang_conflict.html; sqlite.org/datatype3.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nuages.live.tables import LOG, SHADOW, columns, is_generated, literal, quote

PLACE = "nuages place"
"""The key of a row that was: twice the number of its change, and one more for the row after it."""
_NUMBER = f"(SELECT max(seq) FROM {LOG})"
_OPERATIONS = ("insert", "update", "delete")
_OWN = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = %s AND substr(name, 1, %s) = %s ORDER BY name"


def missing(connection: Any, cursor: Any, tables: Iterable[str]) -> tuple[list[str], list[str]]:
    """The tables whose triggers are not there or are old, and the statements that put all in order.

    Without a log all of them are missing, and nothing can be done.
    """
    if not _has_log(cursor):
        return sorted(tables), []
    found, views = _found(cursor), _views(cursor)
    kept: set[tuple[str, str]] = set()
    lacking = sorted(views.intersection(tables))
    statements: list[str] = []
    for table, texts in _wanted(connection, cursor, set(tables) - views).items():
        kept |= texts.keys()
        if any(found.get(name) != text for name, text in texts.items()):
            lacking.append(table)
            statements += [_dropping(name) for name in texts if name in found]
            statements += [*texts.values(), _begin_again(table)]
    return lacking, [_dropping(name) for name in found.keys() - kept] + statements


def all_statements(connection: Any, cursor: Any, tables: Iterable[str]) -> Iterator[str]:
    """The statements that make every trigger anew; none without a log."""
    if _has_log(cursor):
        found = _found(cursor)
        for table, texts in _wanted(connection, cursor, set(tables) - _views(cursor)).items():
            yield from (_dropping(name) for name in texts if name in found)
            yield from (*texts.values(), _begin_again(table))


def dropping_all(cursor: Any) -> Iterator[str]:
    """The statements that take every trigger away, so that tables can be altered; who follows begins again."""
    found, has_log = _found(cursor), _has_log(cursor)
    for kind, name in found:
        yield _dropping((kind, name))
        if kind == "table" and has_log:
            yield _begin_again(name.removeprefix(SHADOW))


def shadows(cursor: Any) -> list[str]:
    """The tables of rows as they were."""
    return [name for kind, name in _found(cursor) if kind == "table"]


def _has_log(cursor: Any) -> bool:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = %s", [LOG])
    return cursor.fetchone() is not None


def _found(cursor: Any) -> dict[tuple[str, str], str]:
    """What is there of ours: its text, by kind and name; triggers before the tables that they write."""
    found: dict[tuple[str, str], str] = {}
    for kind in ("trigger", "table"):
        cursor.execute(_OWN, [kind, len(SHADOW), SHADOW])
        found |= {(kind, name): text for name, _, text in cursor.fetchall()}
    return found


def _wanted(connection: Any, cursor: Any, tables: Iterable[str]) -> dict[str, dict[tuple[str, str], str]]:
    """What has to be there for each table that is: its text, by kind and name."""
    found = {}
    for table in sorted(tables):
        cursor.execute(f"PRAGMA table_xinfo({quote(table)})".replace("%", "%%"), [])
        lines = cursor.fetchall()
        if lines:
            found[table] = _texts(connection, table, lines)
    return found


def _views(cursor: Any) -> set[str]:
    """What looks like a table and cannot have such triggers."""
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'view'")
    return {name for (name,) in cursor.fetchall()}


def _texts(connection: Any, table: str, lines: list[Any]) -> dict[tuple[str, str], str]:
    stored = [name for _, name, _, _, _, _, hidden in lines if not hidden]
    fields = columns(table)
    shown = [
        _declaration(connection, name, kind, fields.get(name))
        for _, name, kind, _, _, _, hidden in lines
        if not hidden or is_generated(fields.get(name))
    ]
    shadow = SHADOW + table
    text = f"CREATE TABLE {quote(shadow)} ({quote(PLACE)} INTEGER PRIMARY KEY, {', '.join(shown)})"
    triggers = {("trigger", f"{SHADOW}{op}_{table}"): _trigger(op, table, stored) for op in _OPERATIONS}
    return {("table", shadow): text, **triggers}


def _declaration(connection: Any, name: str, kind: str, field: Any) -> str:
    """A column of the same type, which is what decides how values are kept and compared."""
    text = f"{quote(name)} {'BLOB' if kind.upper() == 'ANY' else kind}"  # ANY is another thing in STRICT tables
    if field is None:
        return text
    collation = field.db_parameters(connection).get("collation")
    text += f" COLLATE {quote(collation)}" if collation else ""
    if is_generated(field):
        generated, _ = connection.SchemaEditorClass(connection)._column_generated_sql(field)
        text += f" {generated}"
    return text


def _trigger(op: str, table: str, stored: list[str]) -> str:
    name, shadow = quote(f"{SHADOW}{op}_{table}"), quote(SHADOW + table)
    differs = " OR ".join(f"OLD.{quote(column)} IS NOT NEW.{quote(column)} COLLATE BINARY" for column in stored)
    when = f" WHEN {differs}" if op == "update" else ""
    body = [
        f"INSERT INTO {LOG} (changed_table, op) VALUES ({literal(table)}, '{op}')",
        # A sequence may begin again, as `flush` has it.
        f"DELETE FROM {shadow} WHERE {quote(PLACE)} >= 2 * {_NUMBER}",
    ]
    listed = ", ".join(map(quote, (PLACE, *stored)))
    for which, number in (("OLD", f"2 * {_NUMBER}"), ("NEW", f"2 * {_NUMBER} + 1")):
        if (op, which) not in {("insert", "OLD"), ("delete", "NEW")}:
            values = ", ".join([number, *(f"{which}.{quote(column)}" for column in stored)])
            body.append(f"INSERT INTO {shadow} ({listed}) VALUES ({values})")
    return f"CREATE TRIGGER {name} AFTER {op.upper()} ON {quote(table)}{when} BEGIN {'; '.join(body)}; END"


def _begin_again(table: str) -> str:
    return f"INSERT INTO {LOG} (changed_table, op) VALUES ({literal(table)}, 'truncate')"


def _dropping(what: tuple[str, str]) -> str:
    kind, name = what
    return f"DROP {kind.upper()} IF EXISTS {quote(name)}"
