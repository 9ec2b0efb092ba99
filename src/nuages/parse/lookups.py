"""The lookups that a parameter may name, as a table: which kinds they suit, how their text is read, how they compare.

To add a lookup: a row here; where the database needs more than Django's lookup of that name, a row in
`plan.comparisons`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nuages.declare.kinds import COMPARABLE, RANGED
from nuages.declare.spec import Operand
from nuages.parse.parts import CALENDAR_PARTS, CLOCK_PARTS, day_bounds, read_part, read_year, year_bounds
from nuages.parse.ranges import read_element, read_elements, read_range
from nuages.parse.values import READERS, read_boolean, read_date, read_integer, read_text

MAX_LIST_VALUES = 200
_TEXT = frozenset({"text", "json_key"})
_DATES = frozenset({"date", "datetime"})
_TIMES = frozenset({"time", "datetime"})
_COMPARISONS = ("", "gt", "gte", "lt", "lte")

Read = Callable[[Operand, str], list[Any]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup.

    Shapes: `suffix` in the URL ("" for the bare name); `how` the comparison's name, which `plan.comparisons` knows;
        `read` gives the list of values; `kind` is that of the values where it is not the operand's own ("integer" for
        a month); `is_literal` when the value decides the SQL itself and so belongs to the plan.s shape.
    """

    suffix: str
    how: str
    kinds: frozenset[str]
    read: Read
    kind: str = ""
    is_literal: bool = False
    needs_null: bool = False


def _one(operand: Operand, text: str) -> list[Any]:
    return [READERS[operand.kind](text)]


def _truth(_operand: Operand, text: str) -> list[Any]:
    return [read_boolean(text)]


def _words(_operand: Operand, text: str) -> list[Any]:
    return [read_text(text)]


def _number(_operand: Operand, text: str) -> list[Any]:
    return [read_integer(text)]


def split_list(text: str) -> list[str]:
    """Split a list at its commas.

    Raises: ValueError for too long a list.
    """
    parts = text.split(",", MAX_LIST_VALUES)
    if len(parts) > MAX_LIST_VALUES:
        raise ValueError(f"lists more than {MAX_LIST_VALUES} values")
    return parts


def _list(operand: Operand, text: str) -> list[Any]:
    return [READERS[operand.kind](part) for part in split_list(text)]


def _texts(_operand: Operand, text: str) -> list[Any]:
    return [read_text(part) for part in split_list(text)]


def _split_pair(text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) != 2:  # noqa: PLR2004  # from, to
        raise ValueError("is no range such as 10,20")
    return parts


def _pair(operand: Operand, text: str) -> list[Any]:
    return [READERS[operand.kind](part) for part in _split_pair(text)]


def _year_bounds(operand: Operand, text: str) -> list[Any]:
    return list(year_bounds(read_year(text), operand.kind))


def _day_bounds(_operand: Operand, text: str) -> list[Any]:
    return list(day_bounds(read_date(text)))


def _bound(read: Read, which: int) -> Read:
    return lambda operand, text: [read(operand, text)[which]]


def _all_bounds(read: Read) -> Read:
    return lambda operand, text: [bound for part in split_list(text) for bound in read(operand, part)]


def _outer_bounds(read: Read) -> Read:
    def read_outer(operand: Operand, text: str) -> list[Any]:
        first, last = _split_pair(text)
        return [read(operand, first)[0], read(operand, last)[1]]

    return read_outer


def _part(part: str) -> Read:
    return lambda _operand, text: [read_part(part, text)]


def _part_pair(part: str) -> Read:
    return lambda _operand, text: [read_part(part, each) for each in _split_pair(text)]


def _part_list(part: str) -> Read:
    return lambda _operand, text: [read_part(part, each) for each in split_list(text)]


