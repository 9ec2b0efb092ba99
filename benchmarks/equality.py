"""Refuse to compare the speed of two answers that differ."""

import json
from collections.abc import Iterable
from typing import Any

from benchmarks.rounds import Read


class UnequalError(Exception):
    """Two sides answered the same question differently."""


def demand_equal(question: str, ours: Read, theirs: Read, keys: Iterable[int]) -> None:
    """Compare what both sides answer.

    Shapes: floats to 15 significant digits, which is what both databases show; of our pages the items alone, since the
        ORM code writes no envelope.
    Raises: UnequalError with the first difference.
    """
    for key in keys:
        mine, other = _comparable(json.loads(ours(key))), _comparable(json.loads(theirs(key)))
        mine = mine.get("items", mine)
        if mine != other:
            raise UnequalError(f"{question}, key {key}: {_first_difference(mine, other)}")


def _comparable(document: Any) -> Any:
    if isinstance(document, float):
        return float(f"{document:.15g}")
    if isinstance(document, dict):
        return {name: _comparable(value) for name, value in document.items()}
    return [_comparable(value) for value in document] if isinstance(document, list) else document


def _first_difference(mine: Any, other: Any) -> str:
    if isinstance(mine, dict) and isinstance(other, dict) and mine.keys() == other.keys():
        name = next(name for name in mine if mine[name] != other[name])
        return f"{name}: {_first_difference(mine[name], other[name])}"
    if isinstance(mine, list) and isinstance(other, list) and len(mine) == len(other):
        place = next(place for place, value in enumerate(mine) if value != other[place])
        return f"[{place}] {_first_difference(mine[place], other[place])}"
    return f"Nuages answers {str(mine)[:200]}, the ORM {str(other)[:200]}"
