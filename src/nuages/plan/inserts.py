"""Compile the making of a row: SQL text once, values as slots. Nothing here runs a statement.

PostgreSQL makes the row and its JSON in one statement; elsewhere the row is read back by the plan of its own URL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nuages.declare.spec import ResourceSpec
from nuages.plan.compilation import Compilation, Level, needed_columns
from nuages.plan.dialect import quote_name
from nuages.plan.dialects import dialect_of
from nuages.plan.finish import Finisher, make_finisher
from nuages.plan.projection import members
from nuages.plan.slots import Slot
from nuages.plan.sql import HOLE, Sql
from nuages.plan.statement import Statement, make_statement


@dataclass(frozen=True, slots=True)
class Insert:
    """A compiled making of a row.

    Shapes: the statement's only line begins with the JSON of the row where `is_shown`; its key's raw values follow.
        `finish` completes that JSON, or that of the row when it is read, where Python has a part in it.
    """

    statement: Statement
    is_shown: bool
    finish: Finisher | None


def compile_insert(spec: ResourceSpec, fields: tuple[Any, ...], connection: Any) -> Insert:
    """Compile for the fields whose columns get a value; the values come in their order, as the database takes them."""
    work = Compilation.start(connection, dialect_of(connection), {})
    level = Level(work.next_alias())
    keys = [column.attname for column in spec.key]
    row = _insert(spec, fields, list(dict.fromkeys([*keys, *needed_columns(spec.representation)])), first="")
    shown = members(work, spec.representation, level)
    whole = work.dialect.inserted(row, level.alias, shown, [level.column(name) for name in keys])
    finish = make_finisher(spec.representation)
    if whole is None:
        return Insert(make_statement(work, _insert(spec, fields, keys, first="NULL, ")), is_shown=False, finish=finish)
    return Insert(make_statement(work, whole), is_shown=True, finish=finish)


def _insert(spec: ResourceSpec, fields: tuple[Any, ...], returned: list[str], *, first: str) -> Sql:
    """Write the INSERT; `first` stands where a line has its document."""
    meta = spec.model._meta
    columns = ", ".join([quote_name(field.column) for field in fields])
    slots = tuple([Slot(index, field, "", is_raw=True) for index, field in enumerate(fields)])
    filled = f"({columns}) VALUES ({', '.join([HOLE] * len(fields))})" if fields else "DEFAULT VALUES"
    named: dict[str, Any] = {field.attname: field for field in meta.concrete_fields}
    listed = ", ".join([f"{quote_name(named[name].column)} AS {quote_name(name)}" for name in returned])
    return Sql(f"INSERT INTO {quote_name(meta.db_table)} {filled} RETURNING {first}{listed}", slots)
