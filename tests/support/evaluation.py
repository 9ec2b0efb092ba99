"""Decide in plain Python which rows a filter leaves. Shares no code with the parsers of values or with the plans.

Rows are dicts; what a relation to one leads to is a dict or None, what one to many leads to is a list of dicts.
"""

import datetime as dt
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from nuages.parse.expression import Expression, Field, Junction, Literal, Negation, Term

Row = Mapping[str, Any]
Test = Callable[[Any, Any], bool]


def fold(text: str) -> str:
    """Forget case letter by letter, as PostgreSQL's upper() does: no letter becomes two."""
    return "".join([letter.upper() if len(letter.upper()) == 1 else letter for letter in text])


def local(value: Any) -> Any:
    """A moment as the clocks of the project show it; anything else as it is."""
    if not isinstance(value, dt.datetime):
        return value
    try:
        return value.astimezone(ZoneInfo(settings.TIME_ZONE))
    except OverflowError:  # no calendar has that day
        return value


PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda value: local(value).year,
    "iso_year": lambda value: local(value).isocalendar().year,
    "quarter": lambda value: (local(value).month + 2) // 3,
    "month": lambda value: local(value).month,
    "week": lambda value: local(value).isocalendar().week,
    "day": lambda value: local(value).day,
    "week_day": lambda value: local(value).isoweekday() % 7 + 1,
    "iso_week_day": lambda value: local(value).isoweekday(),
    "hour": lambda value: local(value).hour,
    "minute": lambda value: local(value).minute,
    "second": lambda value: local(value).second,
    "date": lambda value: local(value).date(),
    "time": lambda value: local(value).time(),
    "len": len,
}
COMPARISONS: dict[str, Test] = {
    "": operator.eq,
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, listed: value in listed,
    "range": lambda value, pair: bool(pair[0] <= value <= pair[1]),
}
PATTERNS: dict[str, Test] = {
    "contains": lambda value, text: text in value,
    "startswith": lambda value, text: value.startswith(text),
    "endswith": lambda value, text: value.endswith(text),
}
FOLDED: dict[str, Test] = {"iexact": operator.eq, **{f"i{name}": test for name, test in PATTERNS.items()}}


def condition_of(lookup: str) -> Test:
    """What a lookup asks of a value that is present."""
    if lookup in FOLDED:
        return lambda value, text: FOLDED[lookup](fold(value), fold(text))
    part, _, comparison = lookup.partition("__")
    if part in PARTS:
        return lambda value, other: COMPARISONS[comparison](PARTS[part](value), other)
    return {**COMPARISONS, **PATTERNS}[lookup]


@dataclass(frozen=True)
class Schema:
    """What may be asked for: each declared name with what reads its values; that of a text is str."""

    read: Mapping[str, Callable[[str], Any]]

    def split(self, name: str) -> tuple[str, str]:
        """Split a term's name into a declared one and a lookup."""
        known = max((each for each in self.read if name == each or name.startswith(f"{each}__")), key=len)
        return known, name[len(known) + 2 :]


