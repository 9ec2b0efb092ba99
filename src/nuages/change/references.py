"""Find out which of the rows that a document points to may be pointed at: in one statement for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Case, Model, QuerySet, Value, When

from nuages.declare.spec import Writable
from nuages.errors import Fault, Unprocessable
from nuages.parse.json_body import join_pointer

Visible = Callable[[type[Model], str | None], QuerySet[Any]]
MAX_TOLD = 100  # faults; the rest would drown them
_MISSING = "There is no such row to point at."


def check_references(parts: Iterable[Writable], values: Mapping[str, Any], visible: Visible) -> None:
    """Refuse references to rows that are not there, or that the principal may not read: the same answer for both.

    Shapes: `visible` gives the rows of a model that may be read, by the resource whose rule counts.
    Raises: Unprocessable `no-such-row` with the pointer of each.
    """
    asked = [
        (part, _keys(part, values[part.name])) for part in parts if part.target is not None and part.name in values
    ]
    asked = [(part, keys) for part, keys in asked if keys]
    if not asked:
        return
    found = _find(asked, visible)
    faults = [
        Fault(pointer, "no-such-row", _MISSING)
        for place, (part, keys) in enumerate(asked)
        for pointer, key in zip(_pointers(part, len(keys)), keys, strict=True)
        if (place, _order(keys)[key]) not in found
    ]
    if faults:
        raise Unprocessable(_MISSING, faults=faults[:MAX_TOLD], code="no-such-row")


def _keys(part: Writable, value: Any) -> list[Any]:
    return list(value) if part.many else [] if value is None else [value]


def _pointers(part: Writable, count: int) -> list[str]:
    top = join_pointer("", part.name)
    return [join_pointer(top, index) for index in range(count)] if part.many else [top]


def _find(asked: list[tuple[Writable, list[Any]]], visible: Visible) -> set[tuple[int, int]]:
    rows = [_rows(place, part, keys, visible) for place, (part, keys) in enumerate(asked)]
    together = rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]
    return set(together)


def _rows(place: int, part: Writable, keys: list[Any], visible: Visible) -> QuerySet[Any]:
    """Let the database tell which keys it found, by their numbers: keys of several types come together."""
    name = part.field.name
    rows = visible(part.target, part.resource).filter(**{f"{name}__in": keys})  # type: ignore[arg-type]
    numbers = [When(**{name: key}, then=Value(number)) for key, number in _order(keys).items()]
    numbered = rows.order_by().annotate(nuages_place=Value(place), nuages_number=Case(*numbers))
    return numbered.values_list("nuages_place", "nuages_number")


def _order(keys: list[Any]) -> dict[Any, int]:
    return {key: number for number, key in enumerate(dict.fromkeys(keys))}
