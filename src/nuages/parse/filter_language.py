"""Turn a text of the filter language into an Expression, strictly, in one pass over the text. Resolves no name.

What may be misread is refused rather than guessed: AND mixed with OR, and words that are compared with nothing.
"""

from __future__ import annotations

import re
from typing import cast

from nuages.errors import BadRequest
from nuages.parse.expression import (
    ABSENT,
    KEYWORDS,
    MAX_CHARS,
    OPERATORS,
    Connector,
    Expression,
    Junction,
    Literal,
    Negation,
    Tally,
    Term,
    spell_name,
    write_part,
)

# None of these can match one text in two ways, so that none goes back: 8,192 characters of anything take some ms.
_SPACE = re.compile(r"[ \t\r\n]*+")
_WORD = re.compile(r"[\w.]++")
_OPERATOR = re.compile(r"[=<>!:]++")
_BARE = re.compile(r"[\w.:+*-]++")
_QUOTED = {quote: re.compile(rf"{quote}((?:[^{quote}\\]++|\\.)*+){quote}", re.DOTALL) for quote in "\"'"}
_PIECE = re.compile(r"\\.|\*|[^\\*]++", re.DOTALL)
# Control characters but tab and line ends, and surrogates, which no UTF-8 text holds.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPES = {"\\" + char: char for char in "\"'\\*"}
_WITH_STAR = ("=", "!=", ":")
_WITH_NULL = ("=", "!=")
_NO_FUNCTIONS = "the filter language has no functions"
_EXCERPT_CHARS = 20
_READING_CHARS = 240
_PART_CHARS = 60


def read_filter(text: str) -> Expression:
    """Read a filter.

    Shapes: `'author.country = "FR" AND price < 10'` is a Junction of two Terms.
    Raises: BadRequest that names the character: invalid-filter, ambiguous-filter, filter-too-long, too-many-terms,
        filter-too-deep.
    Source: AIP-160 (https://google.aip.dev/160), without its functions, its bare values and its sequences.
    """
    return _Reader(text).read()


