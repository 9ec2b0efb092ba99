"""Turn a JSON Patch and the document that it speaks of into the document that comes of it. Knows no field.

The operations are python-json-patch's. Here stands what they do not do: numbers stay as they are spelled, copies are
bounded, and each failure is named and placed.
Source: RFC 6902; RFC 6901 for the pointers; RFC 5789 section 2.2 for the statuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from jsonpatch import JsonPatch, JsonPatchException, JsonPatchTestFailed, TestOperation
from jsonpointer import JsonPointer, JsonPointerException

from nuages.errors import BadRequest, Conflict, Fault, Problem, Unprocessable
from nuages.parse.json_body import MAX_DEPTH, Number, join_pointer
from nuages.parse.json_values import is_same
from nuages.parse.quoting import short

MAX_OPERATIONS = 1_000
# Copies of copies grow exponentially. A value weighs what it takes at least, so that a text of 1 MiB may be moved once.
MAX_MOVED_BYTES = 1 << 20
_VALUE_BYTES = 16
_MAX_TOLD = 100  # faults
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
_POINTERS = ("path", "from")


def apply_patch(patch: Any, document: Any) -> Any:
    """Apply a patch to a document, which it changes; gives what comes of it, which may be another one.

    Shapes: both as `read_json` gives them.
    Raises: BadRequest `invalid-patch` with every fault of the patch itself; of the first operation that cannot be done:
        Conflict `patch-test-failed`, Conflict `patch-path-missing`, Unprocessable `patch-too-large`. What has become of
        the document by then is of no use.
    """
    _demand_patch(patch)
    moved_bytes = 0
    for index, operation in enumerate(patch):
        pointer = join_pointer("", index)
        try:
            moved_bytes += _weigh(operation, document, pointer, MAX_MOVED_BYTES - moved_bytes)
            document = _Patch([operation]).apply(document, in_place=True)
        except JsonPatchTestFailed:
            raise _stands_against(operation, pointer, "patch-test-failed", "another value is there") from None
        except (JsonPatchException, JsonPointerException):
            raise _stands_against(operation, pointer, "patch-path-missing", "there is no such place") from None
    return document


class _Test(TestOperation):
    """A test that takes 1.0 for 1 and neither for "1", whatever numbers are kept as.

    Source: RFC 6902 section 4.6.
    """

    def apply(self, obj: Any) -> Any:
        try:
            found = self.pointer.resolve(obj)
        except JsonPointerException as error:
            raise JsonPatchTestFailed(str(error), op=self) from error
        if not is_same(found, self.operation["value"]):
            raise JsonPatchTestFailed("another value", op=self)
        return obj


class _Patch(JsonPatch):
    operations = MappingProxyType({**JsonPatch.operations, "test": _Test})


def _weigh(operation: Mapping[str, Any], document: Any, pointer: str, most_bytes: int) -> int:
    """Say what an operation moves about in the document, and refuse what would be too much, or too deep in the end."""
    is_moving = "from" in _MEMBERS[operation["op"]]
    if is_moving:
        value = JsonPointer(operation["from"]).resolve(document)
    elif operation["op"] in {"add", "replace"}:
        value = operation["value"]
    else:
        return 0
    size_bytes, depth = _measure(value, most_bytes if is_moving else None)
    if operation["path"].count("/") + depth > MAX_DEPTH:
        raise _too_large(pointer, f"nests the document more than {MAX_DEPTH} deep")
    if not is_moving:
        return 0
    if size_bytes > most_bytes:
        raise _too_large(pointer, f"is beyond the {MAX_MOVED_BYTES} bytes that one patch may copy and move")
    return size_bytes


def _measure(value: Any, most_bytes: int | None) -> tuple[int, int]:
    """How many bytes a value takes at least, and how deep it is; nothing is looked at beyond what is too much."""
    size_bytes = depth = 0
    level = [value]
    while level and depth <= MAX_DEPTH and (most_bytes is None or size_bytes <= most_bytes):
        below: list[Any] = []
        depth += any(isinstance(each, dict | list) for each in level)
        for each in level:
            size_bytes += _VALUE_BYTES + (len(each) if isinstance(each, str) else 0)
            if isinstance(each, dict):
                size_bytes += sum(map(len, each))
                below.extend(each.values())
            elif isinstance(each, list):
                below.extend(each)
        level = below
    return size_bytes, depth


def _demand_patch(patch: Any) -> None:
    if not isinstance(patch, list):
        raise BadRequest("A JSON Patch is a list of operations.", code="invalid-patch")
    if len(patch) > MAX_OPERATIONS:
        raise BadRequest(f"A JSON Patch has at most {MAX_OPERATIONS} operations.", code="invalid-patch")
    faults = [fault for index, each in enumerate(patch) for fault in _faults(each, join_pointer("", index))]
    if faults:
        detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} places in the patch are wrong."
        raise BadRequest(detail, faults=faults[:_MAX_TOLD], code="invalid-patch")


def _faults(operation: Any, pointer: str) -> Iterator[Fault]:
    """What is wrong with an operation, whatever the document; members that it has no use for are passed over."""
    if not isinstance(operation, dict):
        yield _fault(pointer, "An operation is an object.")
        return
    name = operation.get("op")
    members = _MEMBERS.get(name) if isinstance(name, str) else None
    if members is None:
        yield _fault(join_pointer(pointer, "op"), f"op is one of {', '.join(_MEMBERS)}.")
        return
    missing = [member for member in members if member not in operation]
    yield from (_fault(join_pointer(pointer, member), f"{member} is missing.") for member in missing)
    given = [member for member in members if member in _POINTERS and member not in missing]
    wrong = {member: sentence for member in given if (sentence := _pointer_mistake(operation[member]))}
    yield from (_fault(join_pointer(pointer, member), f"{member} {sentence}.") for member, sentence in wrong.items())
    if not missing and not wrong and (sentence := _mistake(operation)):
        yield _fault(join_pointer(pointer, "path"), sentence)


def _pointer_mistake(text: Any) -> str:
    if not isinstance(text, str) or isinstance(text, Number):
        return "must be a JSON pointer such as /tags/0"
    if text.count("/") > MAX_DEPTH:
        return f"has more than {MAX_DEPTH} steps"
    try:
        JsonPointer(text)
    except JsonPointerException:
        return "is no JSON pointer: it begins with /, and ~ is written as ~0"
    return ""


def _mistake(operation: Mapping[str, Any]) -> str:
    if operation["op"] == "remove" and not operation["path"]:
        return "The whole document cannot be removed: DELETE does that."
    if operation["op"] == "move" and operation["path"].startswith(f"{operation['from']}/"):
        return "Nothing can be moved into itself."
    return ""


def _fault(pointer: str, detail: str) -> Fault:
    return Fault(pointer, "invalid-patch", detail)


def _stands_against(operation: Mapping[str, Any], pointer: str, code: str, sentence: str) -> Problem:
    detail = f"{operation['op']} {short(operation['path'])}: {sentence}."
    return Conflict(detail, faults=[Fault(pointer, code, detail)], code=code)


def _too_large(pointer: str, sentence: str) -> Problem:
    detail = f"This operation {sentence}."
    return Unprocessable(detail, faults=[Fault(pointer, "patch-too-large", detail)], code="patch-too-large")
