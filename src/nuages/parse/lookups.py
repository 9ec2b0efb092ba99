"""The lookups that a parameter may name, as a table: which kinds they suit and how their text is read.

To add a lookup: a row here; where the database needs more than Django's lookup of that name, `plan.conditions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nuages.declare.kinds import COMPARABLE, RANGED
from nuages.declare.spec import Operand
from nuages.parse.values import READERS, read_boolean

MAX_LIST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup.

    Shapes: `suffix` in the URL ("" for the bare name), `orm` Django's name for it, `read` gives the list of values;
        `is_literal` when the value decides the SQL itself and so belongs to the plan's shape.
    """

    suffix: str
    orm: str
    kinds: frozenset[str]
    read: Callable[[Operand, str], list[Any]]
    is_literal: bool = False
    needs_null: bool = False


def _one(operand: Operand, text: str) -> list[Any]:
    return [READERS[operand.kind](text)]


def _truth(_operand: Operand, text: str) -> list[Any]:
    return [read_boolean(text)]


def _list(operand: Operand, text: str) -> list[Any]:
    parts = text.split(",", MAX_LIST_VALUES)
    if len(parts) > MAX_LIST_VALUES:
        raise ValueError(f"lists more than {MAX_LIST_VALUES} values")
    return [READERS[operand.kind](part) for part in parts]


LOOKUPS: tuple[Lookup, ...] = (
    Lookup("", "exact", COMPARABLE, _one),
    Lookup("exact", "exact", COMPARABLE, _one),
    Lookup("gt", "gt", RANGED, _one),
    Lookup("gte", "gte", RANGED, _one),
    Lookup("lt", "lt", RANGED, _one),
    Lookup("lte", "lte", RANGED, _one),
    Lookup("in", "in", COMPARABLE, _list),
    Lookup("isnull", "isnull", COMPARABLE, _truth, is_literal=True, needs_null=True),
)


def lookups_of(operand: Operand) -> list[Lookup]:
    """Which lookups suit an operand."""
    suited = [lookup for lookup in LOOKUPS if operand.kind in lookup.kinds]
    return [lookup for lookup in suited if operand.nullable or not lookup.needs_null]
