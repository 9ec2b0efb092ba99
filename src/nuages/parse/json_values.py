"""Turn one JSON value into a typed value, strictly: the kinds of `parse.values`, in the JSON in which they are shown.

Nothing here knows the field's name or its model: a reader raises ValueError with a sentence, its caller adds where.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from nuages.parse.json_body import Number
from nuages.parse.values import MAX_INTEGER, READERS

Reader = Callable[[Any], Any]
_SMALLEST, _LARGEST = 1e-30, 1e40
_LONGEST = dt.timedelta(microseconds=MAX_INTEGER)


def reader_of(kind: str, element: Reader | None = None) -> Reader:
    """The reader of a kind; `element` is that of an array's elements."""
    return _list_reader(element) if kind == "array" and element is not None else _READERS[kind]


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are one: numbers by what they are worth, not by how they are spelled."""
    pairs = [(one, other)]  # no recursion: what others have stored may be nested deeper than any body
    while pairs:
        left, right = pairs.pop()
        if isinstance(left, Number) and isinstance(right, Number):
            if _worth(left) != _worth(right):
                return False
        elif type(left) is not type(right):
            return False
        elif isinstance(left, dict):
            if left.keys() != right.keys():
                return False
            pairs += [(left[name], right[name]) for name in left]
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


def _worth(number: Number) -> Decimal | Number:
    """A number's value, or its spelling where its exponent is beyond what a Decimal can count."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return number


def plain(value: Any) -> Any:
    """Turn the numbers of a document into Python's own, whole ones exactly.

    Raises: ValueError for a number so large or small that PostgreSQL would write it in more digits than are read back.
    """
    if isinstance(value, Number):
        return int(value) if value.lstrip("-").isdigit() else _fraction(float(value))
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def _fraction(number: float) -> float:
    if number and not _SMALLEST <= abs(number) < _LARGEST:
        raise ValueError("holds a number that is not between 1e-30 and 1e40")
    return number


def _integer(value: Any) -> int:
    if not isinstance(value, Number):
        raise ValueError("must be a whole number")
    return int(READERS["integer"](str(value)))


def _number(kind: str) -> Reader:
    """Decimals are shown as texts, which keep their places; a number is taken as well."""

    def read(value: Any) -> Any:
        if isinstance(value, str):
            return READERS[kind](str(value))
        raise ValueError("must be a number")

    return read


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: Any) -> str:
    if isinstance(value, Number) or not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _duration(value: Any) -> dt.timedelta:
    """SQLite counts microseconds in 64 bits."""
    length: dt.timedelta = READERS["duration"](_text(value))
    if abs(length) > _LONGEST:
        raise ValueError("is too long")
    return length


def _spelled(kind: str) -> Reader:
    return lambda value: READERS[kind](_text(value))


def _binary(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except binascii.Error:
        raise ValueError("must be bytes in base64") from None


def _list_reader(read: Reader) -> Reader:
    def read_list(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        return [None if item is None else read(item) for item in value]

    return read_list


_READERS: dict[str, Reader] = {
    "integer": _integer,
    "decimal": _number("decimal"),
    "float": _number("float"),
    "boolean": _boolean,
    "text": _text,
    "binary": _binary,
    "json": plain,
    "duration": _duration,
    **{kind: _spelled(kind) for kind in ("date", "datetime", "time", "uuid", "address")},
}
