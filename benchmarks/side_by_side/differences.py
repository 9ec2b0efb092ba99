"""Say where two documents differ. What a database's JSON and a framework's may spell apart is compared by meaning."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_SAME_FLOAT = 1e-9


def differences(expected: Any, got: Any, where: str = "$") -> Iterator[str]:
    """Compare keys, nesting, the order of lists, types and values.

    Allowed: `price` as number or text, another spelling of the same moment in `created_at`, and the last digits of
        `avg_stars`.
    """
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted(expected.keys() ^ got.keys()):
            yield f"{where}: {'missing' if key in expected else 'extra'} key {key}"
        for key in (one for one in expected if one in got):
            yield from differences(expected[key], got[key], f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            yield f"{where}: {len(expected)} members expected, {len(got)} there"
        for place, (one, other) in enumerate(zip(expected, got, strict=False)):
            yield from differences(one, other, f"{where}[{place}]")
    elif not _is_same(expected, got, where.rpartition(".")[2]):
        yield f"{where}: {expected!r} expected, {got!r} there"


def _is_same(expected: Any, got: Any, key: str) -> bool:
    try:
        if key == "price":
            return Decimal(str(expected)) == Decimal(str(got))
        if key == "created_at":
            return read_moment(expected) == read_moment(got)
        if key == "avg_stars" and expected is not None:
            return abs(float(expected) - float(got)) < _SAME_FLOAT
    except (ValueError, TypeError, AttributeError, InvalidOperation):
        return False
    return type(expected) is type(got) and bool(expected == got)


def read_moment(text: str) -> datetime:
    """Read a timestamp; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
