"""Turn one value, of a column or an expression, into the JSON Schema of how it is shown and of how it is sent.

Values look the same from every database; which rows there are, and where they are shown, is known elsewhere.
Source: json-schema.org/draft/2020-12/json-schema-validation, sections 6 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from nuages.declare.kinds import concrete_field, kind_of

Schema = dict[str, Any]

_SHOWN: Mapping[str, Schema] = {
    "integer": {"type": "integer"},
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "decimal": {"type": "string", "format": "decimal"},
    "float": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    # Not "time": RFC 3339's has an offset, and Django's has none.
    "time": {"type": "string", "pattern": r"^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$", "examples": ["09:30:00"]},
    "duration": {"type": "string", "format": "duration"},
    "uuid": {"type": "string", "format": "uuid"},
    "address": {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    "binary": {"type": "string", "contentEncoding": "base64"},
    "file": {"type": "string", "format": "uri-reference"},
    "hstore": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
    "range": {"type": "string", "examples": ["[1,5)"]},
    "json": {},
    "json_key": {},
}


def shown_value(kind: str, field: Any, *, nullable: bool) -> Schema:
    """How a value is shown.

    Shapes: `kind` is one of `declare.kinds`; `field` the Django field that it is of, None for none.
    """
    schema = _of_kind(kind, concrete_field(field) if field is not None else None)
    return or_null(schema) if nullable or kind == "file" else schema


def sent_value(kind: str, field: Any, *, nullable: bool) -> Schema:
    """How a value is sent: as it is shown, within what the column takes; a decimal also as a number."""
    field = concrete_field(field)
    schema = {**_of_kind(kind, field), **_bounds(kind, field)}
    if kind == "decimal":
        schema = {"anyOf": [schema, {"type": "number"}]}
    return or_null(schema) if nullable else schema


def or_null(schema: Schema) -> Schema:
    """The same value, or null."""
    if "enum" in schema:
        return {**_typed_null(schema), "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str) and "anyOf" not in schema:
        return _typed_null(schema)
    return schema if not schema else {"anyOf": [schema, {"type": "null"}]}


def _typed_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else schema


def _of_kind(kind: str, field: Any) -> Schema:
    if kind == "array":
        element = field.base_field
        inner = shown_value(kind_of(element) or "json", element, nullable=True)
        return {"type": "array", "items": inner}
    schema = dict(_SHOWN[kind])
    if kind == "integer" and isinstance(field, models.BigIntegerField | models.PositiveBigIntegerField):
        schema["format"] = "int64"
    choices = _choices(kind, field)
    return {**schema, "enum": choices} if choices else schema


def _choices(kind: str, field: Any) -> list[Any]:
    """The values of a field with choices, "" with them where it may be blank; none for what is not text or a number."""
    given = getattr(field, "flatchoices", None) if kind in {"text", "integer"} else None
    if not given:
        return []
    values = [value for value, _ in given if value is not None]
    is_blank = kind == "text" and getattr(field, "blank", False) and "" not in values
    return [*values, ""] if is_blank else values


def _bounds(kind: str, field: Any) -> Schema:
    """What a column takes at most."""
    if kind == "text" and getattr(field, "max_length", None):
        least = {} if getattr(field, "blank", True) else {"minLength": 1}
        return {**least, "maxLength": field.max_length}
    if kind == "decimal":
        whole, places = field.max_digits - field.decimal_places, field.decimal_places
        fraction = rf"(\.\d{{1,{places}}})?" if places else ""
        return {"pattern": rf"^-?\d{{1,{max(whole, 1)}}}{fraction}$"}
    if kind == "integer":
        return _range_of(field)
    return {}


def _range_of(field: Any) -> Schema:
    """What its type holds on every database, and what its validators say."""
    found: Schema = {}
    for validator in field.validators:
        limit = getattr(validator, "limit_value", None)
        name = {"max_value": "maximum", "min_value": "minimum"}.get(getattr(validator, "code", ""), "")
        if name and isinstance(limit, int):
            tighter = max if name == "minimum" else min
            found[name] = tighter(found[name], limit) if name in found else limit
    return found
