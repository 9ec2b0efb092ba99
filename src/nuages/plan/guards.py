"""Turn what a resource lets through (a verdict, a hook's queryset) into the rows that a plan may see, at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db.models import Model, Q, QuerySet

from nuages.declare.members import joins_many
from nuages.plan.conditions import Shape, Verdict, shape_of, with_slots
from nuages.plan.scopes import queryset_shape, queryset_with_slots

WITHIN = "(within)"
"""The name of the guard that keeps a list within the rows that a function has chosen; no resource's name has brackets.
"""


class Guard(msgspec.Struct, frozen=True):
    """Which rows of a model may be seen. A msgspec.Struct, since one is made per request.

    Shapes: `condition` is a verdict (True, False or a Q); `queryset` a hook's or manager's, None for all rows; `shape`
        is None where one of them is shapeless; `values` fill their slots, the condition's first.
    """

    model: type[Model]
    condition: Verdict
    queryset: QuerySet[Any] | None
    shape: Shape
    values: tuple[Any, ...]
    condition_size: int


def make_guard(model: type[Model], condition: Verdict, queryset: QuerySet[Any] | None) -> Guard:
    """Split verdict and queryset into shape and values."""
    shape, values = shape_of(condition, model)
    scope, scope_values = queryset_shape(queryset) if queryset is not None else ((), ())
    if shape is None or scope is None:
        return Guard(model, condition, queryset, None, (), 0)
    return Guard(model, condition, queryset, (shape, scope), values + scope_values, len(values))


class Rows:
    """Gives the rows of each model as the guards let them through; made for one compilation.

    Shapes: `guards` by resource name, in the order of their values; `first_slot` counts where the rest begins.
    """

    def __init__(self, guards: Mapping[str, Guard], using: str) -> None:
        self._guards = guards
        self._using = using
        self._first_slots: dict[str, int] = {}
        self.first_slot = 0
        for name, guard in guards.items():
            self._first_slots[name] = self.first_slot
            self.first_slot += len(guard.values)

    def of(self, model: type[Model], target: str | None) -> QuerySet[Any]:
        """The rows of a model that may be seen through a resource; of its default manager where it has none."""
        guard = self._guards.get(target) if target else None
        if guard is None:
            return model._default_manager.using(self._using).order_by()
        rows = self._scope(guard, self._first_slots[str(target)] + guard.condition_size)
        return self._restrict(rows, guard, self._first_slots[str(target)])

    def listed(self, model: type[Model], name: str) -> QuerySet[Any]:
        """The rows that a list of a resource is made of: what may be seen of what was chosen for it."""
        chosen = self._guards.get(WITHIN)
        if chosen is None:
            return self.of(model, name)
        within, own = self._scope(chosen, self._first_slots[WITHIN]), self._guards.get(name)
        if own is None:
            return within
        if own.queryset is None:
            return self._restrict(within, own, self._first_slots[name])
        return self.of(model, name).filter(pk__in=_keys(within))

    def is_guarded(self, target: str | None) -> bool:
        """Whether a resource hides rows of its model."""
        return target in self._guards

    def _scope(self, guard: Guard, first_slot: int) -> QuerySet[Any]:
        everything = guard.model._base_manager.using(self._using)
        if guard.queryset is None:
            return guard.model._default_manager.using(self._using).order_by()
        queryset = guard.queryset.using(self._using)
        if guard.shape is not None:
            queryset = queryset_with_slots(queryset, first_slot)
        is_simple = queryset.model is guard.model and not _is_composed(queryset.query)
        return _in_no_order(queryset) if is_simple else everything.filter(pk__in=_keys(queryset))

    def _restrict(self, rows: QuerySet[Any], guard: Guard, first_slot: int) -> QuerySet[Any]:
        condition = guard.condition
        if not isinstance(condition, Q):
            return rows if condition else rows.filter(pk__in=[])
        if guard.shape is not None:
            condition = with_slots(condition, guard.model, first_slot)
        return restrict(rows, condition)


def restrict(rows: QuerySet[Any], condition: Q) -> QuerySet[Any]:
    """Filter without repeating a row: a condition over a relation to many goes into a subselect."""
    filtered = rows.filter(condition)
    if not joins_many(filtered.query):
        return filtered
    matching = rows.model._base_manager.using(rows.db).filter(condition)
    return rows.filter(pk__in=_keys(matching))


def _in_no_order(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Take the order away, and with it that `reverse()` was called, which would turn the page's order round."""
    rows = queryset.order_by()
    rows.query.standard_ordering = True
    return rows


def _keys(queryset: QuerySet[Any]) -> QuerySet[Any]:
    plain = queryset if queryset.query.is_sliced else queryset.order_by()
    return plain.values("pk")


def _is_composed(query: Any) -> bool:
    composed = (query.is_sliced, query.distinct, query.combinator, query.annotations, query.extra, query.group_by)
    return any(composed) or joins_many(query)
