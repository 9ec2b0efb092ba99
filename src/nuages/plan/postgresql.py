"""PostgreSQL's SQL: row_to_json and json_agg (json, never jsonb, which reparses), values spelled as everywhere else.

Source: postgresql.org/docs/15/functions-json.html; psycopg.org/psycopg3/docs, "Differences from psycopg2".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from nuages.plan.dialect import Bind, Estimate, Frame, Member, quote_name, quote_text
from nuages.plan.slots import Slot
from nuages.plan.sql import HOLE, Sql, join

vendor = "postgresql"
_SAMPLE_ROWS = 20_000  # count=estimated looks at so many: some milliseconds
joins_sets = True
no_limit = ""


def spell(kind: str, field: Any, value: Sql, connection: Any) -> Sql:
    """Turn a column or expression into what stands in the JSON."""
    if kind == "array":
        return _array(field, value, connection)
    template = _SPELLINGS.get(kind, "{}")
    if kind == "decimal":
        template = _decimal(field)
    elif kind == "datetime":
        template = _timestamp(connection)
    return Sql(template.replace("{}", value.text), value.parameters * template.count("{}"))


def one(rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
    """Make a scalar subselect of one row as an object, or null."""
    return Sql(f"(SELECT row_to_json({alias}j)") + _over(rows, alias, members) + Sql(")")


def many(rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
    """Make a scalar subselect of all rows as a list, in their order."""
    return Sql(f"(SELECT coalesce(json_agg({alias}j), '[]')") + _over(rows, alias, members) + Sql(")")


def set_of_one(rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
    """Make a set of objects: the further columns, then `item`."""
    return _select([*frame.extra, Sql(f"{alias}j AS item")], rows, alias, members, frame.sets)


def set_of_many(rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
    """Make a set of lists; rows that sets were joined to have lost their order, which is said once more."""
    order = Sql(" ORDER BY ") + join(", ", frame.order) if frame.sets else Sql("")
    key, *values = frame.extra
    objects = Sql(f"json_agg({alias}j") + order + Sql(") AS list")
    return _select([key, objects, *values], rows, alias, members, frame.sets) + Sql(" GROUP BY 1")


def page(rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
    """Make the whole statement; rows that sets were joined to have lost their order, which is said once more."""
    statement = _select([Sql(f"row_to_json({alias}j)"), *frame.extra], rows, alias, members, frame.sets)
    return statement + Sql(" ORDER BY ") + join(", ", frame.order) if frame.sets else statement


def inserted(row: Sql, alias: str, members: Sequence[Member], extra: Sequence[Sql]) -> Sql:
    """Make a statement that makes a row and shows it."""
    columns = join(", ", [Sql(f"row_to_json({alias}j)"), *extra])
    return (
        Sql(f"WITH {alias} AS (") + row + Sql(") SELECT ") + columns + Sql(f" FROM {alias}") + _objects(alias, members)
    )


def real_table(table: str) -> str:
    """A name means the table itself inside a WITH that is not recursive."""
    return quote_name(table)


def raw(column: str) -> str:
    """What comes back is left as PostgreSQL wrote it."""
    return column


def among(values: str) -> str:
    """An array is found once, before the rows: a join might read every row of the table first."""
    return f"= ANY(ARRAY({values}))"


def number(value: Sql) -> Sql:
    """Make a document of a number."""
    return Sql("to_json(") + value + Sql(")")


def estimate(rows: Any, connection: Any) -> Estimate | None:  # noqa: ARG001  # the dialects' one signature
    """Estimate from the table's statistics where every row counts, else from a sample of its blocks.

    Source: postgresql.org/docs/current/row-estimation-examples.html, sql-select.html (TABLESAMPLE).
    """
    query, table = rows.query, quote_name(rows.model._meta.db_table)
    if query.group_by is not None or query.values_select:
        return None
    known = (
        "(SELECT CASE WHEN reltuples < 0 THEN greatest(pg_stat_get_live_tuples(oid), "  # not analyzed yet
        f"(SELECT COUNT(*) FROM (SELECT FROM {table} LIMIT {_SAMPLE_ROWS}) few)) ELSE reltuples END "
        f"FROM pg_class WHERE oid = {quote_text(table)}::regclass)"
    )
    if not query.where and len(query.alias_map) <= 1:
        return Estimate(Sql(f"{known}::bigint"))
    share = f"least(100, {100 * _SAMPLE_ROWS} / greatest({known}, 1))"
    return Estimate(Sql(f"100 / {share}"), (f"FROM {table}", f"FROM {table} TABLESAMPLE SYSTEM ({share})"))


def bind(kind: str, field: Any, connection: Any) -> Bind:
    """Give the function that turns a typed value into what psycopg takes, always as the same PostgreSQL type."""
    if not type(field).__module__.startswith("django."):
        return lambda value: field.get_db_prep_value(value, connection, prepared=False)
    return _bigint() if kind == "integer" else _BINDS.get(kind, _same)


def finish(sql: Sql, connection: Any) -> tuple[str, tuple[Any, ...]]:
    """Number the slots; constants become literals, so that the planner knows them."""
    slots: list[Slot] = []
    parts = sql.text.split(HOLE)
    pieces = [parts[0]]
    for parameter, part in zip(sql.parameters, parts[1:], strict=True):
        if isinstance(parameter, Slot):
            slots.append(parameter)
            pieces.append(f"${len(slots)}")
        else:
            pieces.append(literal(parameter, connection))
        pieces.append(part)
    return "".join(pieces), tuple(slots)


def literal(value: Any, connection: Any) -> str:
    """Write a bound value as SQL text, by psycopg's own adaptation."""
    from psycopg.sql import Literal  # noqa: PLC0415  # psycopg is an extra

    return Literal(value).as_string(connection.connection).strip()


