"""Turn the text of `order=` into terms, ending in what leaves no ties. Knows no other parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from nuages.declare.operands import directed
from nuages.declare.spec import Operand, OrderTerm
from nuages.errors import BadRequest, suggest
from nuages.parse.quoting import short

MAX_ORDER_TERMS = 8
MAX_KNOWN_ORDERS = 500  # kept once read; a resource of four terms has some hundred orders
_NULLS = {"nulls_first": True, "nulls_last": False}

Complete = Callable[[list[OrderTerm]], tuple[OrderTerm, ...]]


class Order(msgspec.Struct, frozen=True):
    """An order.

    Shapes: `text` as it was asked for, "" for the usual one; `terms` end in what leaves no ties; `targets` are the
        resources whose rows the terms lead through.
    """

    text: str
    terms: tuple[OrderTerm, ...]
    targets: frozenset[str]


def order_of(text: str, terms: tuple[OrderTerm, ...]) -> Order:
    """Make an order, with the resources whose rows it leads through."""
    return Order(text, terms, frozenset(hop.target for term in terms for hop in term.operand.hops if hop.target))


class OrderReader:
    """Reads the orders of one resource, or of one grouping; `complete` appends what leaves no ties."""

    def __init__(self, operands: Mapping[str, Operand], usual: tuple[OrderTerm, ...], complete: Complete) -> None:
        self._operands = operands
        self._complete = complete
        self._known = {"": order_of("", usual)}

    def read(self, text: str) -> Order:
        """Read an order.

        Shapes: `"-published,price__nulls_first"`.
        Raises: BadRequest that names the term and the nearest right name.
        """
        return self._known.get(text) or self._read(text)

    def _read(self, text: str) -> Order:
        words = text.split(",", MAX_ORDER_TERMS)
        if len(words) > MAX_ORDER_TERMS:
            raise BadRequest.parameter("order", "too-many-terms", f"order: more than {MAX_ORDER_TERMS} terms.")
        terms = [self._term(word.strip(" ")) for word in words]
        names = [term.operand.name for term in terms]
        if len(set(names)) < len(names):
            raise BadRequest.parameter("order", "repeated-term", f"order: {short(text)} names a term twice.")
        order = order_of(text, self._complete(terms))
        if len(self._known) < MAX_KNOWN_ORDERS:
            self._known[text] = order
        return order

    def _term(self, word: str) -> OrderTerm:
        name = word.removeprefix("-")
        plain, _, nulls = name.rpartition("__")
        operand = self._operands.get(name) or (self._operands.get(plain) if nulls in _NULLS else None)
        if operand is None:
            known = suggest(name, self._operands)
            detail = f"order: {short(word)} is not declared for ordering. {known}".strip()
            raise BadRequest.parameter("order", "unknown-order", detail)
        return directed(operand, word.startswith("-"), None if operand.name == name else _NULLS[nulls])
