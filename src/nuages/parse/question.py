"""Turn a query string into a Question: filters, order, limit, place. Everything is checked against the declaration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from nuages.declare.operands import end_in_key
from nuages.declare.spec import Operand, OrderTerm, ResourceSpec
from nuages.errors import BadRequest, suggest
from nuages.parse.cursor import Place, read_cursor
from nuages.parse.lookups import Lookup, lookups_of
from nuages.parse.pairs import read_pairs

RESERVED = ("order", "limit", "cursor")
MAX_VALUES = 500  # SQLite takes 999 variables in its oldest supported builds; rules and cursors need some too
MAX_ORDER_TERMS = 8
MAX_KNOWN_ORDERS = 500  # kept once read; a resource of four terms has some hundred orders


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a resource, known at start-up; `index` stands for it in a shape."""

    name: str
    index: int
    operand: Operand
    lookup: Lookup


class Asked(msgspec.Struct, frozen=True):
    """One parameter as asked: any of the alternatives, each a list of values ("in") or a single one.

    Shapes: `shape` is equal where the same SQL serves.
    """

    parameter: Parameter
    alternatives: tuple[tuple[Any, ...], ...]
    shape: tuple[Any, ...]


class Question(msgspec.Struct, frozen=True):
    """What a list is asked for. A msgspec.Struct, since one is made per request: half a dataclass's time.

    Shapes: `shape` is equal for questions that need the same SQL; `values` are what differs, in the order of `asked`;
        `place` holds the raw values of the cursor, or None at the start.
    """

    asked: tuple[Asked, ...]
    order: tuple[OrderTerm, ...]
    order_text: str
    limit: int
    place: Place | None
    shape: tuple[Any, ...]
    values: tuple[Any, ...]

    @property
    def targets(self) -> set[str]:
        """The resources whose rows the filters and the order lead through."""
        operands = [*(one.parameter.operand for one in self.asked), *(term.operand for term in self.order)]
        return {hop.target for operand in operands for hop in operand.hops if hop.target}

    def all_values(self, usual_limit: int) -> tuple[Any, ...]:
        """The values of all slots: filters, place, and the limit where it is not the usual one."""
        limit = () if self.limit == usual_limit else (self.limit + 1,)
        if self.place is None:
            return self.values + limit
        return (*self.values, *[value for value in self.place if value is not None], *limit)


EVERYTHING = Question(asked=(), order=(), order_text="", limit=0, place=None, shape=(), values=())
"""The question of who wants one member: nothing is filtered, nothing ordered."""


