"""Turn a rule's Q into a shape and values, and into a Q with slots, so that one plan serves every principal.

A value becomes a slot only where the SQL is known not to depend on it: a comparison with a plain value of the field's
own type. Everything else keeps its place in the shape, or makes the condition shapeless: then it is compiled each time.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, ExpressionWrapper, Model, Q
from django.db.models.constants import LOOKUP_SEP

from nuages.declare.kinds import concrete_field, kind_of
from nuages.plan.slots import Slot

Shape = tuple[Any, ...] | None
Verdict = bool | Q
_COMPARISONS = frozenset({"exact", "gt", "gte", "lt", "lte"})
_MAX_LIST_VALUES = 100
_MAX_INTEGER = 2**63 - 1
_TYPES: dict[str, tuple[type[Any], ...]] = {
    "integer": (int,),
    "text": (str,),
    "decimal": (Decimal,),
    "float": (float,),
    "date": (dt.date,),
    "datetime": (dt.datetime,),
    "time": (dt.time,),
    "duration": (dt.timedelta,),
    "uuid": (uuid.UUID,),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a leaf of a Q leads: the field compared with, its kind, and Django's lookup; `name` without the lookup."""

    name: str
    field: Any
    kind: str
    lookup: str
    is_relation: bool


class Shapeless(Exception):
    """This condition has no shape that could be known in advance."""


def shape_of(condition: Verdict, model: type[Model]) -> tuple[Shape, tuple[Any, ...]]:
    """Split a verdict into its shape and its values.

    Shapes: equal shapes compile to the same SQL; the shape is None when there is none, and then there are no values.
    """
    if not isinstance(condition, Q):
        return (condition,), ()
    values: list[Any] = []
    try:
        return _node_shape(condition, model, values), tuple(values)
    except Shapeless:
        return None, ()


def with_slots(condition: Q, model: type[Model], first_slot: int) -> Q:
    """Copy a Q whose shape is known, with a Slot in place of each value, counted from `first_slot`."""
    return _node_with_slots(condition, model, iter(range(first_slot, first_slot + 10_000)))


def is_plain_value(kind: str, value: Any) -> bool:
    """Whether a value is of the very type that its kind's columns hold, so that a slot can stand for it."""
    if type(value) not in _TYPES.get(kind, ()):
        return False
    if type(value) is dt.datetime:  # without an offset its meaning depends on settings; Django decides
        return value.tzinfo is not None
    return type(value) is not int or -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER


def _node_shape(node: Q, model: type[Model], values: list[Any]) -> tuple[Any, ...]:
    children = tuple([_child_shape(child, model, values) for child in node.children])
    return (node.connector, node.negated, children)


def _child_shape(child: Any, model: type[Model], values: list[Any]) -> tuple[Any, ...]:
    if isinstance(child, Q):
        return _node_shape(child, model, values)
    if not isinstance(child, tuple):
        raise Shapeless
    name, value = child
    if value is None or value is True or value is False:
        return (name, value)
    found = _slot_values(name, value, model)
    values.extend(found)
    return (name, len(found), type(value) is list)


def _node_with_slots(node: Q, model: type[Model], indexes: Iterator[int]) -> Q:
    copy = Q(_connector=node.connector, _negated=node.negated)
    for child in node.children:
        if isinstance(child, Q):
            copy.children.append(_node_with_slots(child, model, indexes))
        else:
            leaf: Any = _leaf_with_slots(child, model, indexes)
            copy.children.append(_as_one(leaf) if node.connector == Q.XOR and isinstance(leaf, Q) else leaf)
    return copy


def _as_one(node: Q) -> Any:
    """Make one condition of several: a Q inside of an XOR turns joins of others, such as an order's, into inner ones.

    Source: django/db/models/sql/query.py, JoinPromoter.update_join_types, which knows AND and OR.
    """
    return ExpressionWrapper(node, output_field=BooleanField())


def _leaf_with_slots(leaf: Any, model: type[Model], indexes: Iterator[int]) -> Any:
    name, value = leaf
    if value is None or isinstance(value, bool):
        return leaf
    comparison = _comparison(model, name)
    slots = [Slot(next(indexes), comparison.field, comparison.kind) for _ in _slot_values(name, value, model)]
    if comparison.lookup != "in":
        return (name, slots[0])
    if comparison.is_relation:  # Django's RelatedIn prepares its values, and a Slot is none
        return Q(*((comparison.name, slot) for slot in slots), _connector=Q.OR)
    return (name, slots)


def _slot_values(name: str, value: Any, model: type[Model]) -> list[Any]:
    """The values of one leaf, in their slots' order."""
    comparison = _comparison(model, name)
    if comparison.lookup == "in":
        listed = list(value) if isinstance(value, (list, tuple, set, frozenset)) else []
        if not 0 < len(listed) <= _MAX_LIST_VALUES:
            raise Shapeless
        return [_plain(comparison, one) for one in listed]
    return [_plain(comparison, value)]


def _plain(comparison: Comparison, value: Any) -> Any:
    if isinstance(value, comparison.field.model):  # another model's instance is refused by Django, in words
        value = getattr(value, comparison.field.attname, None)
    if isinstance(value, enum.Enum):
        value = value.value
    if not is_plain_value(comparison.kind, value):
        raise Shapeless
    return value


def _comparison(model: type[Model], name: str) -> Comparison:
    found = _find_comparison(model, name)
    if found is None:
        raise Shapeless
    return found


@lru_cache(maxsize=4096)
def _find_comparison(model: type[Model], name: str) -> Comparison | None:
    """Follow a lookup's path; None where it ends in anything but a comparison with a plain field of Django's own."""
    words = name.split(LOOKUP_SEP)
    field: Any = None
    here: type[Model] | None = model
    while words and here is not None:
        try:
            field = here._meta.pk if words[0] == "pk" else here._meta.get_field(words[0])
        except FieldDoesNotExist:
            break
        words.pop(0)
        here = field.related_model if field.is_relation else None
    lookup = words[0] if words else "exact"
    if field is None or len(words) > 1 or lookup not in _COMPARISONS | {"in"}:
        return None
    return _describe(name, field, lookup, has_suffix=bool(words))


def _describe(name: str, field: Any, lookup: str, *, has_suffix: bool) -> Comparison | None:
    if not getattr(field, "concrete", False) or field.many_to_many:
        return None
    plain = concrete_field(field)
    kind = kind_of(plain)
    if kind is None or not type(plain).__module__.startswith("django."):
        return None
    path = name.rsplit(LOOKUP_SEP, 1)[0] if has_suffix else name
    return Comparison(path, plain, kind, lookup, bool(field.is_relation))
