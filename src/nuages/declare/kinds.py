"""Turn a Django field into the kind of value it shows. One word a kind; each database and parser has a row for each.

To add a field type: a row here, a row in `plan.postgresql` and `plan.sqlite` (how it is spelled), and, where a client
may filter by it, a row in `parse.values` (how it is read).
"""

from __future__ import annotations

from typing import Any

from django.db import models

KINDS: dict[str, str] = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "IntegerField": "integer",
    "BigIntegerField": "integer",
    "SmallIntegerField": "integer",
    "PositiveIntegerField": "integer",
    "PositiveBigIntegerField": "integer",
    "PositiveSmallIntegerField": "integer",
    "CharField": "text",
    "TextField": "text",
    "SlugField": "text",
    "FilePathField": "text",
    "IPAddressField": "address",
    "GenericIPAddressField": "address",
    "BooleanField": "boolean",
    "DecimalField": "decimal",
    "FloatField": "float",
    "DateField": "date",
    "DateTimeField": "datetime",
    "TimeField": "time",
    "DurationField": "duration",
    "UUIDField": "uuid",
    "BinaryField": "binary",
    "JSONField": "json",
    "FileField": "file",
    "ImageField": "file",
    "HStoreField": "hstore",
    "IntegerRangeField": "range",
    "BigIntegerRangeField": "range",
    "DecimalRangeField": "range",
    "DateRangeField": "range",
    "DateTimeRangeField": "range",
    "CICharField": "text",
    "CITextField": "text",
    "CIEmailField": "text",
}

COMPARABLE = frozenset(
    {"integer", "text", "boolean", "decimal", "float", "date", "datetime", "time", "duration", "uuid", "address"}
)
"""Kinds that a client may filter by; all but boolean, uuid and address also by range."""

FILTERABLE = COMPARABLE | {"json", "json_key", "array", "range"}
"""Kinds that a parameter may name: the comparable ones, and those that only have lookups of their own."""

SORTABLE = COMPARABLE
RANGED = COMPARABLE - {"boolean", "uuid", "address"}
SUMMABLE = frozenset({"integer", "decimal", "float", "duration"})
"""Kinds that have a sum and an average."""


def concrete_field(field: Any) -> Any:
    """Follow a foreign key to the field whose value it holds, and a generated field to the field of its output."""
    while True:
        if getattr(field, "remote_field", None) is not None and hasattr(field, "target_field"):
            field = field.target_field
        elif isinstance(field, models.GeneratedField):
            field = field.output_field
        else:
            return field


def kind_of(field: Any) -> str | None:
    """Name the kind of value that a field shows; None when it has none.

    Shapes: "integer", ..., and "array" for PostgreSQL's ArrayField, whose element is `field.base_field`.
    """
    field = concrete_field(field)
    if hasattr(field, "base_field") and hasattr(field, "size"):
        return "array" if kind_of(field.base_field) else None
    internal = field.get_internal_type()
    return KINDS.get(internal) or _inherited_kind(type(field))


def needs_python(field: Any) -> bool:
    """Whether a value must pass through Python: file fields (storage.url) and fields with their own `from_db_value`."""
    field = concrete_field(field)
    if kind_of(field) == "file":
        return True
    return hasattr(field, "from_db_value") and not type(field).__module__.startswith("django.")


def _inherited_kind(cls: type[Any]) -> str | None:
    names = (base.__name__ for base in cls.__mro__)
    return next((KINDS[name] for name in names if name in KINDS), None)
