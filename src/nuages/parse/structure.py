"""Turn an author's type into what can be said of a JSON document that should be one: its members, and what is in each.

msgspec decodes such a document and stops at its first error; here it is gone through to the end. Nothing is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from msgspec import inspect

from nuages.errors import Fault, suggest
from nuages.parse.json_body import Number, join_pointer
from nuages.parse.messages import fault_of
from nuages.parse.types import OBJECTS, PLAIN, annotation_of, bare
from nuages.parse.values import read_decimal

MAX_TOLD = 100  # faults; the rest would drown them
MAX_VISITED = 20_000  # values looked at one by one: a tenth of a second
MAX_SUGGESTED_CHARS = 60
_LISTS = (inspect.ListType, inspect.SetType, inspect.FrozenSetType, inspect.VarTupleType)


@dataclass(slots=True)
class Findings:
    """What was found so far.

    Shapes: `decodes` when every value is to be tried; else it is known to be right, and only what msgspec lets pass is
        looked for: members that there are not, decimals beyond measure.
    """

    decodes: bool
    faults: list[Fault] = field(default_factory=list)
    visited: int = 0

    def add(self, pointer: str, code: str, detail: str) -> None:
        """Note one fault."""
        self.faults.append(Fault(pointer, code, detail))

    @property
    def is_full(self) -> bool:
        """Whether enough was looked at, or told."""
        return len(self.faults) >= MAX_TOLD or (self.decodes and self.visited > MAX_VISITED)


class Node(Protocol):
    """What should stand in one place of a document.

    Shapes: `is_settled` when nothing is left to be looked for where decoding went well; `takes` are the kinds of JSON
        values: "object", "list", "scalar", "null".
    """

    is_settled: bool
    takes: frozenset[str]

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        """Note what is wrong with a value."""


def structure_of(wanted: Any) -> Node:
    """The structure of a type that msgspec knows."""
    return _node(inspect.type_info(wanted), {})


def _node(info: Any, known: dict[int, Node]) -> Node:
    info = bare(info)
    if isinstance(info, OBJECTS) and not getattr(info, "array_like", False):
        return known[id(info)] if id(info) in known else _Object(info, known)
    if isinstance(info, _LISTS):
        return _List(info, known)
    if isinstance(info, inspect.DictType):
        return _Mapping(info, known)
    if isinstance(info, inspect.TupleType):
        return _Row([_node(each, known) for each in info.item_types])
    if isinstance(info, inspect.NamedTupleType | inspect.StructType):  # a struct that is a list in JSON
        return _Row([_Leaf(inspect.AnyType())] * _tag_size(info) + [_node(part.type, known) for part in info.fields])
    if isinstance(info, inspect.UnionType):
        return _Choice([_node(each, known) for each in info.types])
    return _Decimal() if isinstance(info, inspect.DecimalType) else _Leaf(info)


def _tag_size(info: Any) -> int:
    """How many places a tag takes at the beginning of a struct that is a list in JSON."""
    return int(getattr(info, "tag", None) is not None)


def kind_of_json(value: Any) -> str:
    """Which kind of JSON value one is."""
    if value is None:
        return "null"
    return "object" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"


def look_at(node: Node, value: Any, pointer: str, found: Findings) -> None:
    """Look at one value, unless enough was found, or nothing can be."""
    if found.is_full or (node.is_settled and not found.decodes):
        return
    found.visited += 1
    kind = kind_of_json(value)
    if kind in node.takes:
        node.look(value, pointer, found)
    elif kind == "null":
        found.add(pointer, "null", f"{_name(pointer)} cannot be null.")
    else:
        found.add(pointer, "invalid-value", f"{_name(pointer)} must be {_spelled(node.takes)}.")


class _Leaf:
    """A value without members, or one whose members only msgspec knows."""

    is_settled = True
    takes = frozenset({"object", "list", "scalar", "null"})

    def __init__(self, info: Any) -> None:
        self._decode = msgspec.json.Decoder(annotation_of(info)).decode
        plain = type(info) in PLAIN or isinstance(info, inspect.EnumType)
        has_null = isinstance(info, inspect.LiteralType) and None in info.values
        if plain or (isinstance(info, inspect.LiteralType) and not has_null):
            self.takes = frozenset({"scalar"})
        elif isinstance(info, inspect.NoneType):
            self.takes = frozenset({"null"})

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        if not found.decodes:
            return
        try:
            self._decode(spelled(value))
        except msgspec.ValidationError as error:
            found.faults.append(fault_of(error, pointer))


class _Decimal:
    """A number of bounded length: Decimal("1e1000000") is one too, and takes half a minute to become an int."""

    is_settled = False
    takes = frozenset({"scalar"})

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        try:
            if not isinstance(value, str):
                raise ValueError("must be a number")
            read_decimal(str(value))
        except ValueError as error:
            found.add(pointer, "invalid-value", f"{_name(pointer)} {error}.")


class _Object:
    is_settled = False
    takes = frozenset({"object"})

    def __init__(self, info: Any, known: dict[int, Node]) -> None:
        known[id(info)] = self  # before its members: one of them may be of this type again
        tag = getattr(info, "tag_field", None)
        self.tag = (tag, info.tag) if tag is not None else None
        self._required = [part.encode_name for part in info.fields if part.required]
        self._members = {part.encode_name: _node(part.type, known) for part in info.fields}
        said = getattr(getattr(info, "cls", None), "ignores_unknown", False)
        self._ignores = said is True and all(part.name != "ignores_unknown" for part in info.fields)

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        for name, given in value.items():
            if found.is_full:  # each name that there is not costs a search for the nearest
                return
            node = self._members.get(name)
            if node is not None and node.is_settled and not found.decodes:
                continue  # most members of most documents: not even their place is spelled
            if node is not None:
                look_at(node, given, join_pointer(pointer, name), found)
            elif not self._ignores and (self.tag is None or name != self.tag[0]):
                hint = suggest(name, self._members) if len(name) <= MAX_SUGGESTED_CHARS else ""
                place = join_pointer(pointer, name)
                found.add(place, "unknown-member", f"There is no member {_name(place)!r}. {hint}".strip())
        for name in self._required:
            if name not in value:
                found.add(join_pointer(pointer, name), "required", f"{name} is missing.")


class _List:
    takes = frozenset({"list"})

    def __init__(self, info: Any, known: dict[int, Node]) -> None:
        self._item = _node(info.item_type, known)
        self._shortest, self._longest = info.min_length, info.max_length
        self.is_settled = self._item.is_settled

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        if self._shortest is not None and len(value) < self._shortest:
            found.add(pointer, "min-length", f"{_name(pointer)} must have at least {self._shortest} items.")
        if self._longest is not None and len(value) > self._longest:
            found.add(pointer, "max-length", f"{_name(pointer)} must have at most {self._longest} items.")
            return
        for index, item in enumerate(value):
            if found.is_full:
                return
            look_at(self._item, item, join_pointer(pointer, index), found)


class _Row:
    """A list in which each place has its own type; those at the end may be missing, as msgspec knows."""

    takes = frozenset({"list"})

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self.is_settled = all(node.is_settled for node in nodes)

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        for index, (node, item) in enumerate(zip(self._nodes, value, strict=False)):
            look_at(node, item, join_pointer(pointer, index), found)


class _Mapping:
    """An object whose names are the client's."""

    takes = frozenset({"object"})

    def __init__(self, info: Any, known: dict[int, Node]) -> None:
        self._value = _node(info.value_type, known)
        self.is_settled = self._value.is_settled

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        for name, item in value.items():
            if found.is_full:
                return
            look_at(self._value, item, join_pointer(pointer, name), found)


