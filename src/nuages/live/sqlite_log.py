"""Read the log on SQLite, where one writes at a time: what has a higher number was committed later.

Source: sqlite.org/autoinc.html: numbers rise, also after the last ones were deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction

from nuages.live.changes import Change, Expired, Image, Which, still_judged
from nuages.live.positions import Position
from nuages.live.sqlite_triggers import PLACE, shadows
from nuages.live.tables import LOG, SHADOW, key_fields, quote

_LAST = f"COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{LOG}'), 0)"
_LINES = f"""
SELECT {_LAST}, (SELECT place FROM nuages_log_mark WHERE is_purged ORDER BY id DESC LIMIT 1), NULL
UNION ALL
SELECT * FROM (SELECT seq, changed_table, op FROM {LOG} WHERE seq > %s AND changed_table IN (%s) ORDER BY seq LIMIT %s)
"""
_PURGE = f"SELECT max(seq) FROM (SELECT seq FROM {LOG} WHERE seq <= %s ORDER BY seq LIMIT %s)"


def now(cursor: Any) -> Position:
    """The position of a cursor's own snapshot."""
    cursor.execute(f"SELECT {_LAST}")
    return Position(seq=int(cursor.fetchone()[0]))


def since(cursor: Any, position: Position, tables: Iterable[str], most: int) -> tuple[list[Change], Position]:
    """The changes after a position, and the position after them.

    Raises: Expired.
    """
    if position.seq is None or position.after is not None:
        raise Expired("It is a position of another kind of database.")
    names = list(tables)
    text = _LINES.replace("(%s)", f"({', '.join(['%s'] * len(names))})")
    cursor.execute(text, [position.seq, *names, most])
    (last, purged, _), *lines = cursor.fetchall()
    if position.seq > last:
        raise Expired("It is a position of another database, or of one that was restored since.")
    if purged is not None and position.seq < int(purged):
        raise Expired("What came after it is no longer there.")
    end = lines[-1][0] if len(lines) == most else last
    lines = still_judged(lines)
    keys = _keys(cursor, lines)
    changes = [Change(seq, table, op, keys.get((seq, "old")), keys.get((seq, "new"))) for seq, table, op in lines]
    if any(_is_hollow(change) for change in changes):
        raise Expired("Its rows are no longer there.")
    return changes, Position(seq=end)


def delete(cursor: Any, place: str, most: int) -> int:
    """Delete changes up to a number, at most so many, with their rows; how many there were."""
    with transaction.atomic(cursor.db.alias):
        cursor.execute(_PURGE, [int(place), most])
        (last,) = cursor.fetchone()
        if last is None:
            return 0
        for shadow in shadows(cursor):
            text = f"DELETE FROM {quote(shadow)} WHERE {quote(PLACE)} < ".replace("%", "%%")
            cursor.execute(f"{text}%s", [2 * last + 2])
        cursor.execute(f"DELETE FROM {LOG} WHERE seq <= %s", [last])
        return int(cursor.rowcount)


def _is_hollow(change: Change) -> bool:
    return (change.old is None and change.op in {"update", "delete"}) or (
        change.new is None and change.op in {"insert", "update"}
    )


def _keys(cursor: Any, lines: list[Any]) -> dict[tuple[int, Which], Image]:
    """The images of changes, by their numbers and sides."""
    found: dict[tuple[int, Which], Image] = {}
    there = shadows(cursor) if lines else []
    of_table = itemgetter(1)
    for table, some in groupby(sorted((line for line in lines if line[2] != "truncate"), key=of_table), of_table):
        if SHADOW + table not in there:
            continue
        numbers = [seq for seq, _, _ in some]
        convert = [_converter(cursor.db, _target(field)) for field in key_fields(table)]
        listed = ", ".join(quote(field.column) for field in key_fields(table))
        text = f"SELECT {quote(PLACE)}, {listed} FROM {quote(SHADOW + table)}".replace("%", "%%")
        cursor.execute(f"{text} WHERE {quote(PLACE)} BETWEEN %s AND %s", [2 * numbers[0], 2 * numbers[-1] + 1])
        for place, *values in cursor.fetchall():
            seq = place // 2
            which: Which = "new" if place % 2 else "old"
            key = tuple(to_python(value) for to_python, value in zip(convert, values, strict=True))
            found[seq, which] = Image(seq, which, key)
    return found


def _target(field: Any) -> Any:
    """What a reference refers to, whose values it has."""
    while field.is_relation:
        field = field.target_field
    return field


def _converter(connection: Any, field: Any) -> Callable[[Any], Any]:
    """What turns what SQLite has into what Python has for a field, as Django does for a model."""
    column = field.get_col("key")
    steps = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, column, connection)
        return value

    return convert
