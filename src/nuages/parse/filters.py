"""Turn a filter, as text or as a tree, into a condition: its names and values are those of the parameters."""

from __future__ import annotations

import re
from typing import Any

from nuages.declare.spec import Operand
from nuages.errors import BadRequest, Fault, suggest
from nuages.parse import expression as written
from nuages.parse.condition import FieldComparison, Junction, Negation, Node, Parameter
from nuages.parse.filter_language import read_filter
from nuages.parse.filter_tree import read_tree
from nuages.parse.parameters import ParameterReader
from nuages.parse.quoting import short

_SUFFIXES = {"=": "", "!=": "", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_HOWS = {"": "exact", "lt": "lt", "lte": "lte", "gt": "gt", "gte": "gte"}
_TEXTS = frozenset({"text", "json_key"})
_NUMBERS = frozenset({"integer", "decimal", "float"})
_HAS = {"array": "contains", "json": "has_key", "range": "contains"}
_SECONDS = re.compile(r"(-?)([0-9]{1,9}(?:\.[0-9]{1,6})?)s", re.ASCII)  # AIP-160's durations: 20s, 1.5s
# By whether a star opens and closes the value.
_WILDCARDS = {(False, False): "", (True, False): "endswith", (False, True): "startswith", (True, True): "contains"}


class FilterReader:
    """Reads the filters of one resource; built once, at start-up."""

    def __init__(self, parameters: ParameterReader) -> None:
        self._names = parameters
        self._operands = {parameter.operand.name: parameter.operand for parameter in parameters.parameters.values()}

    def read(self, given: Any) -> Node:
        """Read a filter.

        Shapes: a text of the filter language, or the decoded JSON of a tree.
        Raises: BadRequest that names the place, what was wrong and the nearest right name.
        """
        return self._node(read_filter(given) if isinstance(given, str) else read_tree(given))

    def _node(self, node: written.Expression) -> Node:
        if isinstance(node, written.Junction):
            return Junction(node.connector, tuple([self._node(child) for child in node.children]))
        if isinstance(node, written.Negation):
            return Negation(self._node(node.child))
        compared = self._term(node)
        return Negation(compared) if node.operator == "!=" else compared

    def _term(self, term: written.Term) -> Node:
        first = term.values[0]
        if isinstance(first, written.Field):
            name, how = _split(term)
            return self._fields(term, self._operand(term, name), how, _plain(first.name))
        if any(value.is_null for value in term.values if isinstance(value, written.Literal)):
            return Negation(self._present(term))
        if first.is_presence and term.operator == ":":
            return self._present(term)
        if self._is_field(term, first):
            how = _HOWS[_SUFFIXES[term.operator]]
            return self._fields(term, self._operands[term.name], how, _plain(first.text))
        return self._values(term, first)

    def _present(self, term: written.Term) -> Node:
        present = self._names.present(term.name)
        if present is None:
            raise self._unknown(term, term.name)
        if len(term.values) > 1 or term.operator not in ("=", "!=", ":"):
            raise _refused(term, "invalid-value", "null can only be compared by = and !=, and alone")
        return present

    def _is_field(self, term: written.Term, value: written.Literal) -> bool:
        """Whether a bare word is another field: a declared one, whose values are of the same sort."""
        left, right = self._operands.get(term.name), self._operands.get(_plain(value.text))
        if value.quoted or value.opens or value.closes or left is None or right is None or term.operator == ":":
            return False
        return _are_comparable(left, right)

    def _fields(self, term: written.Term, left: Operand, how: str, name: str) -> Node:
        right = self._operand(term, name)
        if not _are_comparable(left, right):
            raise _refused(term, "invalid-value", f"{left.name} cannot be compared with {right.name}")
        if any(hop.many for hop in (*left.hops, *right.hops)):
            raise _refused(term, "invalid-value", "fields over a relation to many cannot be compared with each other")
        return FieldComparison(left, how, right)

    def _operand(self, term: written.Term, name: str) -> Operand:
        operand = self._operands.get(name)
        if operand is None:
            raise self._unknown(term, name)
        return operand

    def _values(self, term: written.Term, first: written.Literal) -> Node:
        parameter = self._parameter(term, first)
        texts = [_spelled(parameter, value.text) for value in term.values if isinstance(value, written.Literal)]
        if len(texts) < len(term.values):
            raise _refused(term, "invalid-value", "a list holds values only")
        try:
            return self._names.compare(parameter, texts, term.name)
        except BadRequest as problem:
            raise _moved(term, problem) from None

    def _parameter(self, term: written.Term, value: written.Literal) -> Parameter:
        name = _join(term.name, self._suffix(term, value))
        found = self._names.parameters.get(name)
        if found is None and term.name in self._names.parameters:
            raise _refused(term, "invalid-operator", f"{term.operator} does not suit {term.name}")
        if found is None:
            raise self._unknown(term, term.name)
        return found

    def _suffix(self, term: written.Term, value: written.Literal) -> str:
        operand = self._operands.get(term.name)
        kind = operand.kind if operand is not None else ""
        wildcard = _WILDCARDS[value.opens, value.closes]
        if wildcard and kind not in _TEXTS:
            raise _refused(term, "invalid-value", f"a star suits only text, and {term.name} is none")
        if term.operator != ":":
            return wildcard or _SUFFIXES[term.operator]
        return f"i{wildcard or 'contains'}" if kind in _TEXTS else _HAS.get(kind, "")

    def _unknown(self, term: written.Term, name: str) -> BadRequest:
        known = suggest(name, self._operands)
        return _refused(term, "unknown-field", f"there is no field {short(name)}", known)


def _are_comparable(left: Operand, right: Operand) -> bool:
    if left.kind in _NUMBERS:
        return right.kind in _NUMBERS
    return left.kind == right.kind and left.kind not in ("json", "json_key", "array", "range")


def _plain(name: str) -> str:
    return name.replace(".", "__")


def _split(term: written.Term) -> tuple[str, str]:
    """Split a tree's name at its comparison: `price__lt` is `price`, `lt`."""
    name, _, suffix = term.name.rpartition("__")
    return (name, suffix) if suffix in _HOWS and name else (term.name, "exact")


def _join(name: str, suffix: str) -> str:
    return f"{name}__{suffix}" if suffix else name


def _spelled(parameter: Parameter, text: str) -> str:
    """AIP-160 spells durations as seconds."""
    seconds = _SECONDS.fullmatch(text) if parameter.operand.kind == "duration" else None
    return f"{seconds[1]}PT{seconds[2]}S" if seconds else text


def _refused(term: written.Term, code: str, what: str, hint: str = "") -> BadRequest:
    detail = f"filter, {term.place}: {what}. {hint}".strip()
    return BadRequest(detail, faults=[Fault(_pointer(term), code, detail)], code=code)


def _moved(term: written.Term, problem: BadRequest) -> BadRequest:
    """The same problem, at its place in the filter."""
    detail = f"filter, {term.place}: {problem.detail}"
    return BadRequest(detail, faults=[Fault(_pointer(term), problem.code, detail)], code=problem.code)


def _pointer(term: written.Term) -> str:
    return term.place if term.place.startswith("/") else "?filter"
