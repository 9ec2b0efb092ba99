"""Turn what a function answered into JSON as its annotation says, whatever objects it answered with.

A row fills a Struct by its attributes, a queryset a list: so no member is sent that the annotation does not name. What
already is of the annotated class is written as it is; where answers are checked, that it holds nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from enum import Enum
from typing import Any, TypeAlias, get_args, get_origin

import msgspec
from django.conf import settings
from django.db.models import Manager, Model, QuerySet
from django.db.models.fields.files import FieldFile

from nuages.parse.types import unknown_types

checking: ContextVar[bool] = ContextVar("nuages.checking", default=False)
"""Whether answers are checked also where DEBUG is off: `nuages.testing.checked_answers` says so."""


Encode: TypeAlias = Callable[[Any], bytes]
"""Writes a value; raises msgspec.ValidationError or TypeError for what is not of its annotation."""


def encoder_of(annotation: Any) -> Encode:
    """Make what writes values of an annotation.

    Raises: TypeError, NameError for an annotation that has no JSON; its message names what.
    """
    if _of_pydantic(annotation):
        return _by_pydantic(annotation)
    unknown = unknown_types(annotation)
    if unknown:
        raise TypeError(", ".join(unknown))
    exact = _exact(annotation)

    def encode(value: Any) -> bytes:
        if not exact(value):
            return _write(_convert(value, annotation))
        try:
            written = _write(value)
        except TypeError:  # a row inside a Struct: no type checker lets that pass, and it is clear what was meant
            return _write(_convert(value, annotation))
        if (checking.get() or settings.DEBUG) and written != _write(_convert(value, annotation)):
            raise TypeError("it holds what the annotation does not name")
        return written

    return encode


def _exact(annotation: Any) -> Callable[[Any], bool]:
    """What tells whether a value is of the annotated class, and not of one that derives from it and has more."""
    if get_origin(annotation) is list:
        item = get_args(annotation)[0]
        return lambda value: type(value) is list and all(type(each) is item for each in value)
    is_class = isinstance(annotation, type) and annotation not in (dict, list, tuple, set, object)
    return (lambda value: type(value) is annotation) if is_class else (lambda _: False)


def _convert(value: Any, annotation: Any) -> Any:
    return msgspec.convert(readable(value), annotation, from_attributes=True)


def _write(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=_plain)


def _plain(value: Any) -> Any:
    """What an annotation leaves open (`Any`)."""
    if isinstance(value, Attributes):
        value = value.nuages_of
    if isinstance(value, Model):
        raise TypeError(f"a {type(value).__name__} where the annotation says nothing of its members")
    return msgspec.to_builtins(value)


def readable(value: Any) -> Any:
    """The same value for a converter: rows and objects by their attributes, their relations as lists."""
    if isinstance(value, Manager | QuerySet):
        return [readable(each) for each in value.all()]
    if isinstance(value, list | tuple | set | frozenset):
        return [readable(each) for each in value]
    if isinstance(value, Mapping):
        return {key: readable(each) for key, each in value.items()}
    if isinstance(value, FieldFile):
        return value.url if value else None
    if isinstance(value, Enum):
        return value.value
    is_object = isinstance(value, Model | msgspec.Struct) or dataclasses.is_dataclass(value)
    return Attributes(value) if is_object or hasattr(type(value), "__attrs_attrs__") else value


class Attributes:
    """An object whose attributes are readable."""

    __slots__ = ("nuages_of",)

    def __init__(self, of: Any) -> None:
        self.nuages_of = of

    def __getattr__(self, name: str) -> Any:
        return readable(getattr(self.nuages_of, name))


def _of_pydantic(annotation: Any) -> bool:
    inside = (annotation, *get_args(annotation))
    return any(hasattr(each, "__pydantic_validator__") for each in inside)


def _by_pydantic(annotation: Any) -> Encode:
    from pydantic import TypeAdapter  # noqa: PLC0415  # an author brought it

    adapter: Any = TypeAdapter(annotation)
    return lambda value: adapter.dump_json(adapter.validate_python(value, from_attributes=True), by_alias=True)
