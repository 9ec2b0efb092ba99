"""Decide whether a row may be made by one statement, and give the statement its values.

Only where nobody could tell the difference: a model's own `save()` or `clean()`, a signal's receiver, a field that does
something of its own when saved, and rules about rows all want the row as an instance, and get it in `change.apply`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import (
    NOT_PROVIDED,
    AutoField,
    DateField,
    DateTimeField,
    Field,
    GeneratedField,
    Model,
    TimeField,
    signals,
)
from django.utils import timezone

from nuages.declare.kinds import kind_of
from nuages.declare.resource import Resource
from nuages.declare.spec import Computed, Filling, ResourceSpec
from nuages.plan.dialects import dialect_of

_SIGNALS = (signals.pre_init, signals.post_init, signals.pre_save, signals.post_save)
_OWN = ("save", "save_base", "full_clean", "clean", "clean_fields", "__init__", "_do_insert", "_save_table")
_KINDS = frozenset(
    {
        *("integer", "text", "boolean", "decimal", "float", "date", "datetime", "time", "duration", "uuid", "address"),
        *("json", "binary"),
    }
)


def fillings(spec: ResourceSpec) -> tuple[Filling, ...] | None:
    """The columns of a new row; None where the row has to be made by its model."""
    model, meta = spec.model, spec.model._meta
    is_hooked = type(spec.declared).create is not Resource.create
    if not is_plain(model) or is_hooked or any(part.children for part in spec.writable):
        return None
    shown = spec.representation.fetched
    if any(isinstance(part, Computed) and part.children is None for part in shown):
        return None  # it reads its own row, which a statement that makes the row cannot see yet
    names = {part.attname: part.name for part in spec.writable}
    columns = [field for field in meta.concrete_fields if not isinstance(field, GeneratedField)]
    if not all(_is_plain(field) for field in columns):
        return None
    return tuple([Filling(field, names.get(field.attname, "")) for field in columns])


def is_plain(model: type[Model]) -> bool:
    """Whether making and saving an instance of a model is storing its columns."""
    return not model._meta.parents and all(getattr(model, name) is getattr(Model, name) for name in _OWN)


def has_receivers(model: type[Model]) -> bool:
    """Whether anybody wants to hear of instances and their saving."""
    return any(signal.has_listeners(model) for signal in _SIGNALS)


def fill(
    columns: tuple[Filling, ...], values: Mapping[str, Any], connection: Any
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The fields whose columns get a value, and the values as the database takes them."""
    filled = [(column.field, values.get(column.name, NOT_PROVIDED)) for column in columns]
    given = [(field, _default(field) if value is NOT_PROVIDED else value) for field, value in filled]
    kept = [(field, value) for field, value in given if value is not NOT_PROVIDED]
    whole = dialect_of(connection).bind("integer", kept[0][0], connection) if kept else None
    return tuple([field for field, _ in kept]), tuple(
        [_prepared(field, value, whole, connection) for field, value in kept]
    )


def _prepared(field: Any, value: Any, whole: Any, connection: Any) -> Any:
    """As Django's own INSERT has it; whole numbers always as one type, or each would be a statement of its own."""
    prepared = field.get_db_prep_save(value, connection)
    return whole(prepared) if type(prepared) is int else prepared


def _is_plain(field: Any) -> bool:
    """Whether saving a field's value means storing it."""
    base = type(field)
    is_djangos = base.__module__.startswith("django.db.models")
    stamps = isinstance(field, DateField | TimeField)
    return is_djangos and (stamps or base.pre_save is Field.pre_save) and kind_of(field) in _KINDS and _is_bound(field)


def _is_bound(field: Any) -> bool:
    """Whether the database itself refuses references that lead nowhere."""
    return not field.is_relation or bool(field.db_constraint)


def _default(field: Any) -> Any:
    """What a column gets that the client did not give; NOT_PROVIDED where the database knows."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return _now(field)
    if isinstance(field, AutoField) or field.db_default is not NOT_PROVIDED:
        return NOT_PROVIDED
    return field.get_default()


def _now(field: Any) -> Any:
    """As the fields' own pre_save() has it."""
    if isinstance(field, DateTimeField):
        return timezone.now()
    return dt.date.today() if isinstance(field, DateField) else dt.datetime.now().time()
