"""Turn the body of a QUERY into the same pairs that a query string gives. Reads no socket."""

from __future__ import annotations

from typing import Any, TypeAlias

from nuages.errors import BadRequest, Fault, UnsupportedMediaType
from nuages.parse.json_body import Number, join_pointer, read_json
from nuages.parse.pairs import read_pairs

MAX_BODY_BYTES = 65_536
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TYPES = f"{JSON}, {FORM}"
_LISTS = ("fields", "include", "order", "group", "aggregate")
_PLACES = ("cursor", "offset", "page")

Pairs: TypeAlias = list[tuple[str, Any]]


def read_question(media_type: str, raw: bytes) -> Pairs:
    """Read a question.

    Shapes: an object whose members are named as the parameters are, `{"price__gte": 10, "tags__name": ["a", "b"],
        "filter": {...}, "order": "-price"}`; or a form, which is a query string.
    Raises: BadRequest with a pointer; UnsupportedMediaType for any other type.
    Source: draft-ietf-httpbis-safe-method-w-body, section 3 (Accept-Query).
    """
    if media_type == JSON:
        return [pair for name, value in _object(raw).items() for pair in _pairs(name, value)]
    if media_type == FORM:
        return list(read_pairs(raw.decode("latin-1")))
    detail = f"A question is {JSON} or {FORM}."
    raise UnsupportedMediaType(detail, headers=[("Accept-Query", TYPES)])


def merge(query: Pairs, body: Pairs) -> Pairs:
    """Join what the URL and the body ask; the place is the URL's, which a link of an earlier page has set."""
    if not any(name in _PLACES for name, _ in query):
        return [*query, *body]
    return [*query, *(pair for pair in body if pair[0] not in _PLACES)]


def _object(raw: bytes) -> dict[str, Any]:
    found = read_json(raw)
    if not isinstance(found, dict):
        raise _refuse("", "A question is an object.")
    return found


def _pairs(name: str, value: Any) -> Pairs:
    if name == "filter":
        return [(name, value)]
    pointer = join_pointer("", name)
    if value == []:
        raise _refuse(pointer, f"{pointer}: an empty list asks for nothing. Leave it out.")
    if name in _LISTS and isinstance(value, list):
        return [(name, ",".join([_text(pointer, each) for each in value]))]
    return [(name, _text(pointer, each)) for each in (value if isinstance(value, list) else [value])]


def _text(pointer: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | Number):
        return str(value)
    raise _refuse(pointer, f"{pointer}: a parameter is a text, a number, true or false, or a list of them.")


def _refuse(pointer: str, detail: str) -> BadRequest:
    return BadRequest(detail, faults=[Fault(pointer, "invalid-parameter", detail)], code="invalid-parameter")