def _select(columns: Sequence[Sql], rows: Sql, alias: str, members: Sequence[Member], sets: Sequence[Sql]) -> Sql:
    """Select over rows and the object of each; rows that sets are joined to are found once and read by all of them."""
    listed = join(", ", columns)
    if not sets:
        return Sql("SELECT ") + listed + _over(rows, alias, members)
    found = Sql(f"WITH {alias} AS MATERIALIZED (") + rows + Sql(") SELECT ")
    return found + listed + Sql(f" FROM {alias}") + join("", sets) + _objects(alias, members)


def _over(rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
    return Sql(" FROM (") + rows + Sql(f") {alias}") + _objects(alias, members)


def _objects(alias: str, members: Sequence[Member]) -> Sql:
    """Name the members of each row: a row type, whose JSON has no blanks and costs less than json_build_object's."""
    return Sql(" CROSS JOIN LATERAL (SELECT ") + _named(members) + Sql(f") {alias}j")


def _named(members: Sequence[Member]) -> Sql:
    return join(", ", [value + Sql(f" AS {quote_name(name)}") for name, value in members])


def _decimal(field: Any) -> str:
    """Text with the field's places; without places, the 15 significant digits that SQLite holds too."""
    places = getattr(field, "decimal_places", None)
    return "trim_scale(({})::float8::numeric)::text" if places is None else f"round({{}}, {int(places)})::text"


def _timestamp(connection: Any) -> str:
    if settings.USE_TZ and connection.timezone_name != "UTC":
        return "replace((({}) AT TIME ZONE 'UTC')::text, ' ', 'T') || '+00:00'"
    return "{}"


def _array(field: Any, value: Sql, connection: Any) -> Sql:
    """Elements that need a spelling of their own are spelled one by one; the others PostgreSQL writes itself."""
    from nuages.declare.kinds import concrete_field, kind_of  # noqa: PLC0415

    base = concrete_field(field).base_field
    element = spell(kind_of(base) or "text", base, Sql("element"), connection)
    if element.text == "element":
        return value
    inner = Sql(f"(SELECT json_agg({element.text} ORDER BY position) FROM unnest(") + value
    return inner + Sql(") WITH ORDINALITY AS unnested(element, position))")


_MICROSECONDS = "(extract(epoch FROM {}) * 1000000)::bigint"
_SPELLINGS: dict[str, str] = {
    "binary": "replace(encode({}, 'base64'), E'\\n', '')",
    "address": "host({})",
    "float": "({})::float8",
    "hstore": "hstore_to_json({})",
    "range": "({})::text",
    "duration": (
        "(SELECT CASE WHEN us < 0 THEN '-' ELSE '' END || 'P' || (abs(us) / 86400000000) || 'DT' || "
        "lpad((abs(us) / 3600000000 % 24)::text, 2, '0') || 'H' || "
        "lpad((abs(us) / 60000000 % 60)::text, 2, '0') || 'M' || "
        "lpad((abs(us) / 1000000 % 60)::text, 2, '0') || "
        "CASE WHEN us % 1000000 <> 0 THEN '.' || lpad((abs(us) % 1000000)::text, 6, '0') ELSE '' END || 'S' "
        f"FROM (SELECT {_MICROSECONDS} AS us) microseconds)"
    ),
}


def _same(value: Any) -> Any:
    return value


def _moment(moment: dt.datetime) -> dt.datetime:
    """A column without time zone (USE_TZ off) holds local time."""
    if settings.USE_TZ or not moment.tzinfo:
        return moment
    return moment.astimezone(timezone.get_default_timezone()).replace(tzinfo=None)


def _bigint() -> Bind:
    """One type for all integers: psycopg picks the smallest that fits, and each would be a statement of its own."""
    from psycopg.types.numeric import Int8  # noqa: PLC0415  # psycopg is an extra

    return Int8


_BINDS: dict[str, Bind] = {"datetime": _moment}