def _bounded(name: str, kinds: frozenset[str], read: Read) -> Iterable[Lookup]:
    """A year and a day are ranges of the column itself, so that an index on it serves."""
    yield Lookup(name, "range", kinds, read)
    for comparison, which in (("gt", 1), ("gte", 0), ("lt", 0), ("lte", 1)):
        yield Lookup(f"{name}__{comparison}", comparison, kinds, _bound(read, which))
    yield Lookup(f"{name}__range", "range", kinds, _outer_bounds(read))
    yield Lookup(f"{name}__in", "ranges", kinds, _all_bounds(read))


def _parts(names: Iterable[str], kinds: frozenset[str]) -> Iterable[Lookup]:
    for name in names:
        for comparison in _COMPARISONS:
            how = f"{name}__{comparison or 'exact'}"
            yield Lookup(_join(name, comparison), how, kinds, _part(name), "integer")
        yield Lookup(f"{name}__range", f"{name}__range", kinds, _part_pair(name), "integer")
        yield Lookup(f"{name}__in", f"{name}__in", kinds, _part_list(name), "integer")


def _join(name: str, comparison: str) -> str:
    return f"{name}__{comparison}" if comparison else name


def _clock_time(_operand: Operand, text: str) -> list[Any]:
    return [READERS["time"](text)]


def _clock_times(_operand: Operand, text: str) -> list[Any]:
    return [READERS["time"](part) for part in _split_pair(text)]


_ARRAY, _RANGE, _JSON = frozenset({"array"}), frozenset({"range"}), frozenset({"json"})
_NULLABLE = COMPARABLE | _TEXT | _ARRAY | _RANGE | _JSON
_PATTERNS = ("iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith")

ISNULL = Lookup("isnull", "isnull", _NULLABLE, _truth, is_literal=True, needs_null=True)
LOOKUPS: tuple[Lookup, ...] = (
    Lookup("", "exact", COMPARABLE | _TEXT, _one),
    Lookup("exact", "exact", COMPARABLE | _TEXT, _one),
    Lookup("gt", "gt", RANGED, _one),
    Lookup("gte", "gte", RANGED, _one),
    Lookup("lt", "lt", RANGED, _one),
    Lookup("lte", "lte", RANGED, _one),
    Lookup("range", "range", RANGED, _pair),
    Lookup("in", "in", COMPARABLE | _TEXT, _list),
    ISNULL,
    *(Lookup(name, name, _TEXT, _words) for name in _PATTERNS),
    *_bounded("year", _DATES, _year_bounds),
    *_bounded("date", frozenset({"datetime"}), _day_bounds),
    *(
        Lookup(_join("time", name), f"time__{name or 'exact'}", frozenset({"datetime"}), _clock_time, "time")
        for name in _COMPARISONS
    ),
    Lookup("time__range", "time__range", frozenset({"datetime"}), _clock_times, "time"),
    *_parts(CALENDAR_PARTS, _DATES),
    *_parts(CLOCK_PARTS, _TIMES),
    Lookup("has_key", "has_key", _JSON, _words, "text"),
    Lookup("has_keys", "has_keys", _JSON, _texts, "text"),
    Lookup("has_any_keys", "has_any_keys", _JSON, _texts, "text"),
    *(Lookup(name, f"array_{name or 'exact'}", _ARRAY, read_elements) for name in ("", "contains", "contained_by")),
    Lookup("overlap", "array_overlap", _ARRAY, read_elements),
    *(Lookup(_join("len", name), f"len__{name or 'exact'}", _ARRAY, _number, "integer") for name in _COMPARISONS),
    Lookup("contains", "range_contains", _RANGE, read_element, "element"),
    *(
        Lookup(name, f"range_{name or 'exact'}", _RANGE, read_range)
        for name in ("", "contained_by", "overlap", "fully_lt", "fully_gt", "adjacent_to")
    ),
)


def lookups_of(operand: Operand) -> list[Lookup]:
    """Which lookups suit an operand."""
    suited = [lookup for lookup in LOOKUPS if operand.kind in lookup.kinds]
    return [lookup for lookup in suited if operand.nullable or not lookup.needs_null]
