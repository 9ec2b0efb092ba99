"""Turn a question into the page query: just the page's rows, chosen before anything is projected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import FloatField, OuterRef, Q, Subquery
from django.db.models.functions import Cast

from nuages.declare.spec import Column, Computed, Operand, OrderTerm, Representation, ResourceSpec
from nuages.parse.condition import Comparison, conjuncts
from nuages.parse.question import Question
from nuages.parse.window import Window
from nuages.plan.compilation import Compilation, Level, needed_columns
from nuages.plan.filters import OrNull, free_name, outside_windows, value_over
from nuages.plan.keysets import Place, Zone, after_place, zones
from nuages.plan.predicates import Predicates, Scope
from nuages.plan.slots import Slot
from nuages.plan.sql import Sql, join
from nuages.plan.values import value_rows


@dataclass(frozen=True, slots=True)
class Page:
    """The compiled page query: its SQL without a limit, its level, the columns of its order, and the rows to count.

    Shapes: `parts` are one zone of the rows each, in their order; `next_slot` counts on behind the slots of the
        condition and of the place.
    """

    parts: tuple[Sql, ...]
    level: Level
    order: tuple[Sql, ...]
    everything: Any
    next_slot: int

    @property
    def sql(self) -> Sql:
        """The whole query, for people to look at."""
        return self.limited(Sql(""))

    def limited(self, limit: Sql) -> Sql:
        """The query with a limit: each part needs no more rows than the whole."""
        if len(self.parts) == 1:
            return self.parts[0] + limit
        zones = [Sql("SELECT * FROM (") + part + limit + Sql(f") zone{i}") for i, part in enumerate(self.parts)]
        return join(" UNION ALL ", zones) + limit


class PageQuery:
    """Builds the page query of one question."""

    def __init__(
        self, work: Compilation, spec: ResourceSpec, representation: Representation, slots: Iterator[int]
    ) -> None:
        self._work = work
        self._spec = spec
        self._representation = representation
        self._slots = slots
        self._annotated: dict[str, str] = {}
        self._scope = Scope(work.rows.listed(spec.model, spec.name))

    def build(self, question: Question) -> Page:
        """Filter, order and select; the slots of filters come before those of the place."""
        windows = self._annotate_windows()
        self.filter(question)
        everything = self._scope.rows
        terms = walked(question.order.terms, question.window)
        names = tuple([self.value_name(term.operand) for term in terms])
        place = place_of(terms, question.window, self._slots)
        if question.window.kind == "cursor" and not windows and not _is_surely_present(terms, question):
            return self._select(zones(terms, names, place), names, everything)
        behind = after_place(terms, names, place) if place else Q()
        whole = Zone(outside_windows(behind, windows[0]) if windows and place else behind, terms, names)
        return self._select([whole], names, everything)

    def filter(self, question: Question) -> Scope:
        """Keep only what the question's condition lets through."""
        asked = question.asked.condition()
        if asked is not None:
            condition = Predicates(self._work, self._slots, self._annotate).build(asked, self._scope)
            self._scope.rows = self._scope.rows.filter(condition)
        return self._scope

    def build_member(self, condition: Q, columns: Sequence[Column]) -> Page:
        """Find one row among all that may be seen, so that its window functions see the others; and some columns."""
        windows = self._annotate_windows()
        self._scope.rows = self._scope.rows.filter(outside_windows(condition, windows[0]) if windows else condition)
        whole = Zone(Q(), (), ())
        return self._select([whole], (), None, [column.attname for column in columns])

    def build_images(self, question: Question, condition: Q, columns: Sequence[Column]) -> tuple[Page, int]:
        """Find those rows of a list that a further condition names, and some columns; and the next free slot."""
        windows = self._annotate_windows()
        self.filter(question)
        self._scope.rows = self._scope.rows.filter(outside_windows(condition, windows[0]) if windows else condition)
        page = self._select([Zone(Q(), (), ())], (), None, [column.attname for column in columns])
        return page, page.next_slot

    def build_keys(self, question: Question, columns: Sequence[Column]) -> tuple[Sql, int]:
        """Find all rows that a list would lead to: some columns of them in no order, and the next free slot."""
        self._annotate_windows()
        self.filter(question)
        rows = self._scope.rows.order_by().values(*[column.attname for column in columns])
        return self._work.compile(rows), next(self._slots)

    def value_name(self, operand: Operand) -> str:
        """Name an operand's column in the page query, annotating what is not a column of its own."""
        if operand.computed is not None:
            return self._annotate(operand.computed)
        if not operand.hops and not operand.part:
            return operand.column
        name = free_name(operand.name, self._scope.rows)
        lookup = f"{operand.lookup}__{operand.part}" if operand.part else operand.lookup
        value = value_over(self._work.rows, operand.hops, lookup)
        self._scope.rows = self._scope.rows.annotate(**{name: value})
        return name

    def _annotate_windows(self) -> list[str]:
        parts = self._representation.fetched
        return [self._annotate(part) for part in parts if isinstance(part, Computed) and part.is_window]

    def _select(
        self, behind: Sequence[Zone], names: tuple[str, ...], everything: Any, further: Sequence[str] = ()
    ) -> Page:
        sets: list[Sql] | None = [] if names and self._work.joins_sets else None
        level = Level(self._work.next_alias(), dict(self._annotated), sets)
        columns = [*needed_columns(self._representation), *self._annotated.values(), *names, *further]
        rows = self._scope.rows.values(*dict.fromkeys(columns))
        parts = [self._work.compile(rows.filter(zone.condition).order_by(*zone.order())) for zone in behind]
        return Page(tuple(parts), level, tuple(level.column(name) for name in names), everything, next(self._slots))

    def _annotate(self, computed: Computed) -> str:
        """Bring a value into the page query, once; it is then not evaluated again outside."""
        known = self._annotated.get(computed.name)
        if known is None:
            known = self._annotated[computed.name] = free_name(computed.name, self._scope.rows)
            self._scope.rows = self._scope.rows.annotate(**{known: self._expression(computed)})
        return known

    def _expression(self, computed: Computed) -> Any:
        if computed.is_window:
            return computed.expression
        rows = value_rows(self._work, self._spec.model, computed, lambda attname, _: OuterRef(attname))
        expression = Subquery(rows, output_field=computed.field)
        # An average is a numeric on PostgreSQL; a cursor compares and repeats it as the float that is shown.
        return Cast(expression, FloatField()) if computed.kind == "float" else OrNull(expression)


def walked(terms: tuple[OrderTerm, ...], window: Window) -> tuple[OrderTerm, ...]:
    """The order in which the rows are fetched: turned round where the list is walked backwards."""
    return tuple(term.reversed() for term in terms) if window.is_backwards else terms


def _is_surely_present(terms: tuple[OrderTerm, ...], question: Question) -> bool:
    """Whether the first column of the order is compared, and so absent in no row that is asked for."""
    compared = [node for node in conjuncts(question.asked.condition()) if isinstance(node, Comparison)]
    return any(node.parameter.operand.name == terms[0].operand.name for node in compared)


def place_of(terms: tuple[OrderTerm, ...], window: Window, slots: Iterator[int]) -> Place | None:
    """Make the slots of a place's values, which come from the database and go back as they are."""
    cursor = window.cursor
    if cursor is None:
        return None
    pairs = zip(terms, cursor.place, strict=True)
    values = [None if value is None else _raw_slot(term.operand, next(slots)) for term, value in pairs]
    return Place(tuple(values), cursor.is_inclusive)


def _raw_slot(operand: Operand, index: int) -> Slot:
    return Slot(index, operand.field, operand.kind, is_raw=True)
