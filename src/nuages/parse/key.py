"""Turn the key in a path into values, strictly. Knows no query string."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from nuages.declare.spec import Column, ResourceSpec
from nuages.parse.values import READERS

KeyReader = Callable[[str], tuple[Any, ...]]


def key_reader(spec: ResourceSpec) -> KeyReader:
    """Make the reader of a resource's keys in paths.

    Shapes: `"7"` is `(7,)`; a composite key's parts are separated by commas, `"7,3"` is `(7, 3)`.
    Raises: the reader raises ValueError for text that can be no key.
    """
    readers = [_part_reader(column) for column in spec.key]
    if len(readers) == 1:
        (only,) = readers
        return lambda text: (only(text),)
    return lambda text: tuple([read(part) for read, part in zip(readers, text.split(","), strict=True)])


def _part_reader(column: Column) -> Callable[[str], Any]:
    read_value = READERS[column.kind]

    def read(text: str) -> Any:
        value = read_value(text)
        if isinstance(value, int | UUID) and str(value) != text:
            raise ValueError("is not spelled as this server spells it")  # one member, one URL: not /007 and /+7
        return value

    return read
