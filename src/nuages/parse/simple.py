"""Turn an annotation into the reader of texts that are such a value: of a query, a path, a header, a cookie, a form.

One text is one value; several are a list. Knows no request and no place in it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

import msgspec

from nuages.parse.messages import fault_of
from nuages.parse.values import READERS

Read = Callable[[str], Any]
_KINDS: Mapping[Any, str] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    float: "float",
    Decimal: "decimal",
    dt.date: "date",
    dt.datetime: "datetime",
    dt.time: "time",
    dt.timedelta: "duration",
    uuid.UUID: "uuid",
}
_GATHERERS: Mapping[Any, Callable[[list[Any]], Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    tuple: tuple,
    Sequence: list,
    Collection: list,
    AbstractSet: set,
}
_AND_SO_ON = 2  # tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Simple:
    """How the texts of one value are read.

    Shapes: `read` reads one text and raises ValueError with a sentence; `gather` makes one value of several, and raises
        as `read`; None where there is one text only.
    """

    read: Read
    gather: Callable[[list[Any]], Any] | None = None


def simple_of(annotation: Any, *, read_text: Read = READERS["text"]) -> Simple | None:
    """Read what an annotation says; None where no text can be such a value.

    Shapes: str, int, bool, float, Decimal, date, datetime, time, timedelta, UUID, an Enum, a Literal; one of several of
        them, in the order in which they are tried, str last; a list, set or tuple of one; each also `| None`, and
        Annotated with a msgspec.Meta. `read_text` reads those that are str.
    """
    bare, bounds = parted(annotation)
    found = _unbounded(bare, read_text)
    return found if found is None or not bounds else _bounded(found, Annotated[(bare, *bounds)])


def parted(annotation: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    """Part an annotation into its type, None taken out of it, and its bounds.

    Shapes: `Annotated[int | None, Meta(ge=1)]` gives `int` and the Meta; names of types stand for what they name.
    """
    bounds: tuple[msgspec.Meta, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            bounds += tuple([each for each in annotation.__metadata__ if isinstance(each, msgspec.Meta)])
            annotation = annotation.__origin__
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":  # `type Name = ...`, of Python 3.12
            annotation = annotation.__value__
        elif NoneType in alternatives(annotation) and annotation is not NoneType:
            annotation = Union[tuple([each for each in alternatives(annotation) if each is not NoneType])]  # noqa: UP007
        else:
            return annotation, bounds


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The types of a union; of anything else itself."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _unbounded(bare: Any, read_text: Read) -> Simple | None:
    origin = get_origin(bare)
    if origin in _GATHERERS:
        arguments = get_args(bare)
        if origin is tuple and (len(arguments) != _AND_SO_ON or arguments[1] is not ...):
            return None
        item = simple_of(arguments[0], read_text=read_text)
        return None if item is None or item.gather is not None else replace(item, gather=_GATHERERS[origin])
    read = _choice_of(alternatives(bare), read_text) if origin in (Union, UnionType) else _one(bare, read_text)
    return None if read is None else Simple(read)


def _one(bare: Any, read_text: Read) -> Read | None:
    if get_origin(bare) is Literal:
        return _among({_spelled(value): value for value in get_args(bare) if value is not None})
    if not isinstance(bare, type):
        return None
    if issubclass(bare, Enum):
        return _among({_spelled(member.value): member for member in bare})
    if bare is str:
        return read_text
    kind = _KINDS.get(bare)
    return None if kind is None else READERS[kind]


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _among(choices: Mapping[str, Any]) -> Read:
    def read(text: str) -> Any:
        if text not in choices:
            raise ValueError(f"is none of {', '.join(choices)}")
        return choices[text]

    return read


def _choice_of(types: Sequence[Any], read_text: Read) -> Read | None:
    """Any text is a str, which is therefore tried last."""
    found = [simple_of(each, read_text=read_text) for each in sorted(types, key=lambda each: parted(each)[0] is str)]
    reads = [each.read for each in found if each is not None and each.gather is None]
    if len(reads) < len(types):
        return None

    def read(text: str) -> Any:
        sentences = []
        for each in reads:
            try:
                return each(text)
            except ValueError as error:
                sentences.append(str(error))
        raise ValueError(" and ".join(dict.fromkeys(sentences)))

    return read


def _bounded(simple: Simple, annotation: Any) -> Simple | None:
    """A value with bounds, which msgspec knows how to keep: spelled as JSON it costs a tenth of converting."""
    try:
        decode = msgspec.json.Decoder(annotation).decode
    except TypeError:
        return None

    def check(value: Any) -> Any:
        try:
            decode(msgspec.json.encode(value))
        except msgspec.ValidationError as error:
            raise ValueError(fault_of(error).detail.removeprefix("The body ").removesuffix(".")) from None
        return value

    read, gather = simple.read, simple.gather
    if gather is None:
        return Simple(lambda text: check(read(text)))
    return Simple(read, lambda values: check(gather(values)))
