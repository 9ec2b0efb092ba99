"""Tell what msgspec knows of an author's type: its members, whether it is a document, what in it has no JSON."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import inspect

PLAIN: Mapping[type[Any], Any] = {
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.BytesType: bytes,
    inspect.ByteArrayType: bytearray,
    inspect.DateTimeType: dt.datetime,
    inspect.DateType: dt.date,
    inspect.TimeType: dt.time,
    inspect.TimeDeltaType: dt.timedelta,
    inspect.UUIDType: uuid.UUID,
}
OBJECTS = (inspect.StructType, inspect.DataclassType, inspect.TypedDictType)


def member_names(wanted: Any) -> tuple[str, ...]:
    """The names that an object of a type has in JSON; none where it is no object."""
    info = bare(inspect.type_info(wanted))
    return tuple([part.encode_name for part in info.fields]) if isinstance(info, OBJECTS) else ()


def is_document(wanted: Any) -> bool:
    """Whether a type is an object with declared members, or a list of such."""
    info = bare(inspect.type_info(wanted))
    info = bare(info.item_type) if isinstance(info, inspect.ListType) else info
    return isinstance(info, OBJECTS)


def unknown_types(wanted: Any) -> list[str]:
    """The names of the types inside that msgspec has no JSON for."""
    return sorted(
        {
            getattr(info.cls, "__name__", str(info.cls))
            for info in _every(inspect.type_info(wanted), set())
            if _is_custom(info)
        }
    )


def _is_custom(info: Any) -> bool:
    return isinstance(info, inspect.CustomType)


def _every(info: Any, seen: set[int]) -> Iterator[Any]:
    if id(info) in seen:
        return
    seen.add(id(info))
    yield info
    below: list[Any] = [getattr(info, name, None) for name in ("type", "item_type", "key_type", "value_type")]
    below += [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    below += [part.type for part in getattr(info, "fields", ())]
    for each in below:
        if each is not None:
            yield from _every(each, seen)


def bare(info: Any) -> Any:
    """A description without the notes that an author put around it."""
    while isinstance(info, inspect.Metadata):
        info = info.type
    return info


def annotation_of(info: Any) -> Any:
    """The type that a piece of msgspec's description describes."""
    if isinstance(info, inspect.LiteralType):
        return Literal[tuple(info.values)]
    if isinstance(info, inspect.NoneType):
        return None
    plain = PLAIN.get(type(info), getattr(info, "cls", Any))
    given = {name: said for name in info.__struct_fields__ if (said := getattr(info, name)) is not None}
    return Annotated[plain, msgspec.Meta(**given)] if type(info) in PLAIN and given else plain
