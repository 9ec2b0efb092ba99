"""Find out which of the rows that a document points to may be pointed at: in one statement for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Case, Model, QuerySet, Value, When

from nuages.declare.spec import Writable
from nuages.errors import Fault
from nuages.parse.json_body import join_pointer

Visible = Callable[[type[Model], str | None], QuerySet[Any]]
Document = tuple[str, Mapping[str, Any]]
Placed = list[tuple[str, Any]]
_MISSING = "There is no such row to point at."


def reference_faults(parts: Iterable[Writable], documents: Iterable[Document], visible: Visible) -> list[Fault]:
    """Tell which references lead to rows that are not there, or that the principal may not read: one answer for both.

    Shapes: `documents` are values with the pointer to them, all looked for in one statement, and those of owned rows
        with them; `visible` gives the rows of a model that may be read, by the resource whose rule counts.
    """
    gathered: dict[Writable, Placed] = {}
    for pointer, values in documents:
        _gather(parts, pointer, values, gathered)
    asked = [(part, placed) for part, placed in gathered.items() if placed]
    found = _find(asked, visible) if asked else set()
    return [fault for place, (_, keys) in enumerate(asked) for fault in _missing(place, keys, found)]


def _gather(parts: Iterable[Writable], pointer: str, values: Mapping[str, Any], into: dict[Writable, Placed]) -> None:
    for part in parts:
        given = values.get(part.name)
        if part.children is not None and given is not None:
            for child in given.rows:
                _gather(part.children.parts, pointer + child.pointer, child.values, into)
        elif part.target is not None and given is not None:
            into.setdefault(part, []).extend((pointer + place, key) for place, key in _keys(part, given))


def _missing(place: int, keys: Placed, found: set[tuple[int, int]]) -> Iterable[Fault]:
    numbers = _order(keys)
    for pointer, key in keys:
        if (place, numbers[key]) not in found:
            yield Fault(pointer, "no-such-row", _MISSING)


def _keys(part: Writable, value: Any) -> Placed:
    """The keys with their places; what could not be read has none."""
    top = join_pointer("", part.name)
    placed = [(join_pointer(top, i), key) for i, key in enumerate(value)] if part.many else [(top, value)]
    return [(pointer, key) for pointer, key in placed if key is not None]


def _find(asked: list[tuple[Writable, Placed]], visible: Visible) -> set[tuple[int, int]]:
    rows = [_rows(place, part, keys, visible) for place, (part, keys) in enumerate(asked)]
    together = rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]
    return set(together)


def _rows(place: int, part: Writable, keys: Placed, visible: Visible) -> QuerySet[Any]:
    """Let the database tell which keys it found, by their numbers: keys of several types come together."""
    name = part.field.name
    rows = visible(part.target, part.resource).filter(**{f"{name}__in": list(_order(keys))})  # type: ignore[arg-type]
    numbers = [When(**{name: key}, then=Value(number)) for key, number in _order(keys).items()]
    numbered = rows.order_by().annotate(nuages_place=Value(place), nuages_number=Case(*numbers))
    return numbered.values_list("nuages_place", "nuages_number")


def _order(keys: Placed) -> dict[Any, int]:
    return {key: number for number, key in enumerate(dict.fromkeys(key for _, key in keys))}
