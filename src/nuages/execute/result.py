"""What a statement gave, the same from every driver. Data only: what the rows mean is not known here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

Place: TypeAlias = tuple[Any, ...]


class Result(msgspec.Struct, frozen=True):
    """What a statement gave.

    Shapes: `documents` are the JSON of the rows, as bytes; `place(n)` gives the raw values of row n's other columns,
        which only the last row of a page is asked for.
    """

    documents: list[bytes]
    place: Callable[[int], Place]


Run: TypeAlias = Callable[[Any, str, Sequence[Any]], Result]
