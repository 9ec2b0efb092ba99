"""Read the log on PostgreSQL: what one snapshot shows and another did not. Nothing is deleted here.

Source: postgresql.org/docs/current/functions-info.html, "Transaction ID and Snapshot Information Functions".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from nuages.live.changes import Change, Expired, Image, Op, Which, still_judged
from nuages.live.positions import Position, Snapshot
from nuages.live.tables import key_fields

# Not visible before: begun since, or under way then. Two ranges of an index, however long a transaction is under way.
# Entries of another cluster, which a backup has brought, have transactions that are yet to come: they are not there.
_NEW = """
    changed_table = ANY(%(tables)s) AND (xid >= %(beyond)s::text::xid8 OR xid = ANY(%(under_way)s::text[]::xid8[]))
    AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
"""
_FIRST = f"""
WITH fresh AS MATERIALIZED (
  SELECT seq FROM nuages_change WHERE {_NEW} AND pg_visible_in_snapshot(xid, pg_current_snapshot())
), batch AS (SELECT seq FROM fresh ORDER BY seq LIMIT %(most)s)
"""
_REST = f"""
WITH batch AS (
  SELECT seq FROM nuages_change
  WHERE seq > %(seq)s AND {_NEW} AND pg_visible_in_snapshot(xid, %(after)s::pg_snapshot) ORDER BY seq LIMIT %(most)s
)
"""
_KEY = "(SELECT jsonb_agg(c.{} -> name) FROM jsonb_array_elements_text(%(keys)s::jsonb -> c.changed_table) name)::text"
_LINES = f"""
SELECT NULL::bigint AS seq, pg_current_snapshot()::text AS changed_table,
  (SELECT place FROM nuages_log_mark WHERE is_purged ORDER BY id DESC LIMIT 1) AS op,
  pg_current_xact_id_if_assigned()::text AS old, NULL AS new
UNION ALL
SELECT c.seq, c.changed_table, c.op, CASE WHEN c.old IS NOT NULL THEN {_KEY.format("old")} END,
  CASE WHEN c.new IS NOT NULL THEN {_KEY.format("new")} END
FROM nuages_change c JOIN batch USING (seq)
ORDER BY seq NULLS FIRST
"""
_DELETE = """
DELETE FROM nuages_change WHERE seq IN (
  SELECT seq FROM nuages_change
  WHERE xid < %(beyond)s::text::xid8 AND pg_visible_in_snapshot(xid, %(place)s::pg_snapshot)
  LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""


def now(cursor: Any) -> Position:
    """The position of a cursor's own snapshot."""
    cursor.execute("SELECT pg_current_snapshot()::text")
    return Position(after=Snapshot.read(cursor.fetchone()[0]))


def since(cursor: Any, position: Position, tables: Iterable[str], most: int) -> tuple[list[Change], Position]:
    """The changes after a position, and the position after them.

    Raises: Expired.
    """
    if position.after is None:
        raise Expired("It is a position of another kind of database.")
    asked = {"tables": list(tables), "most": most, "keys": _key_names(tables)}
    if position.seq is not None and position.before is not None:
        rest = {**asked, "seq": position.seq, "after": str(position.after)}
        lines, snapshot = _read(cursor, _REST, position.before, rest)
        _demand_past(position.after, snapshot)
        if lines:
            return _changes(lines), position.at(lines[-1][0])
    lines, snapshot = _read(cursor, _FIRST, position.after, asked)
    seq = lines[-1][0] if len(lines) == most else None
    return _changes(lines), Position(after=snapshot, before=position.after, seq=seq)


def _read(cursor: Any, batch: str, before: Snapshot, asked: dict[str, Any]) -> tuple[list[Any], Snapshot]:
    seen = {"beyond": str(before.beyond), "under_way": [str(number) for number in before.under_way]}
    cursor.execute(batch + _LINES, {**asked, **seen})
    (_, current, purged, own, _), *lines = cursor.fetchall()
    snapshot = Snapshot.read(current) if own is None else Snapshot.read(current).without(int(own))
    _demand_past(before, snapshot)
    if purged is not None and not before.sees_all_of(Snapshot.read(purged)):
        raise Expired("What came after it is no longer there.")
    return lines, snapshot


def _demand_past(seen: Snapshot, now_seen: Snapshot) -> None:
    if seen.beyond > now_seen.beyond:
        raise Expired("It is a position of another database, or of one that was restored since.")


def _changes(lines: list[Any]) -> list[Change]:
    return [_change(*line) for line in still_judged(lines)]


def _change(seq: int, table: str, op: Op, old: str | None, new: str | None) -> Change:
    return Change(seq, table, op, _image(seq, table, "old", old), _image(seq, table, "new", new))


def _image(seq: int, table: str, which: Which, key: str | None) -> Image | None:
    if key is None:
        return None
    values = json.loads(key, parse_float=Decimal)
    if None in values:
        raise Expired("Its rows have another key by now.")
    return Image(seq, which, tuple(map(_value, key_fields(table), values)))


def _value(field: Any, value: Any) -> Any:
    """Turn JSON into what Python has for a field; a reference has what it refers to."""
    while field.is_relation:
        field = field.target_field
    return field.to_python(value)


def _key_names(tables: Iterable[str]) -> str:
    return json.dumps({table: [field.column for field in key_fields(table)] for table in tables})


def delete(cursor: Any, place: str, most: int) -> int:
    """Delete changes that a snapshot has, at most so many; how many there were."""
    cursor.execute(_DELETE, {"place": place, "beyond": str(Snapshot.read(place).beyond), "most": most})
    return int(cursor.rowcount)
