"""Turn a question into the page query: just the page's rows, chosen before anything is projected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db.models import FloatField, Model, OuterRef, Q, Subquery
from django.db.models.functions import Cast

from nuages.declare.spec import Computed, Operand, ResourceSpec
from nuages.parse.question import Asked, Question
from nuages.plan.compilation import Compilation, Level, needed_columns, ordered
from nuages.plan.filters import OrNull, after_place, comparison, exists_over, outside_windows, value_over
from nuages.plan.projection import value_rows
from nuages.plan.slots import Slot
from nuages.plan.sql import Sql


@dataclass(frozen=True, slots=True)
class Page:
    """The compiled page query: its SQL without a limit, its level, and the columns of its order."""

    sql: Sql
    level: Level
    order: tuple[Sql, ...]


class PageQuery:
    """Builds the page query of one question."""

    def __init__(self, work: Compilation, spec: ResourceSpec, question: Question, first_slot: int) -> None:
        self._work = work
        self._spec = spec
        self._question = question
        self._slots = count(first_slot)
        self._annotated: dict[str, str] = {}
        self._rows = work.rows.of(spec.model, spec.name)

    def build(self) -> Page:
        """Filter, order and select; the slots of filters come before those of the place."""
        self._annotate_windows()
        for asked in self._question.asked:
            condition = self._condition(asked)  # first, since it may annotate the rows that it filters
            self._rows = self._rows.filter(condition)
        names = [self._order_name(term.operand) for term in self._question.order]
        self._behind_place(names)
        return self._select(names)

    def build_member(self, condition: Q) -> Page:
        """Find one row among all that may be seen, so that its window functions see the others."""
        windows = self._annotate_windows()
        self._rows = self._rows.filter(outside_windows(condition, windows[0]) if windows else condition)
        return self._select([])

    def _annotate_windows(self) -> list[str]:
        parts = self._spec.representation.shown
        return [self._annotate(part) for part in parts if isinstance(part, Computed) and part.is_window]

    def _select(self, names: list[str]) -> Page:
        level = Level(self._work.next_alias(), dict(self._annotated), is_page=bool(names))
        terms = zip(self._question.order, names, strict=True)
        rows = self._rows.order_by(
            *(ordered(name, descending=term.descending, nullable=term.operand.nullable) for term, name in terms)
        )
        columns = [*needed_columns(self._spec.representation), *self._annotated.values(), *names]
        sql = self._work.compile(rows.values(*dict.fromkeys(columns)))
        return Page(sql, level, tuple(level.column(name) for name in names))

    def _condition(self, asked: Asked) -> Q:
        operand, lookup = asked.parameter.operand, asked.parameter.lookup
        if lookup.is_literal:
            conditions = [self._compare(operand, lookup.orm, list(values)) for values in asked.alternatives]
        else:
            slots = [[self._slot(operand) for _ in values] for values in asked.alternatives]
            conditions = [self._compare(operand, lookup.orm, group) for group in slots]
        return Q(*conditions, _connector=Q.OR)

    def _compare(self, operand: Operand, lookup: str, values: list[Any]) -> Q:
        if operand.computed is None and lookup == "isnull":
            return self._compare_presence(operand, is_absent=values[0])
        if operand.computed is None:
            return exists_over(self._work.rows, operand.hops, comparison(operand, lookup, values))
        name = self._annotate(operand.computed)
        return Q(**{f"{name}__{lookup}": values if lookup == "in" else values[0]})

    def _compare_presence(self, operand: Operand, *, is_absent: bool) -> Q:
        """A value is absent where no row that may be seen has one: also where there is no row at all."""
        present = exists_over(self._work.rows, operand.hops, comparison(operand, "isnull", [False]))
        return ~present if is_absent else present

    def _behind_place(self, names: list[str]) -> None:
        place = self._question.place
        if place is None:
            return
        nulls = tuple(value is None for value in place)
        pairs = zip(self._question.order, nulls, strict=True)
        slots = [self._slot(term.operand, is_raw=True) for term, is_null in pairs if not is_null]
        behind = after_place(self._question.order, names, nulls, iter(slots))
        windows = self._annotate_windows()
        self._rows = self._rows.filter(outside_windows(behind, windows[0]) if windows else behind)

    def _slot(self, operand: Operand, *, is_raw: bool = False) -> Slot:
        return Slot(next(self._slots), operand.field, operand.kind, is_raw=is_raw)

    def _order_name(self, operand: Operand) -> str:
        """Name an operand's column in the page query, annotating what is not a column of its own."""
        if operand.computed is not None:
            return self._annotate(operand.computed)
        if not operand.hops:
            return operand.column
        name = self._free_name(operand.name)
        self._rows = self._rows.annotate(**{name: value_over(self._work.rows, operand.hops, operand.lookup)})
        return name

    def _annotate(self, computed: Computed) -> str:
        """Bring a value into the page query, once; it is then not evaluated again outside."""
        known = self._annotated.get(computed.name)
        if known is None:
            known = self._annotated[computed.name] = self._free_name(computed.name)
            self._rows = self._rows.annotate(**{known: self._expression(computed)})
        return known

    def _expression(self, computed: Computed) -> Any:
        if computed.is_window:
            return computed.expression
        keys = {field.name: OuterRef(field.name) for field in self._spec.model._meta.pk_fields}
        own_row = self._spec.model._base_manager.using(self._work.connection.alias).filter(**keys).order_by()
        expression = Subquery(value_rows(own_row, computed), output_field=computed.field)
        # An average is a numeric on PostgreSQL; a cursor compares and repeats it as the float that is shown.
        return Cast(expression, FloatField()) if computed.kind == "float" else OrNull(expression)

    def _free_name(self, name: str) -> str:
        taken = _names(self._spec.model) | set(self._annotated.values()) | set(self._rows.query.annotations)
        return next(free for free in _candidates(name) if free not in taken)


def _names(model: type[Model]) -> set[str]:
    fields: Iterable[Any] = model._meta.get_fields()
    return {name for field in fields for name in (field.name, getattr(field, "attname", field.name))}


def _candidates(name: str) -> Iterator[str]:
    yield f"by_{name}"
    yield from (f"by_{name}_{number}" for number in count(2))