_OPERATORS = {"=": "", ":": "", "!=": "", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_STARS = {(True, True): "contains", (True, False): "endswith", (False, True): "startswith"}


@dataclass(frozen=True)
class _Probe:
    """A question put to the value at the end of a path."""

    path: tuple[str, ...]
    holds: Callable[[Any], bool]


class Evaluation:
    """Answers filters over rows."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def holds(self, node: Expression, row: Row) -> bool:
        """Whether a row fits. The terms of one AND speak of the same related rows, everything else of its own."""
        if isinstance(node, Negation):
            return not self.holds(node.child, row)
        if isinstance(node, Junction) and node.connector == "OR":
            return any(self.holds(child, row) for child in node.children)
        nodes = list(conjuncts(node))
        probes = [self._probe(each) for each in nodes if is_probe(each)]
        return _together(probes, row) and all(self._alone(each, row) for each in nodes if not is_probe(each))

    def _alone(self, node: Expression, row: Row) -> bool:
        if not isinstance(node, Term):
            return self.holds(node, row)
        if isinstance(node.values[0], Field) or node.operator == "!=":
            return self._other(node, row)
        return not _together([_Probe(tuple(node.name.split("__")), _is_present)], row)  # = null

    def _other(self, term: Term, row: Row) -> bool:
        first = term.values[0]
        if term.operator == "!=":
            return not self.holds(Term(term.name, "=", term.values, term.place), row)
        assert isinstance(first, Field)
        name, lookup = self._schema.split(term.name)
        left, right = [value_at(row, each.split("__")) for each in (name, first.name.replace(".", "__"))]
        return left is not None and right is not None and condition_of(lookup or self._lookup(term))(left, right)

    def _probe(self, term: Expression) -> _Probe:
        assert isinstance(term, Term)
        path, first = tuple(self._schema.split(term.name)[0].split("__")), term.values[0]
        if isinstance(first, Literal) and first.is_presence and term.operator == ":":
            return _Probe(path, _is_present)
        comparison, wanted = self.comparison(term)
        test = condition_of(comparison)
        return _Probe(path, lambda value: value is not None and any(test(value, each) for each in wanted))

    def comparison(self, term: Term) -> tuple[str, list[Any]]:
        """Which lookup a term asks for, and with which values."""
        name, lookup = self._schema.split(term.name)
        lookup = "__".join([word for word in (lookup, self._lookup(term)) if word])
        read = self._reader(name, lookup)
        return lookup, [read(value.text) for value in term.values if isinstance(value, Literal)]

    def _reader(self, name: str, lookup: str) -> Callable[[str], Any]:
        if lookup in PATTERNS or lookup in FOLDED:
            return str
        part = lookup.partition("__")[0]
        if part == "date":
            return dt.date.fromisoformat
        return int if part in PARTS else self._schema.read[name]

    def _lookup(self, term: Term) -> str:
        """Which lookup an operator and stars stand for."""
        name, _ = self._schema.split(term.name)
        if self._schema.read[name] is not str:
            return _OPERATORS[term.operator]
        value = term.values[0]
        opens, closes = (value.opens, value.closes) if isinstance(value, Literal) else (False, False)
        pattern = _STARS.get((opens, closes), "")
        if term.operator == ":":
            return f"i{pattern or 'contains'}"
        return pattern or _OPERATORS[term.operator]


def is_probe(node: Expression) -> bool:
    """Whether a comparison holds of one related row, and so may speak of the same one as others do."""
    if not isinstance(node, Term) or node.operator == "!=":
        return False
    return all(isinstance(value, Literal) and not value.is_null for value in node.values)


def conjuncts(node: Expression) -> Iterator[Expression]:
    """Flatten AND inside AND."""
    if isinstance(node, Junction) and node.connector == "AND":
        for child in node.children:
            yield from conjuncts(child)
    else:
        yield node


def _is_present(value: Any) -> bool:
    return value is not None


def _together(probes: list[_Probe], value: Any) -> bool:
    """Whether one choice of related rows answers all probes."""
    plain = value.get("id") if isinstance(value, Mapping) else value
    groups: dict[str, list[_Probe]] = {}
    for probe in probes:
        if not probe.path or not isinstance(value, Mapping):
            if not probe.holds(None if probe.path else plain):
                return False
            continue
        groups.setdefault(probe.path[0], []).append(_Probe(probe.path[1:], probe.holds))
    return all(_fits(inner, value[name]) for name, inner in groups.items())


def _fits(probes: list[_Probe], value: Any) -> bool:
    if isinstance(value, list):
        return any(_together(probes, each) for each in value)
    return _together(probes, value)


def value_at(row: Any, words: list[str]) -> Any:
    """What lies at the end of a path over relations to one."""
    for word in words:
        row = row.get(word) if isinstance(row, Mapping) else None
    return row
