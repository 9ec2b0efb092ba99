"""Turn a filter that arrived as decoded JSON into an Expression, strictly. Resolves no name, and a star is a star."""

from __future__ import annotations

from typing import Any

from nuages.errors import BadRequest, Fault
from nuages.parse.expression import (
    ABSENT,
    KEYWORDS,
    Connector,
    Expression,
    Field,
    Junction,
    Literal,
    Negation,
    Tally,
    Term,
    spell_name,
)
from nuages.parse.json_body import Number, join_pointer
from nuages.parse.lookups import MAX_LIST_VALUES

_CONNECTORS: dict[str, Connector] = {"and": "AND", "or": "OR"}
_VALUE = 'a value is a text, a number, true, false, null or {"field": name}, or a list of these'


def read_tree(tree: object, pointer: str = "/filter") -> Expression:
    """Read a filter as `read_json` gives it.

    Shapes: `{"or": [{"price__gte": Number("10")}, {"author.country": ["FR", "DE"]}]}` is a Junction of two Terms, of
        which the second has two values. Members of one object are ANDed; `{"price!": null}` is `price != null`.
    Raises: BadRequest that names a JSON pointer, with the codes of `read_filter` but ambiguous-filter.
    """
    return _Reader().node(tree, pointer, 0)


class _Reader:
    """Reads one tree. The depth of a place counts "and", "or", "not" and objects of several members above it."""

    def __init__(self) -> None:
        self._tally: Tally[str] = Tally(_refusal)

    def node(self, node: object, pointer: str, depth: int) -> Expression:
        if not isinstance(node, dict) or not node:
            raise _fault(pointer, 'an object with a comparison is expected, such as {"price__gte": 10}')
        inner = depth + 1 if len(node) > 1 else depth
        members = [self._member(name, node[name], join_pointer(pointer, name), inner) for name in node]
        return _join("AND", members)

    def _member(self, name: str, value: object, pointer: str, depth: int) -> Expression:
        self._tally.check_depth(depth, pointer)
        if name in _CONNECTORS:
            return self._junction(_CONNECTORS[name], value, pointer, depth + 1)
        if name == "not":
            return Negation(self.node(value, pointer, depth + 1))
        return self._term(name, value, pointer)

    def _junction(self, connector: Connector, items: object, pointer: str, depth: int) -> Expression:
        if not isinstance(items, list) or not items:
            raise _fault(pointer, "a list of filters is expected, with one at least")
        nodes = [self.node(item, join_pointer(pointer, index), depth) for index, item in enumerate(items)]
        return _join(connector, nodes)

    def _term(self, text: str, value: object, pointer: str) -> Term:
        self._tally.add_term(pointer)
        self._tally.add_chars(len(text), pointer)
        name = self._name(text.removesuffix("!"), pointer)
        operator = "!=" if text.endswith("!") else "="
        values = self._list(value, pointer) if isinstance(value, list) else (self._value(value, pointer),)
        return Term(name, operator, values, pointer)

    @staticmethod
    def _name(text: str, pointer: str) -> str:
        if text in KEYWORDS:
            raise _fault(pointer, f"{text} is written in lower case here")
        name = spell_name(text)
        if not name:
            raise _fault(pointer, "this is no name such as author.country")
        return name

    def _list(self, items: list[Any], pointer: str) -> tuple[Literal | Field, ...]:
        if not items:
            raise _fault(pointer, "a list of values is not empty")
        if len(items) > MAX_LIST_VALUES:
            raise _fault(pointer, f"a list has at most {MAX_LIST_VALUES} values")
        return tuple([self._value(item, join_pointer(pointer, index)) for index, item in enumerate(items)])

    def _value(self, value: object, pointer: str) -> Literal | Field:
        if value is None:
            return ABSENT
        if isinstance(value, bool):
            return Literal("true" if value else "false")
        if isinstance(value, str):
            self._tally.add_chars(len(value), pointer)
            return Literal(str(value), quoted=not isinstance(value, Number))
        if isinstance(value, dict) and list(value) == ["field"]:
            return self._field(value["field"], join_pointer(pointer, "field"))
        raise _fault(pointer, _VALUE)

    def _field(self, name: object, pointer: str) -> Field:
        if not isinstance(name, str) or isinstance(name, Number):
            raise _fault(pointer, "the name of a field is expected")
        self._tally.add_chars(len(name), pointer)
        return Field(self._name(name, pointer))


def _join(connector: Connector, children: list[Expression]) -> Expression:
    return children[0] if len(children) == 1 else Junction(connector, tuple(children))


def _fault(pointer: str, sentence: str) -> BadRequest:
    return _refusal(pointer, "invalid-filter", sentence)


def _refusal(pointer: str, code: str, sentence: str) -> BadRequest:
    detail = f"{pointer or 'filter'}: {sentence}."
    return BadRequest(detail, faults=[Fault(pointer, code, detail)], code=code)
