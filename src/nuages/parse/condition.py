"""What a question asks of rows, as a tree: comparisons joined by AND and OR, negated by NOT. Data only.

A tree's shape is equal where the same SQL serves; its values are what differs, in the order in which it is walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from nuages.declare.spec import Operand
from nuages.parse.lookups import Lookup

Values: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a resource, known at start-up; `index` stands for it in a shape."""

    name: str
    index: int
    operand: Operand
    lookup: Lookup


class Comparison(msgspec.Struct, frozen=True):
    """One operand compared with any of the alternatives, each a list of values ("in") or a single one.

    A msgspec.Struct, since some are made per request: half a dataclass's time.
    """

    parameter: Parameter
    alternatives: tuple[Values, ...]

    @property
    def shape(self) -> tuple[Any, ...]:
        """Parameter and number of values; the values themselves where they decide the SQL."""
        if self.parameter.lookup.is_literal:
            return (self.parameter.index, self.alternatives)
        return (self.parameter.index, *[len(values) for values in self.alternatives])


class FieldComparison(msgspec.Struct, frozen=True):
    """One operand compared with another of the same row."""

    left: Operand
    how: str
    right: Operand

    @property
    def shape(self) -> tuple[Any, ...]:
        """The three names."""
        return (self.left.name, self.how, self.right.name)


class TextSearch(msgspec.Struct, frozen=True):
    """Text looked for by the database's own search.

    Shapes: `how` is "fulltext" or "trigram"; `language` names PostgreSQL's text search configuration; `words` says
        the same for a database that has no such search.
    """

    operands: tuple[Operand, ...]
    how: str
    language: str
    text: str
    words: Node

    @property
    def shape(self) -> tuple[Any, ...]:
        """Whatever text is looked for, the SQL is the same; but not where its words are compared."""
        return (self.how, self.words.shape)


class Junction(msgspec.Struct, frozen=True):
    """Conditions joined by AND or OR."""

    connector: str
    children: tuple[Node, ...]

    @property
    def shape(self) -> tuple[Any, ...]:
        """The connector and the children's shapes."""
        return (self.connector, *[child.shape for child in self.children])


class Negation(msgspec.Struct, frozen=True):
    """The rows for which the condition does not hold: exactly those, absent values included."""

    child: Node

    @property
    def shape(self) -> tuple[Any, ...]:
        """The child's shape, marked."""
        return ("NOT", self.child.shape)


Node: TypeAlias = Comparison | FieldComparison | TextSearch | Junction | Negation
Leaf: TypeAlias = Comparison | FieldComparison | TextSearch


def leaves(node: Node) -> Iterator[Leaf]:
    """Walk a tree's comparisons, in the order of their values."""
    if isinstance(node, Junction):
        for child in node.children:
            yield from leaves(child)
    elif isinstance(node, Negation):
        yield from leaves(node.child)
    else:
        yield node


def values_of(node: Node) -> Values:
    """What fills a tree's slots, in their order."""
    values: list[Any] = []
    for leaf in leaves(node):
        if isinstance(leaf, TextSearch):
            values += [leaf.text, *values_of(leaf.words)]
        elif isinstance(leaf, Comparison) and not leaf.parameter.lookup.is_literal:
            for alternative in leaf.alternatives:
                values.extend(alternative)
    return tuple(values)


def conjuncts(node: Node | None) -> Iterator[Node]:
    """The conditions that must all hold: AND inside AND is flattened."""
    if isinstance(node, Junction) and node.connector == "AND":
        for child in node.children:
            yield from conjuncts(child)
    elif node is not None:
        yield node


def operands_of(node: Node) -> Iterator[Operand]:
    """Every operand that a tree compares."""
    for leaf in leaves(node):
        if isinstance(leaf, Comparison):
            yield leaf.parameter.operand
        elif isinstance(leaf, FieldComparison):
            yield from (leaf.left, leaf.right)
        else:
            yield from leaf.operands
