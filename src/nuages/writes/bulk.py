"""Create or change many members by one request: all of them or none, with every fault at its index."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from nuages.change.conflicts import problem_of_change
from nuages.change.references import reference_faults
from nuages.declare.spec import Owned, Writable
from nuages.errors import BadRequest, Fault, Problem, Unprocessable
from nuages.http.preferences import wants_minimal
from nuages.http.response import Response
from nuages.parse.children import Child, Children
from nuages.parse.documents import sound
from nuages.parse.json_body import join_pointer
from nuages.permit.access import refusal
from nuages.plan.guards import restrict
from nuages.writes.asked import Asked, judge_children, sight_of
from nuages.writes.shown import CREATED, show_many

_MISSING = "There is no such member."


def is_bulk(asked: Asked) -> bool:
    """Whether a body holds many members: a list, or an object with nothing but a list of items."""
    document = asked.document
    return isinstance(document, list) or (isinstance(document, dict) and document.keys() == {"items"})


def create_many(asked: Asked) -> Response:
    """Make every member.

    Raises: Unprocessable with every fault; Problem of the first that a constraint stands against.
    """
    placed = _placed(asked)
    children = [_read(asked, item, pointer) for pointer, item in placed]
    _demand_sound(asked, children)
    declared, rows = asked.operation.spec.declared, []
    for child, _ in children:
        values = judge_children(asked, child.values)
        rows.append(_at(asked, child.pointer, lambda given=values: declared.create(given, asked.principal)))
    return _answer(asked, rows, CREATED)


def merge_many(asked: Asked) -> Response:
    """Merge every document into the member that its key names.

    Raises: as `create_many`; Unprocessable `no-such-row` for a key of no member that may be read.
    """
    children = [_read(asked, item, pointer, is_patch=True) for pointer, item in _placed(asked)]
    _demand_sound(asked, children)
    there = _locked(asked, [child for child, _ in children])
    declared = asked.operation.spec.declared
    for child, _ in children:
        row, values = there[child.key], judge_children(asked, child.values)
        _at(asked, child.pointer, lambda row=row, given=values: declared.merge(row, given, asked.principal))
    return _answer(asked, [there[child.key] for child, _ in children], 200)


def _placed(asked: Asked) -> list[tuple[str, Any]]:
    document, most = asked.document, asked.operation.spec.max_bulk
    items, top = (document, "") if isinstance(document, list) else (document.get("items"), "/items")
    if not isinstance(items, list):
        raise BadRequest("The body must be a list of members.", code="invalid-document")
    if not most or len(items) > most:
        said = f"at most {most} members" if most else "one member"
        raise BadRequest(f"One request takes {said} here.", code="too-many-members")
    return [(join_pointer(top, index), item) for index, item in enumerate(items)]


def _read(asked: Asked, item: Any, pointer: str, *, is_patch: bool = False) -> tuple[Child, list[Fault]]:
    if not isinstance(item, dict):
        return Child(None, {}, pointer), [Fault(pointer, "invalid-value", "This must be an object.")]
    key, faults = _key(asked, item, pointer) if is_patch else (None, [])
    rest = {name: value for name, value in item.items() if not is_patch or name != _key_name(asked)}
    values, own = asked.operation.documents.read(rest, {}, is_new=not is_patch, is_patch=is_patch)
    return Child(key, values, pointer), [*faults, *(Fault(pointer + f.pointer, f.code, f.detail) for f in own)]


def _key_name(asked: Asked) -> str:
    return asked.operation.spec.key[0].name


def _key(asked: Asked, item: dict[str, Any], pointer: str) -> tuple[Any, list[Fault]]:
    name = _key_name(asked)
    place = join_pointer(pointer, name)
    if len(asked.operation.spec.key) > 1:
        raise BadRequest("Members with a key of several parts are changed one at a time.", code="invalid-document")
    if item.get(name) is None:
        return None, [Fault(place, "required", f"{name} is missing.")]
    try:
        return asked.operation.detail.read_key(str(item[name]))[0], []
    except ValueError as error:
        return None, [Fault(place, "invalid-value", f"{name} {error}.")]


def _demand_sound(asked: Asked, children: list[tuple[Child, list[Fault]]]) -> None:
    """References of all members are looked for in one statement, as those of one document are."""
    faults = [fault for _, own in children for fault in own]
    keys = [child.key for child, _ in children if child.key is not None]
    if len(set(keys)) < len(keys):
        raise BadRequest("A member is named twice.", code="invalid-document")
    spec, top = asked.operation.spec, ""
    owned = Owned(spec.model, None, "", None, spec.writable, (), None)  # type: ignore[arg-type]  # read as a list alone
    whole = Writable(top, top, None, "", nullable=False, is_optional=True, has_default=False, own=None, children=owned)
    rows = Children([child for child, _ in children], replaces=False)
    sound({}, faults, lambda _: reference_faults([whole], {top: rows}, sight_of(asked).rows))


def _locked(asked: Asked, children: list[Child]) -> dict[Any, Any]:
    spec, keys = asked.operation.spec, [child.key for child in children]
    column = spec.key[0]
    seen = sight_of(asked).rows(spec.model, spec.name).filter(**{f"{column.lookup}__in": keys})
    there = {getattr(row, column.attname): row for row in seen.order_by("pk").select_for_update()}
    missing = [child for child in children if child.key not in there]
    if missing:
        faults = [Fault(join_pointer(child.pointer, column.name), "no-such-row", _MISSING) for child in missing]
        raise Unprocessable(_MISSING, faults=faults, code="no-such-row")
    _demand_allowed(asked, list(there.values()))
    return there


def _demand_allowed(asked: Asked, rows: list[Any]) -> None:
    if isinstance(asked.verdict, Q):
        model = asked.operation.spec.model
        mine = model._base_manager.using(asked.connection.alias).filter(pk__in=[row.pk for row in rows])
        if restrict(mine, asked.verdict).count() < len(rows):
            raise refusal(asked.principal)


def _at(asked: Asked, pointer: str, change: Any) -> Any:
    """Make one change; what stands against it is blamed on its place."""
    spec = asked.operation.spec
    try:
        return change()
    except Exception as error:
        problem = error if isinstance(error, Problem) else problem_of_change(error, spec.model, spec.writable)
        if problem is None:
            raise
        faults = [Fault(pointer + f.pointer, f.code, f.detail) for f in problem.faults] or [
            Fault(pointer, problem.code, problem.detail)
        ]
        raise type(problem)(problem.detail, faults=faults, headers=problem.headers, code=problem.code) from error


def _answer(asked: Asked, rows: list[Any], status: int) -> Response:
    """Show what was made or changed, in the order of the request."""
    _demand_allowed(asked, rows)
    if wants_minimal(asked.request.header("prefer")):
        return Response(status if status == CREATED else 204, headers=[("Preference-Applied", "return=minimal")])
    return Response.json(b'{"items":[' + b",".join(show_many(asked, rows)) + b"]}", status=status)
