"""Turn one JSON value into a typed value, strictly: the kinds of `parse.values`, in the JSON in which they are shown.

Nothing here knows the field's name or its model: a reader raises ValueError with a sentence, its caller adds where.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from nuages.parse.json_body import Number
from nuages.parse.values import READERS

Reader = Callable[[Any], Any]


def reader_of(kind: str, element: str | None = None) -> Reader:
    """The reader of a kind; `element` is the kind of an array's elements."""
    if kind == "array":
        return _list_reader(reader_of(element or "text"))
    return _READERS[kind]


def plain(value: Any) -> Any:
    """Turn the numbers of a document into Python's own, whole ones exactly."""
    if isinstance(value, Number):
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


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
    **{kind: _spelled(kind) for kind in ("date", "datetime", "time", "duration", "uuid", "address")},
}
