"""The way of a change, on one page: permit, decode, lock, compare, check, apply, read back; one transaction.

What each step does is its room's; this page alone knows their order. What is answered is said here, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import DataError, IntegrityError, connections, router
from django.db.models import Q

from nuages.change.conflicts import problem_of_change
from nuages.change.direct import fill, has_receivers
from nuages.change.idempotency import Answer, answer_once, digest, read_key
from nuages.change.references import reference_faults
from nuages.change.rows import Sight, demand_row, lock_row
from nuages.change.transactions import run_change
from nuages.configuration import max_body_bytes
from nuages.errors import Fault, NotFound, PreconditionFailed, PreconditionRequired, Problem, UnsupportedMediaType
from nuages.execute.run import execute, execute_once
from nuages.http.bodies import media_type, read_body
from nuages.http.conditional import etag_of, match_tags
from nuages.http.preferences import wants_minimal
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.operation import Write
from nuages.parse.json_body import read_json
from nuages.parse.pairs import refuse_parameters
from nuages.permit.access import refusal
from nuages.permit.rules import Verdict
from nuages.plan.cache import PlanCache
from nuages.plan.inserts import compile_insert
from nuages.preparation import guard_resource, prepare_detail
from nuages.respond.links import safe_path

_CREATED = 201
_REPEATED = ("create", "merge")  # the others may be repeated as they are
MERGE_PATCH = "application/merge-patch+json"
_TYPES = {
    "create": ("application/json",),
    "replace": ("application/json",),
    "merge": (MERGE_PATCH, "application/json"),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One change: who asks what of which member. `verdict` is the rule's, `key` the text in the path."""

    operation: Write
    request: Request
    principal: Principal
    verdict: Verdict
    key: str
    document: Any
    plans: PlanCache
    connection: Any


def write(operation: Write, request: Request, principal: Principal, key: str, plans: PlanCache) -> Response:
    """Answer a request that changes something.

    Raises: the Problem of whatever stands against it; nothing is stored then.
    """
    verdict = operation.rule(principal)
    if verdict is False:
        raise refusal(principal)
    refuse_parameters(request.query)
    key_of_request = read_key(request.header("idempotency-key")) if operation.kind in _REPEATED else None
    raw = _read(operation, request)
    document = read_json(raw) if raw is not None else None
    connection = connections[router.db_for_write(operation.spec.model)]
    asked = _Asked(operation, request, principal, verdict, key, document, plans, connection)
    change = _CHANGES[operation.kind]
    if key_of_request is not None:
        change = _once(change, key_of_request, raw or b"")
    elif (made := _create_directly(asked)) is not None:
        return made
    try:
        return run_change(connection, lambda: change(asked))
    except Problem:
        raise
    except Exception as error:
        problem = problem_of_change(error, operation.spec.model, operation.spec.writable)
        if problem is None:
            raise
        raise problem from error


def _once(change: Callable[[_Asked], Response], key: str, raw: bytes) -> Callable[[_Asked], Response]:
    """The same change, answered as before where the request has come before."""

    def answer(asked: _Asked) -> Response:
        request, user = asked.request, asked.principal.user
        scope = digest(request.method, request.prefix + request.path, request.query, str(user.pk) if user else "")
        fingerprint = digest(raw, request.header("content-type") or "", request.header("prefer") or "")

        def make() -> Answer:
            response = change(asked)
            return Answer(response.status, response.headers, response.body)

        given, is_repeated = answer_once(asked.connection, key, scope=scope, fingerprint=fingerprint, change=make)
        again = [("Idempotency-Replayed", "true")] if is_repeated else []
        return Response(given.status, given.body, [*given.headers, *again])

    return answer


def _read(operation: Write, request: Request) -> bytes | None:
    types = _TYPES.get(operation.kind)
    if types is None:
        return None
    if media_type(request) not in types:
        names = " or ".join(types)
        header = ("Accept-Patch" if operation.kind == "merge" else "Accept", ", ".join(types))
        raise UnsupportedMediaType(f"Content-Type must be {names}.", headers=[header])
    return read_body(request, max_bytes=max_body_bytes())


def _create_directly(asked: _Asked) -> Response | None:
    """Make a row by one statement, where that is all there is to it; None where it is not, or was refused.

    What the database refuses is asked again the long way, which finds out why.
    """
    operation, connection = asked.operation, asked.connection
    spec, columns = operation.spec, operation.direct
    if (
        operation.kind != "create"
        or columns is None
        or asked.verdict is not True
        or connection.in_atomic_block
        or has_receivers(spec.model)
    ):
        return None
    values = operation.documents.whole(asked.document, is_new=True)
    if any(part.many and values.get(part.name) for part in spec.writable):
        return None
    fields, prepared = fill(columns, values, connection)
    shape = ("insert", spec.name, connection.alias, tuple([field.column for field in fields]))
    insert = asked.plans.get(shape, lambda: compile_insert(spec, fields, connection))
    try:
        result = execute_once(connection, insert.statement.text, insert.statement.bind(prepared))
    except (IntegrityError, DataError):
        return None
    key = ",".join([str(c.field.to_python(raw)) for c, raw in zip(spec.key, result.place(0), strict=True)])
    if not insert.is_shown:
        return _answer(asked, key, _CREATED, [_location(asked, key)])
    body = insert.finish(result.documents[0]) if insert.finish else result.documents[0]
    return _show_changed(asked, body, _CREATED, [_location(asked, key)])


