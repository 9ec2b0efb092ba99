"""Turn the bytes of a JSON body into Python values, strictly and at bounded cost. Knows no field and no Content-Type.

What two readers of one text might understand differently is refused: a name twice, NaN, half a character.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from nuages.errors import BadRequest, Fault

MAX_DEPTH = 64  # RFC 8259 section 9 lets us choose; Python's own limit is some 300 at the depth of a request
MAX_NUMBER_CHARS = 64  # more than any numeric column holds; int() of 5,000 digits fails
MAX_STEP_CHARS = 60
_BOM = b"\xef\xbb\xbf"
# Up to the next brackets outside strings, or to the end. It always matches, so that nothing is looked at twice.
_TO_BRACKETS = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}][\[\]{},]*+|\Z)', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_NO_TEXT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class Number(str):
    """A number, in the very characters of the body: `12.50` stays 12.50."""

    __slots__ = ()

    def __deepcopy__(self, memo: Any) -> Number:
        """Nothing of it can change; copying it letter by letter takes ten times as long."""
        return self


class _Wrong:
    """Stands where something is wrong until the whole is read, since only then its place is known."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


def read_json(raw: bytes) -> Any:
    """Read a body.

    Shapes: dict, list, str, Number, bool and None; `b'{"price": 12.50}'` is `{"price": Number("12.50")}`.
    Raises: BadRequest invalid-json that names a line and column, or a JSON pointer.
    Source: RFC 8259; RFC 7493 (I-JSON) section 2 for names given twice and for surrogates.
    """
    text = _decode(raw)
    try:
        _check_depth(text)
        reader = _Reader()
        value = reader.decode(text)
        # Raw ones are refused before: they can come out of an escape only.
        if reader.has_wrong or _ESCAPED_NO_TEXT.search(text):
            _check(value, "")
    except json.JSONDecodeError as error:
        reason = error.msg.removesuffix(" starting at").removesuffix(" at")
        raise _refusal_at(text, error.pos, f"{reason[:1].lower()}{reason[1:]}") from None
    except RecursionError:
        raise _refusal("", "The body is nested too deep to be read.") from None
    return value


def read_shown(raw: bytes) -> Any:
    """Read what this server shows: whatever is stored, as it is, with its numbers in their very characters.

    Shapes: as of `read_json`, but what that refuses may be here, stored by others. No bytes are an empty object.
    Raises: BadRequest for what is nested too deep to be read at all.
    """
    try:
        return json.loads(raw, parse_float=Number, parse_int=Number) if raw else {}
    except RecursionError:
        raise _refusal("", "What is stored is nested too deep to be changed in part.") from None


def join_pointer(pointer: str, step: str | int) -> str:
    """Lead a JSON pointer one step further; a long step is cut.

    Shapes: `join_pointer("/filter", "a/b")` is `"/filter/a~1b"`.
    Source: RFC 6901 section 3.
    """
    text = str(step)
    short = text if len(text) <= MAX_STEP_CHARS else f"{text[: MAX_STEP_CHARS - 3]}..."
    return f"{pointer}/{short.replace('~', '~0').replace('/', '~1')}"


class _Reader:
    """Decodes one text with the standard library, whose hooks know no place."""

    def __init__(self) -> None:
        self.has_wrong = False

    def decode(self, text: str) -> Any:
        return json.loads(
            text,
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
            parse_int=self._number,
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Wrong:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        times = Counter([name for name, _ in pairs])
        twice = next(name for name in times if times[name] > 1)
        return self._wrong(f"the name {_short(twice)} stands twice in one object")

    def _constant(self, text: str) -> _Wrong:
        return self._wrong(f"{text} is no number of JSON")

    def _float(self, text: str) -> Number | _Wrong:
        if len(text) <= MAX_NUMBER_CHARS and math.isinf(float(text)):
            return self._wrong(f"the number {text} is too large")
        return self._number(text)

    def _number(self, text: str) -> Number | _Wrong:
        if len(text) > MAX_NUMBER_CHARS:
            return self._wrong(f"a number has at most {MAX_NUMBER_CHARS} characters, not {len(text)}")
        return Number(text)

    def _wrong(self, sentence: str) -> _Wrong:
        self.has_wrong = True
        return _Wrong(sentence)


def _decode(raw: bytes) -> str:
    if raw.startswith(_BOM):
        raise _refusal_at("", 0, "a byte order mark is no JSON")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        read = raw[: error.start].decode("utf-8")
        raise _refusal_at(read, len(read), f"the byte 0x{raw[error.start]:02x} is no UTF-8 text") from None


def _check_depth(text: str) -> None:
    """Refuse deep nesting before anything is built, so that it costs nothing."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for found in _TO_BRACKETS.finditer(text):
        for at, char in enumerate(found[1], found.start(1)):
            depth += _STEPS.get(char, 0)
            if depth > MAX_DEPTH:
                raise _refusal_at(text, at, f"the body is nested more than {MAX_DEPTH} deep")


def _check(value: Any, pointer: str) -> None:
    """Find what is wrong, and where."""
    if isinstance(value, _Wrong):
        _blame(pointer, value.sentence)
    if isinstance(value, str) and _NO_TEXT.search(value):
        _blame(pointer, "a text holds a NUL character or half of a surrogate pair")
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, join_pointer(pointer, index))
    if isinstance(value, dict):
        for name, item in value.items():
            if _NO_TEXT.search(name):
                _blame(pointer, f"the name {_short(name)} holds a NUL character or half of a surrogate pair")
            _check(item, join_pointer(pointer, name))


def _blame(pointer: str, sentence: str) -> NoReturn:
    raise _refusal(pointer, f"The body is no acceptable JSON at {pointer or 'its top'}: {sentence}.")


def _refusal_at(text: str, at: int, sentence: str) -> BadRequest:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return _refusal("", f"The body is no acceptable JSON at line {line}, column {column}: {sentence}.")


def _refusal(pointer: str, detail: str) -> BadRequest:
    return BadRequest(detail, faults=[Fault(pointer, "invalid-json", detail)], code="invalid-json")


def _short(name: str) -> str:
    return repr(name if len(name) <= MAX_STEP_CHARS else f"{name[: MAX_STEP_CHARS - 3]}...")
