"""Turn the text of arrays, ranges and their elements (PostgreSQL) into checked values. Knows no request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations

from nuages.declare.kinds import concrete_field, kind_of
from nuages.declare.spec import Operand
from nuages.parse.values import READERS

MAX_ELEMENTS = 200
_RANGE = re.compile(r"([\[(])([^,\[\]()\"\\]{0,64}),([^,\[\]()\"\\]{0,64})([\])])")


def read_elements(operand: Operand, text: str) -> list[Any]:
    """Read a list of an array's elements, separated by commas, as one value.

    Raises: ValueError with a sentence.
    """
    parts = text.split(",", MAX_ELEMENTS) if text else []
    if len(parts) > MAX_ELEMENTS:
        raise ValueError(f"lists more than {MAX_ELEMENTS} values")
    read = _element_reader(operand)
    return [[read(part) for part in parts]]


def read_element(operand: Operand, text: str) -> list[Any]:
    """Read a value that a range may hold.

    Raises: ValueError with a sentence.
    """
    return [_element_reader(operand)(text)]


def read_range(operand: Operand, text: str) -> list[Any]:
    """Read a range in PostgreSQL's spelling, its bounds checked; gives it as text.

    Shapes: `"[1,10)"`, `"(,5]"` (no lower bound).
    Raises: ValueError with a sentence.
    Source: postgresql.org/docs/current/rangetypes.html, section 8.17.5.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError("is no range such as [1,10) or (,5]")
    read = _element_reader(operand)
    lower, upper = [read(bound) if bound else None for bound in match.group(2, 3)]
    if lower is not None and upper is not None and lower > upper:
        raise ValueError("begins after its end")
    spelled = ["" if bound is None else f'"{bound}"' for bound in (lower, upper)]
    return [f"{match[1]}{spelled[0]},{spelled[1]}{match[4]}"]


def element_kind(operand: Operand) -> str:
    """Name the kind of an array's or a range's elements."""
    return kind_of(_base(operand)) or "text"


def _element_reader(operand: Operand) -> Callable[[str], Any]:
    read = READERS.get(element_kind(operand))
    if read is None:
        raise ValueError("cannot be compared: its elements have no spelling")
    lowest, highest = BaseDatabaseOperations.integer_field_ranges.get(_base(operand).get_internal_type(), (None, None))
    return read if highest is None else lambda text: _bounded(read(text), lowest, highest)


def _bounded(number: int, lowest: int | None, highest: int) -> int:
    """PostgreSQL compares an element with its own type alone, and refuses what that cannot hold."""
    if not (lowest or 0) <= number <= highest:
        raise ValueError(f"is beyond {lowest} and {highest}, the elements' bounds")
    return number


def _base(operand: Operand) -> Any:
    field: Any = operand.field
    base = field.base_field
    return concrete_field(base() if isinstance(base, type) else base)
