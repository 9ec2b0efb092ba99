"""Say what a filter is, once read, and turn it back into text.

Both syntaxes give it, `filter_language` and `filter_tree`. Names are as the client wrote them: nothing here knows a
resource, a kind or a lookup.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable

import msgspec

from nuages.errors import BadRequest

MAX_TERMS = 50  # each may join tables; SQLite parses an expression up to 1,000 deep, and a chain of ORs is deep
MAX_DEPTH = 10  # more than people can read, and a small part of Python's 1,000 frames
MAX_CHARS = 8_192  # as much as many proxies let pass as a URL
KEYWORDS = ("AND", "OR", "NOT")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", ":")

Connector = typing.Literal["AND", "OR"]
Place = typing.TypeVar("Place")

_WORD = re.compile(r"\w+")
_BARE = re.compile(r"[\w.:+-]+")
_SPECIAL = re.compile(r'["\\*]')


class Literal(msgspec.Struct, frozen=True):
    r"""A value as text, not yet of any kind.

    Shapes: `quoted` when it is a text for sure (quotes, or a JSON string); a bare word may be a number or a field;
        `opens` and `closes` when an unescaped `*` stood before and after `text`, which is without them.
        A lone `*` opens and closes nothing: see `is_presence`. The bare `null` is `ABSENT`, and `"null"` is a text.
        `"*\*"` is `Literal("*", quoted=True, opens=True)`.
    """

    text: str
    quoted: bool = False
    opens: bool = False
    closes: bool = False
    is_null: bool = False

    @property
    def is_presence(self) -> bool:
        """Whether this is the lone `*`, which stands for any value but an absent one."""
        return self.opens and self.closes and not self.text


ABSENT = Literal("null", is_null=True)
"""The bare `null`: `= null` asks whether a value is absent, `!= null` whether it is present."""


class Field(msgspec.Struct, frozen=True):
    """Another field as a value, `{"field": "list_price"}` of the JSON tree; the text language gives a bare Literal."""

    name: str


class Term(msgspec.Struct, frozen=True, eq=False):
    """One comparison. Two are equal wherever they stand.

    Shapes: `name` in the double-underscore spelling ("author__country"), `operator` one of `OPERATORS`, `values` one,
        or several of the JSON tree: "=" any of them, "!=" none of them; `place` is for people, "character 17" or the
        JSON pointer "/filter/or/1/price__gte".
    """

    name: str
    operator: str
    values: tuple[Literal | Field, ...]
    place: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self._sense == other._sense

    def __hash__(self) -> int:
        return hash(self._sense)

    @property
    def _sense(self) -> tuple[typing.Any, ...]:
        return self.name, self.operator, self.values


class Negation(msgspec.Struct, frozen=True):
    """Whatever the child refuses."""

    child: Expression


class Junction(msgspec.Struct, frozen=True):
    """All of the children ("AND"), or any ("OR"); two at least, nested as the client nested them."""

    connector: Connector
    children: tuple[Expression, ...]


Expression = Term | Negation | Junction


class Tally(typing.Generic[Place]):
    """Counts what a filter holds while it is read, so that no reader goes on with too large a one.

    Shapes: `refuse` makes the error from a place, a code and a sentence without its full stop.
    """

    def __init__(self, refuse: Callable[[Place, str, str], BadRequest]) -> None:
        self._refuse = refuse
        self._terms = 0
        self._chars = 0

    def add_term(self, place: Place) -> None:
        """Count one comparison."""
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._refuse(place, "too-many-terms", f"a filter holds at most {MAX_TERMS} comparisons")

    def add_chars(self, count: int, place: Place) -> None:
        """Count the characters of names and values."""
        self._chars += count
        if self._chars > MAX_CHARS:
            raise self._refuse(place, "filter-too-long", f"a filter holds at most {MAX_CHARS} characters")

    def check_depth(self, depth: int, place: Place) -> None:
        """Count the parentheses and negations, or the objects of a tree, that are open at one place."""
        if depth > MAX_DEPTH:
            raise self._refuse(place, "filter-too-deep", f"a filter is nested at most {MAX_DEPTH} deep")


def spell_name(text: str) -> str:
    """Spell a name with double underscores.

    Shapes: `"author.country"` and `"author__country"` are `"author__country"`; what is no name is `""`.
    """
    words = text.split(".")
    return "__".join(words) if all(_WORD.fullmatch(word) for word in words) else ""


def write(expression: Expression) -> str:
    """Print an expression in the filter language, with parentheses only where it needs them.

    Shapes: reading the text gives an equal expression, but for what the text language cannot say: several values of one
        term are written out, and a Field comes back as a bare word.
    """
    whole = _written_out(expression)
    if isinstance(whole, Term):
        return _write_term(whole)
    if isinstance(whole, Negation):
        return f"NOT {write_part(whole.child)}"
    return f" {whole.connector} ".join([write_part(child) for child in whole.children])


def write_part(expression: Expression) -> str:
    """Print an expression as a part of another: a junction stands in parentheses."""
    text = write(expression)
    return f"({text})" if isinstance(_written_out(expression), Junction) else text


def _written_out(expression: Expression) -> Expression:
    if not isinstance(expression, Term) or len(expression.values) == 1:
        return expression
    terms = [Term(expression.name, expression.operator, (value,), expression.place) for value in expression.values]
    return Junction("AND" if expression.operator == "!=" else "OR", tuple(terms))


def _write_term(term: Term) -> str:
    (value,) = term.values
    text = _write_name(value.name) if isinstance(value, Field) else _write_literal(value)
    is_tight = term.operator == ":" and not text.startswith(":")
    return f"{_write_name(term.name)}:{text}" if is_tight else f"{_write_name(term.name)} {term.operator} {text}"


def _write_literal(literal: Literal) -> str:
    if literal.is_presence:
        return '"*"' if literal.quoted else "*"
    opens, closes = "*" * literal.opens, "*" * literal.closes
    if literal.quoted or not _BARE.fullmatch(literal.text):
        escaped = _SPECIAL.sub(r"\\\g<0>", literal.text)
        return f'"{opens}{escaped}{closes}"'
    return f"{opens}{literal.text}{closes}"


def _write_name(name: str) -> str:
    words = name.split("__")
    return ".".join(words) if all(words) else name  # "a____b" is a name, "a..b" is none
