"""Turn the body of a request into its members, with every fault at its place. Knows no password from a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nuages.errors import BadRequest, Fault, LengthRequired, UnsupportedMediaType, suggest
from nuages.http.bodies import media_type, read_body
from nuages.http.request import Request
from nuages.parse.documents import MAX_SUGGESTED_CHARS, MAX_TOLD, sound
from nuages.parse.json_body import join_pointer, read_json
from nuages.parse.pairs import refuse_parameters

MAX_BODY_BYTES = 1 << 16
MAX_TEXT_CHARS = 4_096  # as Django once bounded passwords: hashing a longer one is work for nothing
_TYPE = "application/json"
_WORDS: dict[type, str] = {str: "a text", bool: "true or false", dict: "an object"}
Needed = tuple[str, ...] | Callable[[Mapping[str, Any]], tuple[str, ...]]


def has_body(request: Request) -> bool:
    """Whether a body comes with a request that may do without one."""
    has_length = (request.header("content-length") or "0").strip() != "0"
    return has_length or request.header("transfer-encoding") is not None


def read_members(request: Request, kinds: Mapping[str, type], required: Needed = ()) -> dict[str, Any]:
    """Read an object of texts, truths and objects.

    Shapes: `kinds` is `{"username": str, "cookie": bool}`, of every member that there may be; `required` are those that
        there must be, or says which they are in this document. What an object holds, its reader checks.
    Raises: Unprocessable with every fault; BadRequest, UnsupportedMediaType, LengthRequired, ContentTooLarge.
    """
    refuse_parameters(request.query)
    if media_type(request) != _TYPE:
        raise UnsupportedMediaType(f"Content-Type must be {_TYPE}.", headers=[("Accept", _TYPE)])
    if request.header("content-length") is None:
        raise LengthRequired("Say by Content-Length how long the body is: a cut one would look whole without it.")
    document = read_json(read_body(request, max_bytes=MAX_BODY_BYTES))
    if not isinstance(document, dict):
        raise BadRequest("The body must be a JSON object.", code="invalid-document")
    needed = required(document) if callable(required) else required
    faults = [fault for name in document if (fault := _fault(name, document[name], kinds))]
    missing = [Fault(join_pointer("", name), "required", f"{name} is missing.") for name in needed]
    faults += [fault for fault in missing if fault.pointer[1:] not in document]
    return sound(document, faults[:MAX_TOLD], None)


def _fault(name: str, value: Any, kinds: Mapping[str, type]) -> Fault | None:
    pointer = join_pointer("", name)
    if name not in kinds:
        hint = suggest(name, kinds) if len(name) <= MAX_SUGGESTED_CHARS else ""
        return Fault(pointer, "unknown-member", f"There is no member {pointer[1:]!r}. {hint}".strip())
    if type(value) is not kinds[name]:  # a number of JSON is read as a kind of text
        return Fault(pointer, "invalid-value", f"{name} must be {_WORDS[kinds[name]]}.")
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
        return Fault(pointer, "max-length", f"{name} has more than {MAX_TEXT_CHARS} characters.")
    return None
