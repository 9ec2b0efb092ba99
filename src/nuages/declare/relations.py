"""Turn the name of a model's relation into how child rows are found from a parent row. Knows no representation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import GeneratedField, Model

from nuages.declare.spec import Link


@dataclass(frozen=True, slots=True)
class Path:
    """A relation, resolved: where it leads, to how many, and by which equalities.

    Shapes: `query_name` is the lookup's name in the ORM; `nullable` when a row may lead nowhere; `joins_through` is the
        table in between of a many-to-many relation.
    """

    query_name: str
    model: type[Model]
    many: bool
    links: tuple[Link, ...]
    constants: tuple[tuple[str, Any], ...] = ()
    nullable: bool = True
    joins_through: type[Model] | None = None

    def has_percent_sign(self) -> bool:
        """Whether Django would have to join by a name with a percent sign, which it cannot (Join.as_sql formats it)."""
        fields = [link.field for link in self.links]
        models = [self.model, *(field.model for field in fields), *([self.joins_through] if self.joins_through else [])]
        names = [field.column or "" for field in fields] + [model._meta.db_table for model in models]
        return any("%" in name for name in names)


def find_field(model: type[Model], name: str) -> Any | None:
    """Find a field by its name, or a reverse relation by its query name or accessor ("review_set"); None if neither."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        reverse = (rel for rel in model._meta.related_objects if rel.get_accessor_name() == name)
        return next(reverse, None)


def is_generic_key(field: Any) -> bool:
    """Whether a field is a generic foreign key, which leads to rows of any model."""
    return hasattr(field, "ct_field") and hasattr(field, "fk_field")  # contenttypes may not be imported this early


def lookup_name(field: Any) -> str:
    """Name a column in the ORM; a foreign key by its target ("author__id"), whose lookups then are the plain ones."""
    if getattr(field, "remote_field", None) is not None and hasattr(field, "target_field"):
        return f"{field.name}__{lookup_name(field.target_field)}"
    return str(field.name)


def may_be_absent(field: Any) -> bool:
    """Whether a column may hold no value: where it says so, and where it is generated from others that may."""
    return bool(field.null) or isinstance(field, GeneratedField)


def find_path(model: type[Model], name: str) -> Path | None:
    """Resolve a relation by name; None when the name is no relation, or a generic foreign key."""
    field = find_field(model, name)
    if field is None or not field.is_relation or is_generic_key(field) or field.related_model is None:
        return None
    if hasattr(field, "object_id_field_name"):
        return _generic(model, field)
    if field.many_to_many:
        return _many_to_many(field)
    return _reverse_key(field) if field.auto_created and not field.concrete else _foreign_key(field)


def _foreign_key(field: Any) -> Path:
    links = tuple(Link(theirs.attname, ours.attname, theirs, is_forward=True) for ours, theirs in field.related_fields)
    return Path(field.name, field.related_model, many=False, links=links, nullable=field.null)


def _reverse_key(rel: Any) -> Path:
    links = tuple(Link(theirs.attname, ours.attname, theirs) for theirs, ours in rel.field.related_fields)
    return Path(rel.name, rel.related_model, many=not rel.one_to_one, links=links)


def _many_to_many(field: Any) -> Path:
    is_reverse = field.auto_created
    forward = field.field if is_reverse else field
    back = forward.name if is_reverse else forward.related_query_name()
    through = forward.remote_field.through
    source = through._meta.get_field(forward.m2m_reverse_field_name() if is_reverse else forward.m2m_field_name())
    links = tuple(Link(f"{back}__{ours.name}", ours.attname, ours) for _, ours in source.related_fields)
    return Path(field.name, field.related_model, many=True, links=links, joins_through=through)


def _generic(model: type[Model], field: Any) -> Path:
    child = field.related_model
    key = child._meta.get_field(field.object_id_field_name)
    concrete = model._meta.concrete_model or model
    label = concrete._meta if field.for_concrete_model else model._meta
    kind = field.content_type_field_name
    constants = ((f"{kind}__app_label", label.app_label), (f"{kind}__model", label.model_name))
    links = (Link(key.attname, model._meta.pk_fields[0].attname, key),)
    return Path(field.name, child, many=True, links=links, constants=constants)
