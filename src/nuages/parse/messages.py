"""Turn what msgspec says is wrong into a fault: the place as a JSON pointer, a stable code, a sentence."""

from __future__ import annotations

import re

import msgspec

from nuages.errors import Fault
from nuages.parse.json_body import join_pointer

MAX_SENTENCE_CHARS = 200  # some of it the client's own
_PLACE = re.compile(r" - at (?:`key` in )?`\$(.*)`\Z", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "datetime": "a timestamp such as 2024-05-31T12:00:00Z",
    "date": "a date such as 2024-05-31",
    "time": "a time such as 09:30:00",
    "duration": "a duration such as P3DT4H",
    "uuid": "a UUID",
    "bytes": "bytes in base64",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_INVALID = {
    "RFC3339 encoded datetime": "datetime",
    "RFC3339 encoded date": "date",
    "RFC3339 encoded time": "time",
    "ISO8601 duration": "duration",
    "UUID": "uuid",
    "base64 encoded string": "bytes",
}
_BOUND = re.compile(r"Expected `\w+` (of length )?(>=|<=|>|<|==)? ?([-+.\w]+)\Z")
_GOT = re.compile(r"Expected `([\w| ]+)`(?:, got `\w+`)?\Z")
_CODES = {">": "min", ">=": "min", "<": "max", "<=": "max"}
_WORDS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "==": "exactly", "": "exactly"}


def fault_of(error: msgspec.ValidationError, pointer: str = "") -> Fault:
    """Say what is wrong, and where: below a pointer, where msgspec leads further.

    Shapes: the code is "invalid-value", "invalid-choice", or that of a bound: "min-value", "max-length", ...
    """
    text = str(error)
    found = _PLACE.search(text)
    place = pointer + "".join(
        [join_pointer("", name or index) for name, index in _STEP.findall(found[1])] if found else []
    )
    code, sentence = _read(_PLACE.sub("", text))
    name = place.rpartition("/")[2] or "The body"
    return Fault(place, code, f"{name} {sentence[:MAX_SENTENCE_CHARS]}.")


def _read(text: str) -> tuple[str, str]:
    bound = _BOUND.match(text)
    if bound is not None:
        sign, number = bound[2] or "", bound[3]
        code = f"{_CODES.get(sign, 'exact')}-{'length' if bound[1] else 'value'}"
        return code, f"must {'have a length of' if bound[1] else 'be'} {_WORDS[sign]} {number}"
    if text.startswith("Invalid enum value"):
        return "invalid-choice", "is none of the values that there are"
    if " matching regex " in text:
        return "invalid-value", f"must match {text.partition(' matching regex ')[2]}"
    got = _GOT.match(text)
    if got is not None:
        return "invalid-value", f"must be {' or '.join(_NAMES.get(name, name) for name in got[1].split(' | '))}"
    kind = _INVALID.get(text.removeprefix("Invalid "))
    return "invalid-value", f"must be {_NAMES[kind]}" if kind else f"is not right: {text.replace('`', '')}"
