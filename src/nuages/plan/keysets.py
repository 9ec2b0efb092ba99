"""Turn an order and a place in it into zones: conditions and orders that an index can walk. Keyset pagination.

Rows whose first column is absent are a zone of their own wherever they are not where an index ends: with OR, they would
keep the database from beginning in the middle of an index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q

from nuages.declare.spec import OrderTerm
from nuages.plan.slots import Slot

Terms = tuple[OrderTerm, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an order: a slot for each value, None for an absent one; inclusive where its row is asked for too."""

    values: tuple[Slot | None, ...]
    is_inclusive: bool


@dataclass(frozen=True, slots=True)
class Zone:
    """Some of the rows, and their order.

    Shapes: `terms` and `names` leave out the first column where it is absent throughout.
    """

    condition: Q
    terms: Terms
    names: tuple[str, ...]

    def order(self) -> list[Any]:
        """Spell the order for the ORM; where nulls stand is said wherever there may be any."""
        return [_ordered(term, name) for term, name in zip(self.terms, self.names, strict=True)]


def zones(terms: Terms, names: tuple[str, ...], place: Place | None) -> list[Zone]:
    """Cut the rows behind a place into zones, in their order.

    Shapes: `names` are the order's columns in the query.
    """
    first = terms[0]
    if not _has_zones(first, place):
        return [Zone(after_place(terms, names, place) if place else Q(), terms, names)]
    absent, present = _absent(terms, names, place), _present(terms, names, place)
    if place is None:
        return [absent, present] if first.nulls_first else [present, absent]
    is_among_absent = place.values[0] is None
    if first.nulls_first:
        return [absent, present] if is_among_absent else [present]
    return [absent] if is_among_absent else [present, absent]


def _has_zones(term: OrderTerm, place: Place | None) -> bool:
    """Whether absent values are cut off: in a column of the row itself, which an index may hold.

    Such an index ends in them ascending (PostgreSQL, chapter 11.4), so the first page of that order is one zone.
    """
    if not term.operand.nullable or term.operand.computed is not None or term.operand.hops:
        return False
    return place is not None or term.descending or term.nulls_first


def _absent(terms: Terms, names: tuple[str, ...], place: Place | None) -> Zone:
    """Rows without the first column; those behind the place, if it is among them."""
    condition = Q(**{f"{names[0]}__isnull": True})
    if place is not None and place.values[0] is None:
        condition &= after_place(terms[1:], names[1:], Place(place.values[1:], place.is_inclusive))
    return Zone(condition, terms[1:], names[1:])


def _present(terms: Terms, names: tuple[str, ...], place: Place | None) -> Zone:
    """Rows with the first column, whose order then needs no word on nulls; those behind the place, if it has one."""
    known = (replace(terms[0], operand=replace(terms[0].operand, nullable=False)), *terms[1:])
    if place is not None and place.values[0] is not None:
        return Zone(after_place(known, names, place), known, names)
    return Zone(Q(**{f"{names[0]}__isnull": False}), known, names)


def spelled(term: OrderTerm) -> str:
    """Spell a term's direction as SQL."""
    direction = " DESC" if term.descending else ""
    if not term.operand.nullable:
        return direction
    return f"{direction} NULLS {'FIRST' if term.nulls_first else 'LAST'}"


def after_place(terms: Terms, names: tuple[str, ...], place: Place) -> Q:
    """Only rows behind a place in an order, and those at the very place where it is inclusive."""
    alternatives, ties = [], Q()
    for term, name, value in zip(terms, names, place.values, strict=True):
        behind = _behind(term, name, value)
        if behind is not None:
            alternatives.append(ties & behind)
        ties &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    if place.is_inclusive:
        alternatives.append(ties)
    condition = Q(*alternatives, _connector=Q.OR) if alternatives else Q(pk__in=[])
    return _with_index_bound(terms[0], names[0], place.values[0], condition)


def _ordered(term: OrderTerm, name: str) -> Any:
    nulls: dict[str, bool] = {}
    if term.operand.nullable:
        nulls = {"nulls_first": True} if term.nulls_first else {"nulls_last": True}
    return F(name).desc(**nulls) if term.descending else F(name).asc(**nulls)


def _behind(term: OrderTerm, name: str, value: Slot | None) -> Q | None:
    """Rows strictly behind a value; None when nothing can be behind it."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if term.nulls_first else None
    condition = Q(**{f"{name}__{'lt' if term.descending else 'gt'}": value})
    if term.operand.nullable and not term.nulls_first:
        condition |= Q(**{f"{name}__isnull": True})
    return condition


def _with_index_bound(term: OrderTerm, name: str, value: Slot | None, condition: Q) -> Q:
    """Say the first column's range once more at the top, where an index can use it: the rest is a tree of OR."""
    if value is None or (term.operand.nullable and not term.nulls_first):
        return condition
    return Q(**{f"{name}__{'lte' if term.descending else 'gte'}": value}) & condition
