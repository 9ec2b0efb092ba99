"""SQLite's SQL: json_object and json_group_array, values spelled as every other database spells them.

Source: sqlite.org/json1.html, lang_corefunc.html; django/db/backends/sqlite3/operations.py (how fields are stored).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.duration import duration_microseconds

from nuages.parse.values import MAX_INTEGER
from nuages.plan.dialect import Bind, Frame, Member, quote_name, quote_text
from nuages.plan.sql import HOLE, Sql, join

# SQLITE_MAX_FUNCTION_ARG is 127 before SQLite 3.48: 63 members an object, longer ones are made of several.
_MEMBERS_PER_OBJECT = 60

vendor = "sqlite"
joins_sets = False  # a subselect a row is as good here, where no call crosses a socket and no plan is guessed
no_limit = " LIMIT -1"  # without a LIMIT SQLite may drop the ORDER BY of a subselect


def spell(kind: str, field: Any, value: Sql, connection: Any) -> Sql:  # noqa: ARG001  # the dialects' one signature
    """Turn a column or expression into what stands in the JSON."""
    template = _SPELLINGS.get(kind, "{}")
    if kind == "decimal":
        template = f"CASE WHEN {{}} <> '' THEN printf('{_decimal(field)}', {{}}) END"  # neither null nor empty text
    elif kind == "datetime":
        template = f"{_TIMESTAMP} || '{'+00:00' if settings.USE_TZ else ''}'"
    return Sql(template.replace("{}", value.text), value.parameters * template.count("{}"))


def one(rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
    """Make a scalar subselect of one row as an object, or null."""
    return Sql("(SELECT ") + _object(members) + Sql(" FROM (") + rows + Sql(f") {alias})")


def many(rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
    """Make a scalar subselect of all rows as a list, in their order."""
    return Sql("(SELECT json_group_array(") + _object(members) + Sql(") FROM (") + rows + Sql(f") {alias})")


def page(rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
    """Make the whole statement; the JSON leaves as a blob, so that Python neither decodes nor encodes it.

    A plus sign takes a column's declared type away, by which sqlite3 would turn it into a date or a bool.
    """
    raw = [_call("+", column, "") for column in frame.extra]
    columns = join(", ", [_call("CAST(", _object(members), " AS BLOB)"), *raw])
    return Sql("SELECT ") + columns + Sql(" FROM (") + rows + Sql(f") {alias}")


def inserted(row: Sql, alias: str, members: Sequence[Member], extra: Sequence[Sql]) -> None:
    """SQLite's RETURNING shows columns, and no promise is made of subselects in it."""


def real_table(table: str) -> str:
    """SQLite takes a WITH that names itself for a recursive one; a table of a schema is none of its names."""
    return f"main.{quote_name(table)}"


def raw(column: str) -> str:
    """A plus sign takes a column's declared type away, as in `page`."""
    return f"+{column}"


def among(values: str) -> str:
    """Values of a subselect are looked up by index."""
    return f"IN ({values})"


def number(value: Sql) -> Sql:
    """Make a document of a number."""
    return _call("CAST(", value, " AS BLOB)")


def estimate(rows: Any, connection: Any) -> None:  # the dialects' one signature
    """SQLite keeps no number of rows: they are counted."""


def bind(kind: str, field: Any, connection: Any) -> Bind:
    """Give the function that turns a typed value into what sqlite3 takes."""
    if not type(field).__module__.startswith("django."):
        return lambda value: field.get_db_prep_value(value, connection, prepared=False)
    return _BINDS.get(kind, _same)


