"""Find out which of the rows that a document points to may be pointed at: in one statement for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import F, Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from nuages.declare.spec import Writable
from nuages.errors import Fault, Unprocessable
from nuages.parse.json_body import join_pointer

Visible = Callable[[type[Model], str | None], QuerySet[Any]]
_MISSING = "There is no such row to point at."


def check_references(parts: Iterable[Writable], values: Mapping[str, Any], visible: Visible, connection: Any) -> None:
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
        for index, (part, keys) in enumerate(asked)
        for pointer, key in zip(_pointers(part, len(keys)), keys, strict=True)
        if (index, _text(part, key, connection)) not in found
    ]
    if faults:
        raise Unprocessable(_MISSING, faults=faults, code="no-such-row")


def _keys(part: Writable, value: Any) -> list[Any]:
    return list(value) if part.many else [] if value is None else [value]


def _pointers(part: Writable, count: int) -> list[str]:
    top = join_pointer("", part.name)
    return [join_pointer(top, index) for index in range(count)] if part.many else [top]


def _find(asked: list[tuple[Writable, list[Any]]], visible: Visible) -> set[tuple[int, str]]:
    rows = [_rows(index, part, keys, visible) for index, (part, keys) in enumerate(asked)]
    together = rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]
    return set(together)


def _rows(index: int, part: Writable, keys: list[Any], visible: Visible) -> QuerySet[Any]:
    """The number of the reference and the key as text, whatever its type: rows of several models come together."""
    name = part.field.name
    rows = visible(part.target, part.resource).filter(**{f"{name}__in": keys})  # type: ignore[arg-type]
    numbered = rows.order_by().annotate(nuages_number=Value(index), nuages_key=Cast(F(name), TextField()))
    return numbered.values_list("nuages_number", "nuages_key")


def _text(part: Writable, key: Any, connection: Any) -> str:
    stored = part.field.get_db_prep_value(key, connection, prepared=False)
    return str(stored)