class _Choice:
    """One of several types; msgspec lets them differ by their kind of JSON, or by a tag."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self.is_settled = all(node.is_settled for node in nodes)
        self.takes = frozenset[str]().union(*[node.takes for node in nodes])

    def look(self, value: Any, pointer: str, found: Findings) -> None:
        fitting = [node for node in self._nodes if kind_of_json(value) in node.takes]
        tagged = [node for node in fitting if isinstance(node, _Object) and node.tag is not None]
        if tagged:
            self._by_tag(tagged, value, pointer, found)
            return
        # Of several, the one that msgspec took is known only by trying.
        decodes = found.decodes or len(fitting) > 1
        tries = [Findings(decodes, visited=found.visited) for _ in fitting]
        for node, own in zip(fitting, tries, strict=True):
            look_at(node, value, pointer, own)
        if all(own.faults for own in tries):
            found.faults += tries[0].faults

    def _by_tag(self, tagged: list[_Object], value: Any, pointer: str, found: Findings) -> None:
        tags = {node.tag[1]: node for node in tagged if node.tag is not None}
        name = next(node.tag[0] for node in tagged if node.tag is not None)
        given = value.get(name)
        key = int(given) if isinstance(given, Number) and given.lstrip("-").isdigit() else given
        chosen = tags.get(key) if isinstance(key, str | int) else None
        place = join_pointer(pointer, name)
        if chosen is not None:
            chosen.look(value, pointer, found)
        elif name not in value:
            found.add(place, "required", f"{name} is missing.")
        else:
            known = ", ".join(sorted(map(str, tags)))
            found.add(place, "invalid-choice", f"{name} must be one of: {known}.")


def spelled(value: Any) -> bytes:
    """Spell a value of a document as JSON again, its numbers as they came."""
    return msgspec.json.encode(value, enc_hook=lambda number: msgspec.Raw(str(number).encode()))


def _name(pointer: str) -> str:
    return pointer.rpartition("/")[2] or "The body"


_NOUNS = {"object": "an object", "list": "a list", "scalar": "a single value"}


def _spelled(takes: Iterable[str]) -> str:
    return " or ".join([noun for kind, noun in _NOUNS.items() if kind in takes]) or "null"
