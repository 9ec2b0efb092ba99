"""Turn a representation into the members of a JSON object over given rows; relations become subselects of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Model

from nuages.declare.spec import Column, ColumnOrder, Computed, PythonValue, Relation, Representation
from nuages.plan.compilation import VALUE, Compilation, Level, needed_columns
from nuages.plan.dialect import Frame, Member
from nuages.plan.guards import restrict
from nuages.plan.sets import KEY, among, is_set, join_set
from nuages.plan.sql import Sql
from nuages.plan.values import join_values, joined, may_share, shared_value, spelled, value_subselect

HIDDEN = "~"  # prefixes columns fetched for a Python value and taken away again; no field's name can begin so


def members(work: Compilation, representation: Representation, level: Level) -> list[Member]:
    """Spell every member of a representation over the rows of a level."""
    ready = _joined(work, representation, level)
    model = representation.model
    return [member for part in representation.fetched for member in _member(work, model, part, level, ready)]


def _joined(work: Compilation, representation: Representation, level: Level) -> dict[str, Sql]:
    """Join what is read for all rows of a level at once; gives the SQL of each such member."""
    if level.sets is None:
        return {}
    parts = representation.fetched
    values = [part for part in parts if isinstance(part, Computed) and part.name not in level.computed]
    ready: dict[str, Sql] = {}
    for relation in parts:
        if isinstance(relation, Relation) and is_set(relation, level):
            shared = [value for value in values if value.name not in ready and may_share(work, value, relation)]
            ready |= _join_relation(work, relation, level, shared)
    return ready | join_values(work, [value for value in values if value.name not in ready], level)


def _relation_rows(work: Compilation, relation: Relation) -> Any:
    """Find the rows that a relation may show, of whichever parent, as the rule of their resource lets them through."""
    rows = work.rows.of(relation.model, relation.target).filter(**dict(relation.constants))
    return rows if relation.filter is None else restrict(rows, relation.filter)


def _linked(rows: Any, relation: Relation, level: Level) -> Any:
    """Narrow child rows to those of one row of a level."""
    return rows.filter(**{link.lookup: level.outer(link.attname, link.field) for link in relation.links})


def _member(
    work: Compilation, model: type[Model], part: Any, level: Level, ready: Mapping[str, Sql]
) -> Iterable[Member]:
    if part.name in ready:
        yield part.name, ready[part.name]
    elif isinstance(part, Column):
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


def _join_relation(work: Compilation, relation: Relation, level: Level, values: Sequence[Computed]) -> dict[str, Sql]:
    """Join a relation as a set; values over the same rows are aggregated beside it."""
    (link,), inner = relation.links, Level(work.next_alias(), sets=[])
    shown = members(work, relation.representation, inner)
    aggregates = [shared_value(work, value.children, inner) for value in values if value.children]
    rows = among(_relation_rows(work, relation), link, level)
    extra = [inner.column(KEY), *(value + Sql(f" AS {VALUE}{index}") for index, value in enumerate(aggregates))]
    frame = Frame(extra, inner.sets or (), [_directed(inner, term) for term in relation.order])
    make = work.dialect.set_of_many if relation.many else work.dialect.set_of_one
    text = make(_set_rows(work, relation, rows, values, is_ordered=not inner.sets), inner.alias, shown, frame)
    alias = f"{inner.alias}g"
    join_set(level, alias, text, link)
    item = Sql(f"coalesce({alias}.list, '[]')") if relation.many else Sql(f"{alias}.item")
    shared = {value.name: joined(work, value, alias, index) for index, value in enumerate(values)}
    return {relation.name: item, **shared}


def _set_rows(work: Compilation, relation: Relation, rows: Any, values: Sequence[Computed], *, is_ordered: bool) -> Sql:
    read = [value.children.column.attname for value in values if value.children and value.children.column]
    columns = [*needed_columns(relation.representation), *(term.attname for term in relation.order), *read, KEY]
    rows = rows.values(*dict.fromkeys(columns))
    order = [F(KEY).asc(), *(_term(term) for term in relation.order)] if relation.many and is_ordered else []
    return work.compile(rows.order_by(*order))


def _directed(level: Level, term: ColumnOrder) -> Sql:
    """PostgreSQL's own places of nulls are those of a nested order."""
    return level.column(term.attname) + Sql(" DESC" if term.descending else "")


def _computed(work: Compilation, model: type[Model], computed: Computed, level: Level) -> Sql:
    ready = level.computed.get(computed.name)
    if ready is not None:
        return spelled(work, computed, level.column(ready))
    return value_subselect(work, model, computed, level)