def _create(asked: _Asked) -> Response:
    spec = asked.operation.spec
    values = asked.operation.documents.whole(asked.document, is_new=True, look=_looking(asked))
    row = spec.declared.create(values, asked.principal)
    demand_row(row, asked.verdict, asked.principal, asked.connection.alias)
    key = _key_text(asked, row)
    return _answer(asked, key, _CREATED, [_location(asked, key)])


def _location(asked: _Asked, key: str) -> tuple[str, str]:
    return "Location", safe_path(f"{asked.request.prefix}/{asked.operation.spec.name}/{key}")


def _replace(asked: _Asked) -> Response:
    row, current = _found(asked)
    documents = asked.operation.documents
    values = documents.whole(asked.document, is_new=False, current=current, look=_looking(asked))
    return _update(asked, row, values, asked.operation.spec.declared.replace)


def _merge(asked: _Asked) -> Response:
    row, current = _found(asked)
    values = asked.operation.documents.merge(asked.document, current, _looking(asked))
    return _update(asked, row, values, asked.operation.spec.declared.merge)


def _update(asked: _Asked, row: Any, values: dict[str, Any], change: Callable[..., None]) -> Response:
    change(row, values, asked.principal)
    demand_row(row, asked.verdict, asked.principal, asked.connection.alias)
    return _answer(asked, _key_text(asked, row), 200, [])


def _delete(asked: _Asked) -> Response:
    row, _ = _found(asked)
    asked.operation.spec.declared.delete(row, asked.principal)
    return Response(204)


_CHANGES: dict[str, Callable[[_Asked], Response]] = {
    "create": _create,
    "replace": _replace,
    "merge": _merge,
    "delete": _delete,
}


def _found(asked: _Asked) -> tuple[Any, dict[str, Any]]:
    """Lock the member, and compare it with what the client believes; gives what it shows, where that is needed.

    Raises: NotFound, NotAllowed; PreconditionFailed, PreconditionRequired.
    Source: RFC 9110 section 13.2.2; RFC 6585 section 3.
    """
    operation, request = asked.operation, asked.request
    row = lock_row(
        _sight(asked).rows(operation.spec.model, operation.spec.name), _key(asked), asked.verdict, asked.principal
    )
    wanted, unwanted = request.header("if-match"), request.header("if-none-match")
    if wanted is None and operation.spec.requires_match:
        raise PreconditionRequired("Say by If-Match which state of the member this changes.")
    is_repeated = operation.documents.unwritable(asked.document)
    if wanted is None and unwanted is None and not is_repeated:
        return row, {}
    body = _show(asked, _key_text(asked, row)) or b""
    etag = etag_of(body) if body else ""
    if wanted is not None and not match_tags(wanted, etag, weak=False):
        raise PreconditionFailed("The member is not in the state that If-Match names.")
    if unwanted is not None and match_tags(unwanted, etag, weak=True):
        raise PreconditionFailed("The member is in a state that If-None-Match excludes.")
    return row, read_json(body) if is_repeated and body else {}


def _key(asked: _Asked) -> Q:
    operation = asked.operation
    try:
        values = operation.detail.read_key(asked.key)
    except ValueError:
        raise NotFound("There is no such member.") from None
    return Q(**{column.lookup: value for column, value in zip(operation.spec.key, values, strict=True)})


def _key_text(asked: _Asked, row: Any) -> str:
    return ",".join([str(getattr(row, column.attname)) for column in asked.operation.spec.key])


def _sight(asked: _Asked) -> Sight:
    return Sight(asked.operation.gates, asked.principal, asked.connection.alias)


def _looking(asked: _Asked) -> Callable[[dict[str, Any]], list[Fault]]:
    return lambda values: reference_faults(asked.operation.spec.writable, values, _sight(asked).rows)


def _answer(asked: _Asked, key: str, status: int, headers: list[tuple[str, str]]) -> Response:
    """Show the member as reading shows it, unless the client has no use for it, or may not read it."""
    is_minimal = wants_minimal(asked.request.header("prefer"))
    return _show_changed(asked, None if is_minimal else _show(asked, key), status, headers)


def _show_changed(asked: _Asked, body: bytes | None, status: int, headers: list[tuple[str, str]]) -> Response:
    if wants_minimal(asked.request.header("prefer")):
        body, headers = None, [*headers, ("Preference-Applied", "return=minimal")]
    if body is None:
        return Response(status if status == _CREATED else 204, headers=headers)
    response = Response.json(body, status=status)
    response.headers.extend([*headers, ("ETag", etag_of(body))])
    return response


def _show(asked: _Asked, key: str) -> bytes | None:
    """Read a member through the plan of its own URL, on the connection of the change; None where it may not be read."""
    detail = asked.operation.detail
    try:
        own = guard_resource(detail, asked.principal)
    except Problem:
        return None
    read = prepare_detail(
        detail,
        detail.questions.read_selection(""),
        key,
        own,
        principal=asked.principal,
        plans=asked.plans,
        connection=asked.connection,
    )
    statement = read.plan.statement
    result = execute(read.connection, statement.text, statement.bind(read.values))
    if not result.documents:
        return None
    return read.plan.finish(result.documents[0]) if read.plan.finish else result.documents[0]
