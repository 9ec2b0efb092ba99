"""Create or change many members by one request: all of them or none, with every fault at its index."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nuages.change.references import reference_faults
from nuages.change.rows import demand_rows, locked
from nuages.errors import BadRequest, Fault, PreconditionRequired, Unprocessable
from nuages.http.preferences import wants_minimal
from nuages.http.response import Response
from nuages.operation import Write
from nuages.parse.children import Child
from nuages.parse.documents import sound
from nuages.parse.json_body import join_pointer
from nuages.writes.asked import Asked, judge_children
from nuages.writes.shown import CREATED, show_many

_MISSING = "There is no such member."


def is_bulk(asked: Asked[Write]) -> bool:
    """Whether a body holds many members: a list, or an object with nothing but items, where no member has such."""
    document = asked.document
    if isinstance(document, list):
        return True
    is_wrapped = isinstance(document, dict) and document.keys() == {"items"}
    return is_wrapped and not any(part.name == "items" for part in asked.operation.spec.writable)


def size_of(asked: Asked[Write]) -> int:
    """How many members a body that `is_bulk` brings, as far as so many are taken."""
    document = asked.document
    items = document if isinstance(document, list) else document.get("items") if isinstance(document, dict) else ()
    return min(len(items), asked.operation.spec.max_bulk) if isinstance(items, list) else 0


def create_many(asked: Asked[Write]) -> Response:
    """Make every member.

    Raises: Unprocessable with every fault; Problem of the first that a constraint stands against.
    """
    documents = [_read(asked, item, pointer) for pointer, item in _placed(asked)]
    _demand_sound(asked, documents)
    rows = [_at(asked, document, asked.operation.spec.declared.create) for document, _ in documents]
    return _answer(asked, rows, CREATED)


def merge_many(asked: Asked[Write]) -> Response:
    """Merge every document into the member that its key names.

    Raises: as `create_many`; Unprocessable `no-such-row` for a key of no member that may be read; PreconditionRequired
        where each change must say which state it means, which one request for many cannot.
    """
    if asked.operation.spec.requires_match:
        raise PreconditionRequired("Change these members one at a time, each with If-Match.")
    documents = [_read(asked, item, pointer, is_patch=True) for pointer, item in _placed(asked)]
    _demand_sound(asked, documents)
    there = _locked(asked, [document for document, _ in documents])
    rows = [there[document.key] for document, _ in documents]
    for row, (document, _) in zip(rows, documents, strict=True):
        _at(asked, document, partial(asked.operation.spec.declared.merge, row))
    return _answer(asked, rows, 200)


def _placed(asked: Asked[Write]) -> list[tuple[str, Any]]:
    asked.progress.pointer = ""  # a change that is run again begins anew
    document, most = asked.document, asked.operation.spec.max_bulk
    items, top = (document, "") if isinstance(document, list) else (document.get("items"), "/items")
    if not isinstance(items, list):
        raise BadRequest("The body must be a list of members.", code="invalid-document")
    if not most or len(items) > most:
        said = f"at most {most} members" if most else "one member"
        raise BadRequest(f"One request takes {said} here.", code="too-many-members")
    return [(join_pointer(top, index), item) for index, item in enumerate(items)]


def _read(asked: Asked[Write], item: Any, pointer: str, *, is_patch: bool = False) -> tuple[Child, list[Fault]]:
    if not isinstance(item, dict):
        return Child(None, {}, pointer), [Fault(pointer, "invalid-value", "This must be an object.")]
    key, faults = _key(asked, item, pointer) if is_patch else (None, [])
    rest = {name: value for name, value in item.items() if not is_patch or name != _key_name(asked)}
    values, own = asked.operation.documents.read(rest, {}, "patch" if is_patch else "new")
    return Child(key, values, pointer), [*faults, *(Fault(pointer + f.pointer, f.code, f.detail) for f in own)]


def _key_name(asked: Asked[Write]) -> str:
    return asked.operation.spec.key[0].name


def _key(asked: Asked[Write], item: dict[str, Any], pointer: str) -> tuple[Any, list[Fault]]:
    name = _key_name(asked)
    place = join_pointer(pointer, name)
    if len(asked.operation.spec.key) > 1:
        raise BadRequest("Members with a key of several parts are changed one at a time.", code="invalid-document")
    given = item.get(name)
    if given is None:
        return None, [Fault(place, "required", f"{name} is missing.")]
    try:
        if not isinstance(given, str):  # a text or a Number
            raise ValueError("is no key")
        return asked.operation.detail.read_key(given)[0], []
    except ValueError as error:
        return None, [Fault(place, "invalid-value", f"{name} {error}.")]


def _demand_sound(asked: Asked[Write], documents: list[tuple[Child, list[Fault]]]) -> None:
    """References of all members are looked for in one statement, as those of one document are."""
    keys = [document.key for document, _ in documents if document.key is not None]
    if len(set(keys)) < len(keys):
        raise BadRequest("A member is named twice.", code="invalid-document")
    faults = [fault for _, own in documents for fault in own]
    given = [(document.pointer, document.values) for document, _ in documents]
    sound({}, faults, lambda _: reference_faults(asked.operation.spec.writable, given, asked.sight.rows))


def _locked(asked: Asked[Write], children: list[Child]) -> dict[Any, Any]:
    spec, keys = asked.operation.spec, [child.key for child in children]
    column = spec.key[0]
    seen = asked.sight.rows(spec.model, spec.name).filter(**{f"{column.lookup}__in": keys})
    there = {getattr(row, column.attname): row for row in locked(seen.order_by("pk"))}
    missing = [child for child in children if child.key not in there]
    if missing:
        faults = [Fault(join_pointer(child.pointer, column.name), "no-such-row", _MISSING) for child in missing]
        raise Unprocessable(_MISSING, faults=faults, code="no-such-row")
    demand_rows(list(there.values()), asked.verdict, asked.refuse, asked.connection.alias)
    return there


def _at(asked: Asked[Write], document: Child, change: Callable[..., Any]) -> Any:
    """Make one change; what stands against it is blamed on its place, once it has been taken back."""
    asked.progress.pointer = document.pointer
    made = change(judge_children(asked, document.values), asked.principal)
    asked.progress.pointer = ""
    return made


def _answer(asked: Asked[Write], rows: list[Any], status: int) -> Response:
    """Show what was made or changed, in the order of the request."""
    demand_rows(rows, asked.verdict, asked.refuse, asked.connection.alias)
    if wants_minimal(asked.request.header("prefer")):
        return Response(status if status == CREATED else 204, headers=[("Preference-Applied", "return=minimal")])
    return Response.json(b'{"items":[' + b",".join(show_many(asked, rows)) + b"]}", status=status)
