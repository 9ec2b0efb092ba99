"""Turn a question's filters into conditions with slots. To-many hops, and hops to guarded rows, become EXISTS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, Subquery

from nuages.declare.spec import Hop, Operand, OrderTerm
from nuages.plan.guards import Rows
from nuages.plan.slots import Slot


def exists_over(rows: Rows, hops: tuple[Hop, ...], condition: Q) -> Q:
    """Apply a condition to the row at the end of the hops.

    Shapes: to-one hops to rows that nobody hides stay joins; the first other hop becomes an EXISTS, whose rows are
        those that the rule of their resource lets through, and which repeats no row of the outer query.
    """
    for index, hop in enumerate(hops):
        if not hop.may_join or rows.is_guarded(hop.target):
            inner = exists_over(rows, hops[index + 1 :], condition)
            return _prefix(hops[:index], Q(Exists(_linked(rows, hops[:index], hop).filter(inner))))
    return _prefix(hops, condition)


class OrNull(Func):
    """A subselect that Django may prove empty: then null, where a lookup on the bare one proves the query empty."""

    template = "%(expressions)s"


def value_over(rows: Rows, hops: tuple[Hop, ...], lookup: str) -> Any:
    """The value of a column over to-one hops; null where the rule of a resource on the way hides the row."""
    for index, hop in enumerate(hops):
        if not hop.may_join or rows.is_guarded(hop.target):
            linked = _linked(rows, hops[:index], hop)
            inner = value_over(rows, hops[index + 1 :], lookup)
            return OrNull(Subquery(linked.annotate(nuages_value=inner).values("nuages_value")))
    return F("__".join([*(hop.name for hop in hops), lookup]))


def comparison(operand: Operand, lookup: str, slots: list[Any]) -> Q:
    """Compare an operand's column with slots."""
    value = slots if lookup == "in" else slots[0]
    return Q(**{f"{operand.lookup}__{lookup}": value})


def outside_windows(condition: Q, window: str) -> Q:
    """Apply a condition to rows whose window functions have been computed without it.

    Django puts a disjunction that names a window into a query around the one that computes it (its QUALIFY); an
    alternative that never holds is what makes one of any condition.
    """
    never = Q(**{f"{window}__isnull": True}) & Q(**{f"{window}__isnull": False})
    return Q(condition, never, _connector=Q.OR)


def after_place(order: tuple[OrderTerm, ...], names: list[str], nulls: tuple[bool, ...], slots: Iterator[Slot]) -> Q:
    """Only rows behind a place in an order: keyset pagination.

    Shapes: `names` are the order's columns in the query; `nulls` tells which values of the place are null. Nulls come
        last where an order ascends and first where it descends, so that one direction mirrors the other.
    """
    values = [None if is_null else next(slots) for is_null in nulls]
    alternatives, ties = [], Q()
    for term, name, value in zip(order, names, values, strict=True):
        behind = _behind(term, name, value)
        if behind is not None:
            alternatives.append(ties & behind)
        ties &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    return _with_index_bound(order[0], names[0], values[0], Q(*alternatives, _connector=Q.OR))


def _behind(term: OrderTerm, name: str, value: Slot | None) -> Q | None:
    """Rows strictly behind a value; None when nothing can be behind it."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if term.descending else None
    condition = Q(**{f"{name}__{'lt' if term.descending else 'gt'}": value})
    if term.operand.nullable and not term.descending:
        condition |= Q(**{f"{name}__isnull": True})
    return condition


def _with_index_bound(term: OrderTerm, name: str, value: Slot | None, condition: Q) -> Q:
    """Say the first column's range once more at the top, where an index can use it: the rest is a tree of OR."""
    if value is None or (term.operand.nullable and not term.descending):
        return condition
    return Q(**{f"{name}__{'lte' if term.descending else 'gte'}": value}) & condition


def _linked(rows: Rows, before: tuple[Hop, ...], hop: Hop) -> Any:
    prefix = "".join(f"{step.name}__" for step in before)
    links = {link.lookup: OuterRef(prefix + link.attname) for link in hop.links}
    return rows.of(hop.model, hop.target).filter(**links, **dict(hop.constants))


def _prefix(hops: tuple[Hop, ...], condition: Q) -> Q:
    prefix = "".join(f"{hop.name}__" for hop in hops)
    return _rename(condition, prefix) if prefix else condition


def _rename(node: Q, prefix: str) -> Q:
    copy = Q(_connector=node.connector, _negated=node.negated)
    for child in node.children:
        if isinstance(child, Q):
            copy.children.append(_rename(child, prefix))
        else:
            copy.children.append((prefix + child[0], child[1]) if isinstance(child, tuple) else child)
    return copy
