"""Turn a representation into the members of a JSON object over given rows; relations become subselects of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Model

from nuages.declare.spec import Column, ColumnOrder, Computed, PythonValue, Relation, Representation
from nuages.plan.compilation import VALUE, Compilation, Level, needed_columns
from nuages.plan.dialect import Member
from nuages.plan.groups import KEY, among_page, is_grouped, join_group
from nuages.plan.guards import restrict
from nuages.plan.sql import Sql

HIDDEN = "~"  # prefixes columns fetched for a Python value and taken away again; no field's name can begin so


def members(work: Compilation, representation: Representation, level: Level) -> list[Member]:
    """Spell every member of a representation over the rows of a level."""
    return [member for part in representation.fetched for member in _member(work, representation.model, part, level)]


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
    if is_grouped(work, relation, level):
        return _group(work, relation, level)
    inner = Level(work.next_alias())
    rows = _linked(_relation_rows(work, relation), relation, level).values(*needed_columns(relation.representation))
    text = _ordered_rows(work, relation, rows) if relation.many else work.compile(rows)
    make = work.dialect.many if relation.many else work.dialect.one
    return make(text, inner.alias, members(work, relation.representation, inner))


def _ordered_rows(work: Compilation, relation: Relation, rows: Any) -> Sql:
    rows = rows.order_by(*(_term(term) for term in relation.order))
    return work.compile(rows[: relation.limit]) if relation.limit else work.compile(rows) + Sql(work.dialect.no_limit)


def _term(term: ColumnOrder) -> Any:
    """Nulls last ascending and first descending, as PostgreSQL's indexes have them; said where there may be any."""
    column = F(term.attname)
    if not term.nullable:
        return column.desc() if term.descending else column.asc()
    return column.desc(nulls_first=True) if term.descending else column.asc(nulls_last=True)


def _group(work: Compilation, relation: Relation, level: Level) -> Sql:
    inner = Level(work.next_alias())
    columns = [*needed_columns(relation.representation), *(term.attname for term in relation.order), KEY]
    rows = among_page(_relation_rows(work, relation), relation, level).values(*dict.fromkeys(columns))
    shown = members(work, relation.representation, inner)
    return join_group(work, relation, level, rows=work.compile(rows), inner=inner, shown=shown)


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
