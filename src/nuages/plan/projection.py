"""Turn a representation into the members of a JSON object over given rows; relations become subselects of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Model

from nuages.declare.spec import Column, Computed, PythonValue, Relation, Representation
from nuages.plan.compilation import VALUE, Compilation, Level, needed_columns
from nuages.plan.dialect import Member
from nuages.plan.groups import KEY, among_page, is_grouped, join_group
from nuages.plan.guards import restrict
from nuages.plan.sql import Sql

HIDDEN = "~"  # prefixes columns fetched for a Python value and taken away again; no field's name can begin so


def members(work: Compilation, representation: Representation, level: Level) -> list[Member]:
    """Spell every member of a representation over the rows of a level."""
    return [member for part in representation.shown for member in _member(work, representation.model, part, level)]


def _relation_rows(work: Compilation, relation: Relation) -> Any:
    """Find the rows that a relation may show, of whichever parent, as the rule of their resource lets them through."""
    rows = work.rows.of(relation.model, relation.target).filter(**dict(relation.constants))
    return rows if relation.filter is None else restrict(rows, relation.filter)


def _linked(rows: Any, relation: Relation, level: Level) -> Any:
    """Narrow child rows to those of one row of a level."""
    return rows.filter(**{link.lookup: level.outer(link.attname, link.field) for link in relation.links})


def _member(work: Compilation, model: type[Model], part: Any, level: Level) -> Iterable[Member]:
    if isinstance(part, Column):
        yield part.name, _column(work, part, level)
    elif isinstance(part, Relation):
        yield part.name, _relation(work, part, level)
    elif isinstance(part, Computed):
        yield part.name, _computed(work, model, part, level)
    elif isinstance(part, PythonValue):
        for need in part.needs:
            yield HIDDEN + need.name, _column(work, need, level)


def _column(work: Compilation, column: Column, level: Level) -> Sql:
    return work.dialect.spell(column.kind, column.field, level.column(column.attname), work.connection)


def _relation(work: Compilation, relation: Relation, level: Level) -> Sql:
    rows = _relation_rows(work, relation)
    columns = needed_columns(relation.representation)
    inner = Level(work.next_alias())
    if is_grouped(work, relation, level):
        keyed = among_page(rows, relation, level).values(*dict.fromkeys([*columns, *dict(relation.order), KEY]))
        text, shown = work.compile(keyed), members(work, relation.representation, inner)
        return join_group(work, relation, level, rows=text, inner=inner, shown=shown)
    rows = _linked(rows, relation, level).values(*columns)
    if not relation.many:
        return work.dialect.one(work.compile(rows), inner.alias, members(work, relation.representation, inner))
    rows = rows.order_by(*(F(name).desc() if descending else F(name).asc() for name, descending in relation.order))
    text = work.compile(rows[: relation.limit] if relation.limit else rows)
    text = text if relation.limit else text + Sql(work.dialect.no_limit)
    return work.dialect.many(text, inner.alias, members(work, relation.representation, inner))


def _computed(work: Compilation, model: type[Model], computed: Computed, level: Level) -> Sql:
    """A value is evaluated for the row it belongs to and no other, so that two aggregates never multiply each other."""
    ready = level.computed.get(computed.name)
    if ready is not None:
        return work.dialect.spell(computed.kind, computed.field, level.column(ready), work.connection)
    keys = {field.name: level.outer(field.attname, field) for field in model._meta.pk_fields}
    rows = model._base_manager.using(work.connection.alias).filter(**keys).order_by()
    text = work.compile(value_rows(rows, computed))
    alias = work.next_alias()
    spelled = work.dialect.spell(computed.kind, computed.field, Level(alias).column(VALUE), work.connection)
    return Sql("(SELECT ") + spelled + Sql(" FROM (") + text + Sql(f") {alias})")


def value_rows(rows: Any, computed: Computed) -> Any:
    """Select a computed value over given rows; an aggregate is grouped by the key alone."""
    if computed.is_aggregate:
        rows = rows.values(*(field.name for field in rows.model._meta.pk_fields))
    return rows.annotate(**{VALUE: computed.expression}).values(VALUE)
