"""Turn a query string into the arguments of a function: simple values, each as its annotation says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from nuages.errors import BadRequest, Fault, suggest
from nuages.parse.messages import fault_of
from nuages.parse.pairs import read_pairs, refuse_parameters
from nuages.parse.quoting import cut, short
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


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of the query.

    Shapes: `read` raises ValueError with a sentence; `many` where it may be given several times.
    """

    name: str
    read: Read
    many: bool
    is_required: bool


def argument_of(name: str, annotation: Any, *, is_required: bool) -> Argument | None:
    """Read what an annotation says; None where no text can be such a value.

    Shapes: str, int, bool, float, Decimal, date, datetime, time, timedelta, UUID, an Enum, a Literal; a list of one of
        them; each also `| None`, and Annotated with a msgspec.Meta.
    """
    bare = _without_none(annotation)
    many = get_origin(bare) is list
    read = _reader(get_args(bare)[0] if many else bare)
    return None if read is None else Argument(name, read, many, is_required)


class ArgumentReader:
    """Reads the arguments of one function; built once, at start-up."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        self._arguments = {argument.name: argument for argument in arguments}

    def read(self, query: str) -> dict[str, Any]:
        """Read a query string; what is absent and has a default is left out.

        Raises: BadRequest with every fault.
        """
        if not self._arguments:
            refuse_parameters(query)
            return {}
        given: dict[str, list[str]] = {}
        for name, text in read_pairs(query):
            given.setdefault(name, []).append(text)
        faults: list[Fault] = []
        values = {name: self._one(name, texts, faults) for name, texts in given.items()}
        faults += [_missing(each) for each in self._arguments.values() if each.is_required and each.name not in given]
        if faults:
            detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} parameters are wrong."
            raise BadRequest(detail, faults=faults, code=faults[0].code)
        return values

    def _one(self, name: str, texts: list[str], faults: list[Fault]) -> Any:
        argument = self._arguments.get(name)
        place = f"?{cut(name)}"
        if argument is None:
            detail = f"There is no parameter {short(name)}. {suggest(name, self._arguments)}".strip()
            faults.append(Fault(place, "unknown-parameter", detail))
        elif len(texts) > 1 and not argument.many:
            faults.append(Fault(place, "repeated-parameter", f"{name!r} is given {len(texts)} times."))
        else:
            values = [_value(argument, text, place, faults) for text in texts]
            return values if argument.many else values[0]
        return None


def _value(argument: Argument, text: str, place: str, faults: list[Fault]) -> Any:
    try:
        return argument.read(text)
    except ValueError as error:
        faults.append(Fault(place, "invalid-value", f"{argument.name}: {short(text)} {error}."))
        return None


def _missing(argument: Argument) -> Fault:
    return Fault(f"?{argument.name}", "missing-parameter", f"The parameter {argument.name!r} is missing.")


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    rest = [each for each in get_args(annotation) if each is not NoneType]
    return rest[0] if len(rest) == 1 else annotation


def _reader(annotation: Any) -> Read | None:
    if get_origin(annotation) is Annotated:
        return _bounded(annotation)
    if get_origin(annotation) is Literal:
        return _choice({str(value): value for value in get_args(annotation)})
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choice({str(member.value): member for member in annotation})
    kind = _KINDS.get(annotation) if isinstance(annotation, type) else None
    return READERS[kind] if kind is not None else None


def _choice(choices: Mapping[str, Any]) -> Read:
    def read(text: str) -> Any:
        if text not in choices:
            raise ValueError(f"is none of {', '.join(choices)}")
        return choices[text]

    return read


def _bounded(annotation: Any) -> Read | None:
    """A value with bounds, which msgspec knows how to keep."""
    read = _reader(get_args(annotation)[0])
    if read is None or not _is_known(annotation):
        return None

    def read_bounded(text: str) -> Any:
        value = read(text)
        try:
            msgspec.convert(value, annotation)
        except msgspec.ValidationError as error:
            raise ValueError(fault_of(error).detail.removeprefix("The body ").removesuffix(".")) from None
        return value

    return read_bounded


def _is_known(annotation: Any) -> bool:
    try:
        msgspec.json.Decoder(annotation)
    except TypeError:
        return False
    return True
