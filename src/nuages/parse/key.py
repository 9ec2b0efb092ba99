"""Turn the key in a path into values, strictly. Knows no query string."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from nuages.declare.spec import ResourceSpec
from nuages.parse.values import READERS

KeyReader = Callable[[str], tuple[Any, ...]]


def key_reader(spec: ResourceSpec) -> KeyReader:
    """Make the reader of a resource's keys in paths.

    Shapes: `"7"` is `(7,)`; a composite key's parts are separated by commas, `"7,3"` is `(7, 3)`.
    Raises: the reader raises ValueError for text that can be no key.
    """
    readers = [READERS[column.kind] for column in spec.key]

    def read(text: str) -> tuple[Any, ...]:
        parts = [text] if len(readers) == 1 else text.split(",")
        values = tuple(reader(part) for reader, part in zip(readers, parts, strict=True))
        if any(isinstance(value, int | UUID) and str(value) != part for value, part in zip(values, parts, strict=True)):
            raise ValueError("is not spelled as this server spells it")  # one member, one URL: not /007 and /+7
        return values

    return read