class _Reader:
    """Reads one text; `at` is how far it has come."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tally: Tally[int] = Tally(self._refusal)

    def read(self) -> Expression:
        self._check_text()
        expression = self._expression(0)
        if self._at < len(self._text):
            raise self._fault(self._at, "this parenthesis closes none")
        return expression

    def _check_text(self) -> None:
        if len(self._text) > MAX_CHARS:
            raise self._refusal(MAX_CHARS, "filter-too-long", f"a filter holds at most {MAX_CHARS} characters")
        found = _UNPRINTABLE.search(self._text)
        if found:
            raise self._fault(found.start(), f"the character U+{ord(found[0]):04X} cannot stand in a filter")
        self._skip()
        if self._at == len(self._text):
            raise self._fault(0, "the filter is empty")

    def _expression(self, depth: int) -> Expression:
        start, operands = self._at, [self._operand(depth)]
        connectors: list[Connector] = []
        places: list[int] = []
        while connector := self._connector():
            connectors.append(connector)
            places.append(self._at - len(connector))
            operands.append(self._operand(depth))
        if not connectors:
            return operands[0]
        if len(set(connectors)) == 1:
            return Junction(connectors[0], tuple(operands))
        turn = _first_turn(connectors)
        readings = self._readings(start, [write_part(operand) for operand in operands], connectors)
        raise self._refusal(places[turn], "ambiguous-filter", f"{readings}. Add parentheses")

    def _connector(self) -> Connector | None:
        if self._peek() in ("", ")"):
            return None
        found = _WORD.match(self._text, self._at)
        word = found[0] if found else ""
        if word in ("AND", "OR"):
            self._at += len(word)
            return cast("Connector", word)
        if word.upper() in ("AND", "OR"):
            raise self._fault(self._at, f"{word.upper()} is written in upper case")
        raise self._fault(self._at, "AND or OR is missing before this")

    def _operand(self, depth: int) -> Expression:
        first = self._peek()
        self._tally.check_depth(depth, self._at)
        if first == "(":
            return self._group(depth)
        if first == "-":
            self._at += 1
            return Negation(self._operand(depth + 1))
        found = _WORD.match(self._text, self._at)
        if found and found[0] == "NOT":
            self._at = found.end()
            return Negation(self._operand(depth + 1))
        return self._term(found[0] if found else "")

    def _group(self, depth: int) -> Expression:
        start = self._at
        self._at += 1
        expression = self._expression(depth + 1)
        if self._peek() != ")":
            raise self._fault(start, "this parenthesis is never closed")
        self._at += 1
        return expression

    def _term(self, word: str) -> Term:
        start = self._at
        self._tally.add_term(start)
        name = self._name(word)
        operator = self._operator(start, word)
        return Term(name, operator, (self._value(operator),), f"character {start + 1}")

    def _name(self, word: str) -> str:
        name = spell_name(word)
        if word in KEYWORDS or not word:
            raise self._fault(self._at, "a comparison such as price < 10 is expected here")
        if not name:
            raise self._fault(self._at, "this is no name such as author.country")
        self._at += len(word)
        return name

    def _operator(self, start: int, word: str) -> str:
        self._peek()
        found = _OPERATOR.match(self._text, self._at)
        if not found:
            raise self._fault(start, self._why_no_operator(word))
        if found[0] not in OPERATORS:
            raise self._fault(self._at, f"this is no comparison: there are {' '.join(OPERATORS)}")
        self._at = found.end()
        return found[0]

    def _why_no_operator(self, word: str) -> str:
        if word.upper() in KEYWORDS:
            return f"{word.upper()} is written in upper case"
        if self._peek() == "(":
            return _NO_FUNCTIONS
        return "this is compared with nothing: a comparison such as price < 10 is expected"

    def _value(self, operator: str) -> Literal:
        first, start = self._peek(), self._at
        literal = self._quoted(first) if first in _QUOTED else self._bare()
        if (literal.opens or literal.closes) and operator not in _WITH_STAR:
            raise self._fault(start, f"a value with the wildcard * is compared with {' '.join(_WITH_STAR)} only")
        if literal.is_null and operator not in _WITH_NULL:
            raise self._fault(start, f"null is compared with {' '.join(_WITH_NULL)} only")
        return literal

    def _quoted(self, quote: str) -> Literal:
        found = _QUOTED[quote].match(self._text, self._at)
        if not found:
            raise self._fault(self._at, "this quote is never closed")
        self._at = found.end()
        return self._literal(found[1], found.start(1), quoted=True)

    def _bare(self) -> Literal:
        start = self._at
        found = _BARE.match(self._text, start)
        if not found:
            raise self._fault(start, self._why_no_value())
        self._at = found.end()
        following = self._text[self._at : self._at + 1].strip(" \t\r\n)")
        if following == "(":
            raise self._fault(start, _NO_FUNCTIONS)
        if following:
            raise self._fault(self._at, "a value with this character in it is written in quotes")
        if found[0] in KEYWORDS:
            raise self._fault(start, f"{found[0]} is a keyword: as a value it is written in quotes")
        if found[0].lower() == "null":
            return self._null(found)
        return self._literal(found[0], start, quoted=False)

    def _null(self, found: re.Match[str]) -> Literal:
        if found[0] != "null":
            raise self._fault(found.start(), "null is written in lower case, and a text in quotes")
        return ABSENT

    def _why_no_value(self) -> str:
        if self._peek() == "(":
            return "a value is expected: alternatives are written out, as in a = 1 OR a = 2"
        return "a value is expected here, in quotes if it is more than a word or a number"

    def _literal(self, body: str, start: int, *, quoted: bool) -> Literal:
        pieces = list(_PIECE.finditer(body))
        opens, closes = [bool(pieces) and pieces[end][0] == "*" for end in (0, -1)]
        inner = pieces[opens : len(pieces) - closes]
        if closes and not inner and len(pieces) > 1:
            raise self._fault(start + 1, "one wildcard * is enough")
        text = "".join([self._plain(piece[0], start + piece.start()) for piece in inner])
        return Literal(text, quoted=quoted, opens=opens, closes=closes)

    def _plain(self, piece: str, at: int) -> str:
        if piece == "*":
            raise self._fault(at, r'the wildcard * stands at the start or the end of a value; a star itself is "\*"')
        if piece[0] != "\\":
            return piece
        if piece not in _ESCAPES:
            raise self._fault(at, f"there is no such escape: there are {' '.join(_ESCAPES)}")
        return _ESCAPES[piece]

    def _peek(self) -> str:
        self._skip()
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _readings(self, start: int, parts: list[str], connectors: list[Connector]) -> str:
        before, after = self._text[:start].lstrip(), self._text[self._at :].rstrip()
        whole = [f"{before}{_bind(parts, connectors, first)}{after}" for first in ("AND", "OR")]
        if max(map(len, whole)) > _READING_CHARS:
            turn = _first_turn(connectors)
            near = [_cut(part, _PART_CHARS) for part in parts[turn - 1 : turn + 2]]
            whole = [_bind(near, connectors[turn - 1 : turn + 1], first) for first in ("AND", "OR")]
        return f"AND mixed with OR means either {whole[0]}, or {whole[1]}"

    def _fault(self, at: int, sentence: str) -> BadRequest:
        return self._refusal(at, "invalid-filter", sentence)

    def _refusal(self, at: int, code: str, sentence: str) -> BadRequest:
        rest = self._text[at : at + _EXCERPT_CHARS + 1]
        excerpt = repr(_cut(rest, _EXCERPT_CHARS)) if rest else "the end"
        return BadRequest.parameter("filter", code, f"filter, character {at + 1} ({excerpt}): {sentence}.")


def _first_turn(connectors: list[Connector]) -> int:
    """Where the connectors change for the first time."""
    return next(index for index, connector in enumerate(connectors) if connector != connectors[0])


def _bind(parts: list[str], connectors: list[Connector], first: str) -> str:
    """Write the reading in which one connector binds before the other."""
    runs = [[parts[0]]]
    for connector, part in zip(connectors, parts[1:], strict=True):
        if connector == first:
            runs[-1].append(part)
        else:
            runs.append([part])
    groups = [f"({f' {first} '.join(run)})" if len(run) > 1 else run[0] for run in runs]
    return f" {'OR' if first == 'AND' else 'AND'} ".join(groups)


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[: chars - 3]}..."
