"""Turn a question for groups into the page query of its groups, and the members that each of them shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Max, Min, QuerySet, Sum
from django.db.models.functions import Cast

from nuages.declare.spec import OrderTerm, ResourceSpec
from nuages.parse.groups import Grouping, Measure
from nuages.parse.question import Question
from nuages.plan.compilation import Compilation, Level
from nuages.plan.dialect import Member, quote_name
from nuages.plan.filters import free_name
from nuages.plan.keysets import Place, Terms, spelled
from nuages.plan.pages import Page, PageQuery, place_of, walked
from nuages.plan.sql import Sql, join


class _AverageDuration(Avg):
    """An average of durations, which SQLite holds as whole microseconds."""

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        """Round to them."""
        sql, parameters = super().as_sql(compiler, connection)
        return f"CAST(ROUND({sql}) AS INTEGER)", parameters


_AGGREGATES: Mapping[str, Callable[[Any], Any]] = {
    "count": Count,
    "count_distinct": lambda column: Count(column, distinct=True),
    "sum": Sum,
    "avg": Avg,
    "min": Min,
    "max": Max,
}


def build_groups(work: Compilation, spec: ResourceSpec, question: Question, grouping: Grouping) -> Page:
    """Filter, group, aggregate, order and select; the slots of filters come before those of the place."""
    slots = count(work.rows.first_slot)
    pages = PageQuery(work, spec, question.selection.representation, slots)
    scope = pages.filter(question)
    groups = {operand.name: pages.value_name(operand) for operand in grouping.groups}
    inputs = [pages.value_name(measure.operand) if measure.operand else "" for measure in grouping.measures]
    rows, outputs = _aggregated(scope.rows.order_by(), list(groups.values()), grouping.measures, inputs)
    names = {**groups, **outputs}
    terms = walked(question.order.terms, question.window)
    level = Level(work.next_alias(), names)
    columns = [names[term.operand.name] for term in terms]
    place = place_of(terms, question.window, slots)
    grouped = _behind(work.compile(rows), terms, columns, place, work.connection.vendor)
    order = tuple(level.column(name) for name in columns)
    return Page((grouped,), level, order, rows, next(slots))


def _behind(grouped: Sql, terms: Terms, names: list[str], place: Place | None, vendor: str) -> Sql:
    """Choose among the groups, and order them, outside: HAVING could not name what it groups by with other slots."""
    columns = [f"grouped.{quote_name(name)}" for name in names]
    order = ", ".join(column + spelled(term) for term, column in zip(terms, columns, strict=True))
    chosen = Sql("SELECT * FROM (") + grouped + Sql(") grouped")
    if place is not None:
        chosen = chosen + Sql(" WHERE ") + _condition(terms, columns, place, vendor)
    return chosen + Sql(f" ORDER BY {order}") if order else chosen


def _condition(terms: Terms, columns: list[str], place: Place, vendor: str) -> Sql:
    """What `keysets.after_place` says as a Q, as SQL."""
    alternatives, ties = [], [Sql("1 = 1")]
    for term, column, slot in zip(terms, columns, place.values, strict=True):
        value = slot.sql(vendor) if slot is not None else None
        behind = _strictly(term, column, value)
        if behind is not None:
            alternatives.append(join(" AND ", [*ties, behind]))
        ties.append(Sql(f"{column} IS NULL") if value is None else Sql(f"{column} = ") + value)
    if place.is_inclusive:
        alternatives.append(join(" AND ", ties))
    return join(" OR ", alternatives) if alternatives else Sql("1 = 0")


def _strictly(term: OrderTerm, column: str, value: Sql | None) -> Sql | None:
    if value is None:
        return Sql(f"{column} IS NOT NULL") if term.nulls_first else None
    behind = Sql(f"({column} {'<' if term.descending else '>'} ") + value
    return behind + Sql(f" OR {column} IS NULL)" if term.operand.nullable and not term.nulls_first else ")")


def group_members(work: Compilation, grouping: Grouping, level: Level) -> list[Member]:
    """Spell what is shown of each group."""
    shown = [*grouping.groups, *(measure.output for measure in grouping.measures)]
    return [
        (o.name, work.dialect.spell(o.kind, o.field, level.column(level.computed[o.name]), work.connection))
        for o in shown
    ]


def _aggregated(
    rows: QuerySet[Any], groups: list[str], measures: tuple[Measure, ...], inputs: list[str]
) -> tuple[QuerySet[Any], dict[str, str]]:
    grouped = rows.values(*groups) if groups else rows.values("pk")
    outputs: dict[str, str] = {}
    for measure, column in zip(measures, inputs, strict=True):
        name = outputs[measure.output.name] = free_name(measure.output.name, grouped)
        grouped = grouped.annotate(**{name: _aggregate(measure, column)})
    selected = grouped.values(*groups, *outputs.values())
    if not groups:
        query: Any = selected.query
        query.group_by = None  # one group of all rows, which is there even when they are none
    return selected, outputs


def _aggregate(measure: Measure, column: str) -> Any:
    if measure.operand is None:
        return Count("*")
    if measure.function == "avg" and measure.output.kind == "duration":
        return _AverageDuration(F(column))
    aggregate = _AGGREGATES[measure.function](F(column))
    # An average is a numeric on PostgreSQL; a cursor compares and repeats it as the float that is shown.
    return Cast(aggregate, FloatField()) if measure.output.kind == "float" else aggregate
