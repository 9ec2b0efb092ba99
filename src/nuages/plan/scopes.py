"""Turn a queryset from a hook or manager into a shape and values, and into the same queryset with slots.

Django's lookups in its WHERE are read, not guessed: whatever is not a plain comparison makes the queryset shapeless,
and then it is compiled each time.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from django.db.models import Field, ForeignObject, IntegerField, Model, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import IsNull
from django.db.models.manager import BaseManager
from django.db.models.sql.where import WhereNode

from nuages.declare.kinds import concrete_field, kind_of
from nuages.plan.conditions import Shape, Shapeless, is_plain_value
from nuages.plan.slots import Slot

_FIELDS: tuple[Any, ...] = (Field, IntegerField, ForeignObject)
_COMPARISONS = frozenset(cls.get_lookups()[name] for cls in _FIELDS for name in ("exact", "gt", "gte", "lt", "lte"))


def has_plain_manager(model: type[Model]) -> bool:
    """Whether the default manager shows every row, now and later: neither it nor its queryset is of the author's."""
    manager: Any = model._default_manager
    return (
        type(manager).get_queryset is BaseManager.get_queryset
        and type(manager).all is BaseManager.all
        and manager._queryset_class.__init__ is QuerySet.__init__
    )


def queryset_shape(queryset: QuerySet[Any]) -> tuple[Shape, tuple[Any, ...]]:
    """Split a queryset into its shape and its values; the shape is None where there is none."""
    query: Any = queryset.query
    values: list[Any] = []
    try:
        _refuse_unusual(query)
        joins = tuple(
            (alias, join.identity, getattr(join, "join_type", None)) for alias, join in query.alias_map.items()
        )
        return (queryset.model, joins, _where_shape(query.where, values)), tuple(values)
    except Shapeless:
        return None, ()


def queryset_with_slots(queryset: QuerySet[Any], first_slot: int) -> QuerySet[Any]:
    """Copy a queryset whose shape is known, with a Slot in place of each value, counted from `first_slot`."""
    result = queryset.all()
    query: Any = result.query
    query.where = _where_with_slots(query.where, iter(range(first_slot, first_slot + 10_000)))
    return result


def _refuse_unusual(query: Any) -> None:
    unusual = (query.annotations, query.extra, query.extra_tables, query.distinct, query.combinator, query.is_sliced)
    if any(unusual) or query.group_by is not None or query._filtered_relations:
        raise Shapeless


def _where_shape(node: Any, values: list[Any]) -> tuple[Any, ...]:
    if isinstance(node, WhereNode):
        children = tuple(_where_shape(child, values) for child in node.children)
        return (node.connector, node.negated, children)
    if not isinstance(getattr(node, "lhs", None), Col):
        raise Shapeless
    place = (type(node), node.lhs.alias, node.lhs.target)
    if type(node) is IsNull or isinstance(node.rhs, bool):
        return (*place, node.rhs)
    _refuse_unknown(node)
    values.append(node.rhs)
    return place


def _refuse_unknown(lookup: Any) -> None:
    field = concrete_field(lookup.lhs.target)
    known = type(lookup) in _COMPARISONS and type(field).__module__.startswith("django.")
    if not known or not is_plain_value(kind_of(field) or "", lookup.rhs):
        raise Shapeless


def _where_with_slots(node: Any, indexes: Iterator[int]) -> Any:
    result = copy.copy(node)
    if isinstance(node, WhereNode):
        result.children = [_where_with_slots(child, indexes) for child in node.children]
    elif type(node) is not IsNull and not isinstance(node.rhs, bool):
        field = concrete_field(node.lhs.target)
        result.rhs = Slot(next(indexes), field, kind_of(field) or "")
    return result