class QuestionReader:
    """Reads the questions of one resource; built once, at start-up."""

    def __init__(self, spec: ResourceSpec, *, cursor_key: bytes) -> None:
        self._spec = spec
        self._cursor_key = cursor_key
        self._parameters = {p.name: p for p in _parameters(spec)}
        self._orders = {"": spec.order}
        self._usual = self._read("")

    @property
    def parameter_names(self) -> list[str]:
        """Every parameter that a client may send."""
        return [*RESERVED, *self._parameters]

    def read(self, query: str) -> Question:
        """Read a query string.

        Raises: BadRequest that names the parameter, what was wrong and the nearest right name.
        """
        return self._read(query) if query else self._usual

    def _read(self, query: str) -> Question:
        given: dict[str, list[str]] = {}
        for name, text in read_pairs(query):
            given.setdefault(name, []).append(text)
        special = {name: _only(name, given.pop(name)) for name in RESERVED if name in given}
        asked = [self._ask(name, texts) for name, texts in given.items()]
        asked.sort(key=_index)
        order_text = special.get("order", "")
        order = self._orders.get(order_text) or self._order(order_text)
        limit = self._limit(special["limit"]) if "limit" in special else self._spec.limit
        place = self._place(special["cursor"], order_text, len(order)) if special.get("cursor") else None
        shape = (tuple([one.shape for one in asked]), order_text, limit == self._spec.limit, _nulls(place))
        return Question(tuple(asked), order, order_text, limit, place, shape, _values(asked))

    def scope(self, order_text: str) -> str:
        """Name what a cursor is valid for."""
        return f"{self._spec.name}?{order_text}"

    def _ask(self, name: str, texts: list[str]) -> Asked:
        parameter = self._parameters.get(name)
        if parameter is None:
            detail = f"There is no parameter {_short(name)}. {suggest(name, self.parameter_names)}".strip()
            raise BadRequest.parameter(_cut(name), "unknown-parameter", detail)
        if len(texts) > 1 and parameter.lookup.orm != "exact":
            raise BadRequest.parameter(name, "repeated-parameter", f"{name!r} is given {len(texts)} times.")
        alternatives = tuple([self._read_value(parameter, text) for text in texts])
        sizes = tuple([len(values) for values in alternatives])
        return Asked(parameter, alternatives, (parameter.index, alternatives if parameter.lookup.is_literal else sizes))

    @staticmethod
    def _read_value(parameter: Parameter, text: str) -> tuple[Any, ...]:
        try:
            return tuple(parameter.lookup.read(parameter.operand, text))
        except ValueError as error:
            detail = f"{parameter.name}: {_short(text)} {error}."
            raise BadRequest.parameter(parameter.name, "invalid-value", detail) from None

    def _order(self, text: str) -> tuple[OrderTerm, ...]:
        words = text.split(",", MAX_ORDER_TERMS)
        if len(words) > MAX_ORDER_TERMS:
            raise BadRequest.parameter("order", "too-many-terms", f"order: more than {MAX_ORDER_TERMS} terms.")
        terms = [self._order_term(word.strip()) for word in words]
        names = [term.operand.name for term in terms]
        if len(set(names)) < len(names):
            raise BadRequest.parameter("order", "repeated-term", f"order: {_short(text)} names a term twice.")
        order = end_in_key(terms, self._spec.pk)
        if len(self._orders) < MAX_KNOWN_ORDERS:
            self._orders[text] = order
        return order

    def _order_term(self, word: str) -> OrderTerm:
        operand = self._spec.ordering.get(word.removeprefix("-"))
        if operand is None:
            known = suggest(word.removeprefix("-"), self._spec.ordering)
            detail = f"order: {_short(word)} is not declared for ordering. {known}".strip()
            raise BadRequest.parameter("order", "unknown-order", detail)
        return OrderTerm(operand, word.startswith("-"))

    def _limit(self, text: str) -> int:
        highest = self._spec.max_limit
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= highest):  # noqa: PLR2004
            detail = f"limit: {_short(text)} is no whole number from 1 to {highest}."
            raise BadRequest.parameter("limit", "invalid-limit", detail)
        return int(text)

    def _place(self, text: str, order_text: str, size: int) -> Place:
        return read_cursor(text, scope=self.scope(order_text), key=self._cursor_key, size=size)


def _parameters(spec: ResourceSpec) -> Iterable[Parameter]:
    pairs = [(operand, lookup) for operand in spec.filters.values() for lookup in lookups_of(operand)]
    for index, (operand, lookup) in enumerate(pairs):
        name = f"{operand.name}__{lookup.suffix}" if lookup.suffix else operand.name
        yield Parameter(name, index, operand, lookup)


def _index(one: Asked) -> int:
    return one.parameter.index


def _values(asked: list[Asked]) -> tuple[Any, ...]:
    """What fills the slots, in their order."""
    values: list[Any] = []
    for one in asked:
        if not one.parameter.lookup.is_literal:
            for alternative in one.alternatives:
                values.extend(alternative)
    if len(values) > MAX_VALUES:
        raise BadRequest(f"More than {MAX_VALUES} values are asked for.", code="too-many-values")
    return tuple(values)


def _nulls(place: Place | None) -> tuple[bool, ...] | None:
    return None if place is None else tuple(value is None for value in place)


def _only(name: str, texts: list[str]) -> str:
    if len(texts) > 1:
        raise BadRequest.parameter(name, "repeated-parameter", f"{name!r} is given {len(texts)} times.")
    return texts[0]


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004


def _short(text: str) -> str:
    return repr(_cut(text))
