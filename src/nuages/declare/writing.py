"""Turn `writable` into what a client may send under each name: a column's value, references by key, or a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import NOT_PROVIDED, Field, FileField, GeneratedField, Model

from nuages.declare.files import read_limits
from nuages.declare.kinds import concrete_field, kind_of
from nuages.declare.relations import find_field
from nuages.declare.report import Report, field_names
from nuages.declare.resource import File, Resource, file
from nuages.declare.spec import Column, Owned, Relation, Representation, Writable

WRITABLE = frozenset(
    {
        *("integer", "text", "boolean", "decimal", "float", "date", "datetime", "time", "duration", "uuid", "address"),
        *("json", "binary", "array"),
    }
)
"""Kinds whose JSON can be turned back into a value."""

TargetOf = Callable[[type[Model], type[Resource] | None], str | None]


def read_writable(
    declared: type[Resource], representation: Representation, target_of: TargetOf, report: Report
) -> tuple[Writable, ...]:
    """Resolve every name; what is wrong with one is added to the report."""
    model = representation.model
    owned = {part.name: part for part in representation.shown if isinstance(part, Relation) and part.owned}
    names = [each.name if isinstance(each, File) else each for each in declared.writable]
    found = [
        _owned(owned[name], target_of, report) if name in owned else _writable(model, name, target_of, report)
        for name in names
    ]
    relations = {part.name: part for part in representation.shown if isinstance(part, Relation)}
    parts = {part.attname: _as_shown(part, relations.get(part.name)) for part in found if part}
    if len(parts) < len([part for part in found if part]):
        report.add("E026", "writable: a field is named twice.", "A reference is one, with _id and without.")
    files = {each.name: each for each in declared.writable if isinstance(each, File)}
    return tuple([_limited(part, files.get(part.name), report) for part in parts.values()])


def _writable(model: type[Model], name: str, target_of: TargetOf, report: Report) -> Writable | None:
    field: Any = find_field(model, name)
    if field is None:
        report.unknown("E006", "writable", name, model=model, choices=field_names(model))
        return None
    reason = "" if isinstance(field, FileField) else _refusal(field)
    if reason:
        report.add("E026", f"writable: {model._meta.label}.{name} {reason}")
        return None
    return _references(field, target_of) if field.many_to_many else _column(field, target_of)


def _as_shown(part: Writable, relation: Relation | None) -> Writable:
    """Say by which name the rows that a reference leads to show its key."""
    if relation is None or part.target is None:
        return part
    columns = [each for each in relation.representation.shown if isinstance(each, Column)]
    names = [each.name for each in columns if each.attname == part.field.attname]
    return replace(part, shown_key=names[0]) if names else part


def _limited(part: Writable, declared: File | None, report: Report) -> Writable:
    """Say of a file which ones are taken."""
    if isinstance(part.own, FileField):
        return replace(part, limits=read_limits(part.own, declared or file(part.name), report))
    if declared is not None:
        report.add(
            "E028", f"writable: file({part.name!r}): this is a {part.kind}.", "Name it as it is, without file()."
        )
    return part


def _owned(relation: Relation, target_of: TargetOf, report: Report) -> Writable | None:
    """Rows of a reverse foreign key; what may be written of each are the columns that are shown, but for its key."""
    model, keys = relation.model, relation.model._meta.pk_fields
    columns = [part for part in relation.representation.shown if isinstance(part, Column)]
    shown_key = next((part for part in columns if len(keys) == 1 and part.attname == keys[0].attname), None)
    named: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    is_plain = relation.many and len(relation.links) == 1 and relation.links[0].lookup in named
    if not is_plain or relation.constants or relation.limit is not None or relation.filter is not None:
        report.add(
            "E026", f"writable: {relation.name!r} cannot be owned.", "Only all rows of a reverse foreign key can."
        )
        return None
    if shown_key is None:
        report.add("E026", f"writable: {relation.name!r} does not show its key.", "Add its primary key to nested(...).")
        return None
    (link,) = relation.links
    taken = {shown_key.attname, link.lookup}
    fields = [(part.name, named[part.attname]) for part in columns if part.attname not in taken]
    parts = [replace(_column(field, target_of), name=name) for name, field in fields if _is_writable(field)]
    shown = tuple([part.name for part in relation.representation.shown])
    children = Owned(model, link, shown_key.name, keys[0], tuple(parts), shown, relation.target)
    key_field: Any = keys[0]
    return Writable(
        name=relation.name,
        attname=relation.name,
        field=key_field,
        kind=kind_of(key_field) or "text",
        nullable=False,
        is_optional=True,
        has_default=False,
        own=None,
        children=children,
    )


def _is_writable(field: Any) -> bool:
    is_stamp = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return field.editable and not is_stamp and not _refusal(field)


def _refusal(field: Any) -> str:
    """Why a field cannot be written; empty where it can."""
    if not isinstance(field, Field):
        return "belongs to the other model: write it there, or declare nested(..., owned=True)."
    if not field.many_to_many and not field.concrete:
        return "has no column of its own."
    if isinstance(field, GeneratedField):
        return "is computed by the database."
    if field.many_to_many:
        is_plain = field.remote_field.through._meta.auto_created  # type: ignore[union-attr]
        return "" if is_plain else "goes through a model of its own, which has to be written itself."
    kinds = {kind_of(field), kind_of(field.base_field) if hasattr(field, "base_field") else "text"}
    return "" if kinds <= WRITABLE else f"is a {type(field).__name__}, which has no JSON that could be written."


def _references(field: Any, target_of: TargetOf) -> Writable:
    target = field.related_model
    key = target._meta.pk
    return Writable(
        name=field.name,
        attname=field.name,
        field=key,
        kind=kind_of(key) or "text",
        nullable=False,
        is_optional=True,
        has_default=False,
        own=field,
        target=target,
        resource=target_of(target, None),
        many=True,
    )


def _column(field: Any, target_of: TargetOf) -> Writable:
    has_default = field.default is not NOT_PROVIDED or field.db_default is not NOT_PROVIDED
    has_default = has_default or getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    is_reference = field.is_relation
    target = field.related_model if is_reference else None
    return Writable(
        name=field.name,
        attname=field.attname,
        field=concrete_field(field) if is_reference else field,
        kind=kind_of(field) or "text",
        nullable=field.null,
        is_optional=has_default or field.null or field.blank,
        has_default=has_default,
        own=field,
        target=target,
        resource=target_of(target, None) if target is not None else None,
    )