def finish(sql: Sql, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG001
    """Write question marks; constants stay parameters."""
    return sql.text.replace(HOLE, "?"), sql.parameters


def literal(value: Any, connection: Any) -> str:
    """Write a bound value as SQL text, by SQLite's own quote()."""
    return str(connection.connection.execute("SELECT quote(?)", (value,)).fetchone()[0])


def _object(members: Sequence[Member]) -> Sql:
    chunks = [members[i : i + _MEMBERS_PER_OBJECT] for i in range(0, max(1, len(members)), _MEMBERS_PER_OBJECT)]
    objects = [_small_object(chunk) for chunk in chunks]
    return objects[0] if len(objects) == 1 else _joined(objects)


def _small_object(members: Sequence[Member]) -> Sql:
    pairs = [Sql(f"{quote_text(name)}, {value.text}", value.parameters) for name, value in members]
    return _call("json_object(", join(", ", pairs), ")")


def _joined(objects: Sequence[Sql]) -> Sql:
    """Make one object of several: the text of each without its closing, and without its opening, brace."""
    first, *rest = objects
    opened = [_call("substr(", part, ", 2)") for part in rest]
    closed = [_call("rtrim(", part, ", '}')") for part in (first, *opened[:-1])]
    return _call("json(", join(" || ',' || ", [*closed, opened[-1]]), ")")


def _call(before: str, inner: Sql, after: str) -> Sql:
    return Sql(before + inner.text + after, inner.parameters)


def _decimal(field: Any) -> str:
    places = getattr(field, "decimal_places", None)
    return "%.15g" if places is None else f"%.{int(places)}f"


def _same(value: Any) -> Any:
    return value


def _naive_text(moment: dt.datetime) -> str:
    """Django stores UTC without an offset, or local time where USE_TZ is off."""
    zone = dt.UTC if settings.USE_TZ else timezone.get_default_timezone()
    return str(moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment)


def _real(value: Decimal) -> float:
    """The float that a decimal is stored as; for one that no float shows, its neighbour on the decimal's side."""
    nearest = float(value)
    shown = Decimal(repr(nearest))
    return nearest if shown == value else math.nextafter(nearest, math.inf if value > shown else -math.inf)


def _microseconds(length: dt.timedelta) -> int:
    return max(-MAX_INTEGER, min(MAX_INTEGER, duration_microseconds(length)))


# Text is cut as PostgreSQL cuts it: no trailing zeros in a fraction of a second.
_TRIMMED = "CASE WHEN instr({}, '.') THEN rtrim(rtrim({}, '0'), '.') ELSE {} END"
# As Django writes them; else, in rows of other programs (a zone, a mere date), as SQLite reads them.
_TIMESTAMP = (
    "CASE WHEN length({}) = 19 THEN replace({}, ' ', 'T') "
    "WHEN substr({}, 20, 1) = '.' AND substr({}, 21) NOT GLOB '*[^0-9]*' "
    "THEN replace(rtrim(rtrim({}, '0'), '.'), ' ', 'T') "
    "ELSE rtrim(rtrim(strftime('%Y-%m-%dT%H:%M:%f', {}), '0'), '.') END"
)
_SPELLINGS: dict[str, str] = {
    "boolean": "json(CASE {} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)",
    # JSON has no infinity; and 15 digits of the very largest double round to more than a double holds.
    "float": (
        "CASE WHEN abs({}) < 1.79769313486231e308 THEN {} "
        "WHEN abs({}) <= 1.7976931348623157e308 THEN json(printf('%!.17g', {})) "
        "WHEN {} > 0 THEN 'Infinity' WHEN {} < 0 THEN '-Infinity' END"
    ),
    "time": _TRIMMED,
    "uuid": (
        "lower(CASE length({}) WHEN 32 THEN "
        "substr({},1,8)||'-'||substr({},9,4)||'-'||substr({},13,4)||'-'||substr({},17,4)||'-'||substr({},21) "
        "ELSE {} END)"
    ),
    "json": "json(CASE WHEN json_valid({}) THEN {} ELSE json_quote({}) END)",  # one bad row spoils no list
    "binary": "nuages_base64({})",
    "duration": (
        "CASE WHEN {} < 0 THEN '-' ELSE '' END || 'P' || (abs({}) / 86400000000) || 'DT' || "
        "printf('%02dH%02dM%02d', abs({}) / 3600000000 % 24, abs({}) / 60000000 % 60, abs({}) / 1000000 % 60) || "
        "CASE WHEN {} % 1000000 THEN printf('.%06d', abs({}) % 1000000) ELSE '' END || 'S'"
    ),
}
_BINDS: dict[str, Bind] = {
    "boolean": int,
    "decimal": _real,
    "date": str,
    "datetime": _naive_text,
    "time": str,
    "duration": _microseconds,
    "uuid": lambda value: value.hex,
}
