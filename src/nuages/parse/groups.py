"""Turn `group=` and `aggregate=` into a Grouping: by what rows are grouped, and what is computed of each group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db.models import BigIntegerField, FloatField

from nuages.declare.kinds import RANGED, SORTABLE, SUMMABLE
from nuages.declare.operands import directed
from nuages.declare.spec import Operand, OrderTerm, ResourceSpec
from nuages.errors import BadRequest, suggest
from nuages.parse.orders import OrderReader
from nuages.parse.quoting import short

MAX_GROUPS = 4
MAX_MEASURES = 10
MAX_KNOWN_GROUPINGS = 500
_CALL = re.compile(r"([a-z_]{1,20})\(([A-Za-z0-9_.]{0,200})\)", re.ASCII)
_FUNCTIONS: Mapping[str, frozenset[str]] = {
    "count": SORTABLE,
    "count_distinct": SORTABLE,
    "sum": SUMMABLE,
    "avg": SUMMABLE,
    "min": RANGED,
    "max": RANGED,
}


class Measure(msgspec.Struct, frozen=True):
    """What is computed of a group.

    Shapes: `function` is a key of the table above; `operand` is None for `count()`; `output` is what it is shown,
        ordered and compared as.
    """

    function: str
    operand: Operand | None
    output: Operand


class Grouping(msgspec.Struct, frozen=True):
    """Groups and what is computed of each; `orders` reads what they are ordered by."""

    groups: tuple[Operand, ...]
    measures: tuple[Measure, ...]
    orders: OrderReader
    shape: tuple[str, ...]

    @property
    def targets(self) -> frozenset[str]:
        """The resources whose rows the groups and measures lead through."""
        operands = [*self.groups, *(measure.operand for measure in self.measures if measure.operand)]
        return frozenset(hop.target for operand in operands for hop in operand.hops if hop.target)


class GroupReader:
    """Reads the groupings of one resource."""

    def __init__(self, spec: ResourceSpec) -> None:
        self._groups = spec.groups
        self._measures = spec.measures
        self._known: dict[tuple[str, str], Grouping] = {}

    def read(self, group: str, aggregate: str) -> Grouping:
        """Read both parameters; an empty text stands for one that was not given.

        Raises: BadRequest that names the parameter, what was wrong and the nearest right name.
        """
        return self._known.get((group, aggregate)) or self._read(group, aggregate)

    def _read(self, group: str, aggregate: str) -> Grouping:
        groups = tuple([self._group(name) for name in _split(group, "group", MAX_GROUPS)])
        measures = tuple([self._measure(text) for text in _split(aggregate or "count()", "aggregate", MAX_MEASURES)])
        outputs = {operand.name: operand for operand in (*groups, *(measure.output for measure in measures))}
        if len(outputs) < len(groups) + len(measures):
            names = [operand.name for operand in groups]
            blamed = "group" if len(set(names)) < len(names) else "aggregate"
            raise BadRequest.parameter(blamed, "repeated-term", f"{blamed}: something is named twice.")
        grouping = Grouping(groups, measures, _orders(groups, outputs), (group, aggregate))
        if len(self._known) < MAX_KNOWN_GROUPINGS:
            self._known[group, aggregate] = grouping
        return grouping

    def _group(self, name: str) -> Operand:
        operand = self._groups.get(_plain(name))
        if operand is None:
            detail = f"group: {short(name)} is not declared for grouping. {suggest(name, self._groups)}".strip()
            raise BadRequest.parameter("group", "unknown-group", detail)
        return operand

    def _measure(self, text: str) -> Measure:
        match = _CALL.fullmatch(text)
        if match is None:
            detail = f"aggregate: {short(text)} is no aggregate such as count() or avg(price)."
            raise BadRequest.parameter("aggregate", "invalid-aggregate", detail)
        function, name = match[1], _plain(match[2])
        if function not in _FUNCTIONS:
            detail = f"aggregate: there is no function {short(function)}. {suggest(function, _FUNCTIONS)}".strip()
            raise BadRequest.parameter("aggregate", "unknown-function", detail)
        if function == "count" and not name:
            return Measure(function, None, Operand("count", "integer", BigIntegerField()))
        return self._measure_of(function, name)

    def _measure_of(self, function: str, name: str) -> Measure:
        operand = self._measures.get(name)
        if operand is None:
            detail = f"aggregate: {short(name)} is not declared as a measure. {suggest(name, self._measures)}".strip()
            raise BadRequest.parameter("aggregate", "unknown-measure", detail)
        if operand.kind not in _FUNCTIONS[function]:
            detail = f"aggregate: {function} does not suit {name}, which is {operand.kind}."
            raise BadRequest.parameter("aggregate", "unknown-measure", detail)
        return Measure(function, operand, _output(function, operand))


def _output(function: str, operand: Operand) -> Operand:
    name = f"{function}_{operand.name}"
    if function.startswith("count"):
        return Operand(name, "integer", BigIntegerField())
    if function == "avg" and operand.kind != "duration":
        return Operand(name, "float", FloatField(), nullable=True)
    return Operand(name, operand.kind, operand.field, nullable=True)


def _orders(groups: tuple[Operand, ...], outputs: dict[str, Operand]) -> OrderReader:
    def complete(terms: list[OrderTerm]) -> tuple[OrderTerm, ...]:
        named = {term.operand.name for term in terms}
        return (*terms, *(directed(group, is_descending=False) for group in groups if group.name not in named))

    return OrderReader(outputs, complete([]), complete)


def _split(text: str, parameter: str, most: int) -> list[Any]:
    words = [word.strip(" ") for word in text.split(",", most)] if text else []
    if len(words) > most:
        raise BadRequest.parameter(parameter, "too-many-terms", f"{parameter}: more than {most} terms.")
    return words


def _plain(name: str) -> str:
    return name.replace(".", "__")
