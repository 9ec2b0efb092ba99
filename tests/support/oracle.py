"""Turn a model instance into its representation the straightforward way: an ORM loop, a few statements a row.

What a plan's one statement is compared with. It shares no code with the plans: types become JSON by Python's own means.
"""

import base64
import datetime as dt
import json
import math
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils.duration import duration_iso_string

from nuages.declare.resource import Nested, Value

Visible = Callable[[QuerySet[Any]], QuerySet[Any]]


def everything(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Hide no row."""
    return queryset


def represent(instance: Model, members: Any, visible: Visible = everything) -> dict[str, Any]:
    """Show an instance as `fields` declare it; `visible` narrows the rows of any model."""
    row: dict[str, Any] = {}
    for member in members:
        if isinstance(member, Nested):
            row[member.path] = _nested(instance, member, visible)
        elif isinstance(member, Value) and member.python is not None:
            needs = {name: _column(instance, name) for name in member.needs}
            row[member.name] = member.python({**row, **needs})
        elif isinstance(member, Value):
            row[member.name] = _computed(instance, member)
        else:
            row[member] = _column(instance, member)
    return row


def _column(instance: Model, name: str) -> Any:
    field: Any = instance._meta.get_field(name)
    return to_json(getattr(instance, field.attname), getattr(field, "decimal_places", None))


def _nested(instance: Model, member: Nested, visible: Visible) -> Any:
    try:
        related = getattr(instance, member.path)
    except (AttributeError, ObjectDoesNotExist):
        related = getattr(instance, f"{member.path}_set", None)
    if related is None or isinstance(related, Model):
        return _to_one(related, member, visible)
    rows = visible(related.all())
    if member.filter is not None:
        rows = rows.filter(member.filter)
    order = [word for word in member.order.split(",") if word] or list(rows.model._meta.ordering)
    rows = rows.order_by(*order, *(field.name for field in rows.model._meta.pk_fields))
    return [represent(child, member.members, visible) for child in rows[: member.limit]]


def _to_one(related: Model | None, member: Nested, visible: Visible) -> Any:
    if related is None:
        return None
    shown = visible(type(related)._default_manager.filter(pk=related.pk))
    return represent(related, member.members, visible) if shown.exists() else None


def _computed(instance: Model, member: Value) -> Any:
    rows = type(instance)._base_manager.filter(pk=instance.pk).annotate(computed=member.expression)
    field: Any = rows.query.annotations["computed"].output_field
    return to_json(rows.values_list("computed", flat=True).get(), getattr(field, "decimal_places", None))


def to_json(value: Any, places: int | None = None) -> Any:
    """Spell a Python value as the API spells it."""
    if isinstance(value, (list, tuple)):
        return [to_json(one, places) for one in value]
    for kinds, spell in _SPELLINGS:
        if isinstance(value, kinds):
            return spell(value)
    if isinstance(value, Decimal):
        return f"{value:.{places}f}" if places is not None else f"{float(value):.15g}"
    return value


def _moment(value: dt.datetime) -> str:
    text = value.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    return _trimmed(text) + "+00:00"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


_SPELLINGS: list[tuple[Any, Callable[[Any], Any]]] = [
    (FieldFile, lambda value: value.url if value else None),
    (dt.datetime, _moment),
    (dt.date, lambda value: value.isoformat()),
    (dt.time, lambda value: _trimmed(value.isoformat())),
    (dt.timedelta, duration_iso_string),
    (uuid.UUID, str),
    ((bytes, memoryview), lambda value: base64.b64encode(bytes(value)).decode()),
]


class Shown(float):
    """A float of which 15 significant digits are shown; databases round a tie in the last of them differently."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and math.isclose(self, other, rel_tol=1e-14)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # nearly equal is not transitive


def comparable(document: Any) -> Any:
    """Let floats equal one another to 15 significant digits, which is what every database here shows."""
    if isinstance(document, float):
        return Shown(document)
    if isinstance(document, dict):
        return {key: comparable(value) for key, value in document.items()}
    return [comparable(value) for value in document] if isinstance(document, list) else document


def same(body: bytes, expected: Any) -> bool:
    """Whether a body is the expected document."""
    return bool(comparable(json.loads(body)) == comparable(expected))
