"""Turn computed values into SQL: a subselect of their row alone, or one set of aggregates for all rows of a level.

Two aggregates never multiply each other: each is evaluated over the rows of its own relation and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model

from nuages.declare.spec import ChildAggregate, Computed, Link, Relation
from nuages.plan.compilation import VALUE, Compilation, Level
from nuages.plan.scopes import has_plain_manager
from nuages.plan.sets import KEY, among, join_set
from nuages.plan.slots import OuterColumn
from nuages.plan.sql import Sql

Outer = Callable[[str, Any], Any]


def value_rows(work: Compilation, model: type[Model], computed: Computed, outer: Outer) -> Any:
    """Select a computed value for one row; `outer` refers to that row's columns."""
    if computed.children is not None:
        return _over_children(work, computed.children, outer)
    keys = {field.name: outer(field.attname, field) for field in model._meta.pk_fields}
    rows = _all(work, model).filter(**keys)
    if computed.is_aggregate:
        rows = rows.values(*(field.name for field in model._meta.pk_fields))
    return rows.annotate(**{VALUE: computed.expression}).values(VALUE)


def value_subselect(work: Compilation, model: type[Model], computed: Computed, level: Level) -> Sql:
    """A computed value of one row of a level, as a scalar subselect."""
    text = work.compile(value_rows(work, model, computed, level.outer))
    alias = work.next_alias()
    return (
        Sql("(SELECT ")
        + spelled(work, computed, Level(alias).column(VALUE))
        + Sql(" FROM (")
        + text
        + Sql(f") {alias})")
    )


def spelled(work: Compilation, computed: Computed, value: Sql) -> Sql:
    """Spell a computed value as it stands in the JSON."""
    return work.dialect.spell(computed.kind, computed.field, value, work.connection)


def join_values(work: Compilation, values: Iterable[Computed], level: Level) -> dict[str, Sql]:
    """Join the aggregates over each relation to a level as one set; gives what each of them is there."""
    by_relation: dict[tuple[type[Model], Link], list[tuple[Computed, ChildAggregate]]] = {}
    for computed in values:
        if computed.children is not None:
            place = computed.children.model, computed.children.link
            by_relation.setdefault(place, []).append((computed, computed.children))
    return {name: value for members in by_relation.values() for name, value in _join(work, members, level)}


def _join(work: Compilation, values: list[tuple[Computed, ChildAggregate]], level: Level) -> Iterable[tuple[str, Sql]]:
    alias, (_, first) = f"{work.next_alias()}g", values[0]
    aggregates = {f"{VALUE}{index}": children.expression for index, (_, children) in enumerate(values)}
    rows = among(_all(work, first.model), first.link, level).values(KEY).annotate(**aggregates)
    join_set(level, alias, work.compile(rows), first.link)
    return ((computed.name, joined(work, computed, alias, index)) for index, (computed, _) in enumerate(values))


def joined(work: Compilation, computed: Computed, alias: str, index: int) -> Sql:
    """The value that a joined set holds; a row without children has what an aggregate of no rows gives."""
    value = Sql(f"{alias}.{VALUE}{index}")
    empty = computed.children.empty if computed.children else None
    return spelled(work, computed, value if empty is None else Sql("coalesce(") + value + Sql(f", {int(empty)})"))


def may_share(work: Compilation, computed: Computed, relation: Relation) -> bool:
    """Whether an aggregate is over the very rows that a relation shows, all of them, and a column of theirs."""
    children = computed.children
    if children is None or children.column is None or relation.filter is not None or not relation.many:
        return False
    is_whole = has_plain_manager(relation.model) and not work.rows.is_guarded(relation.target)
    return is_whole and relation.model is children.model and relation.links == (children.link,)


def shared_value(work: Compilation, children: ChildAggregate, rows: Level) -> Sql:
    """Write an aggregate over rows that are there already."""
    column: Any = children.column
    expression = children.expression.copy()
    sources = expression.get_source_expressions()
    expression.set_source_expressions([OuterColumn(rows.column(column.attname).text, column), *sources[1:]])
    return work.express(expression, _all(work, children.model))


def _over_children(work: Compilation, children: ChildAggregate, outer: Outer) -> Any:
    """Aggregate without grouping: there is a row even where there are no children."""
    link = children.link
    rows = _all(work, children.model).filter(**{link.lookup: outer(link.attname, link.field)})
    query: Any = rows.query
    query.clear_select_clause()
    query.add_annotation(children.expression, VALUE)
    query.set_annotation_mask([VALUE])
    return rows


def _all(work: Compilation, model: type[Model]) -> Any:
    return model._base_manager.using(work.connection.alias).order_by()
