"""The way of an action, on one page: permit, read, find the member, call the author's function, tell what it answered.

What changes something is one transaction, run again where the database gave way; a GET is none.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from django.db import connections, router
from django.db.models import Q

from nuages.answers import validated
from nuages.change.idempotency import read_key
from nuages.change.rows import Sight, find_row
from nuages.change.transactions import run_change
from nuages.execute.run import connection_for
from nuages.failures import Failures
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.job_answers.owners import demand_owner
from nuages.operation import Action, seen_by
from nuages.parse.received import receive_json
from nuages.permit.refusals import refusal
from nuages.permit.rules import Verdict
from nuages.plan.cache import PlanCache
from nuages.writes.asked import Asked, Progress, key_of, key_text
from nuages.writes.body import Body
from nuages.writes.locked import lock_member
from nuages.writes.repeated import answered_once
from nuages.writes.settled import settled
from nuages.writes.shown import answer, location, show

_REPEATED = ("POST", "PATCH")  # the others may be repeated as they are


def act(
    operation: Action, request: Request, principal: Principal, key: str, *, plans: PlanCache, failures: Failures
) -> Response:
    """Answer a request for an action.

    Raises: the Problem of whatever stands against it; nothing is stored then.
    """
    verdict = _judge(operation, principal)
    if operation.job is not None:
        demand_owner(principal)
    operation = replace(operation, detail=seen_by(operation.detail, principal))
    arguments = operation.arguments.read(request.query)
    is_safe = operation.action.method == "GET"
    is_repeated = operation.action.method in _REPEATED or operation.job is not None
    header = request.header("idempotency-key") if is_repeated else None
    key_of_request = read_key(header)
    raw = receive_json(request) if operation.body is not None else None
    model = operation.spec.model
    connection = connection_for(model) if is_safe else connections[router.db_for_write(model)]
    sight = Sight(operation.gates, principal, connection.alias)
    document = arguments if raw is None else raw
    asked = Asked(operation, request, principal, verdict, key, document, plans, connection, sight, Progress())
    if is_safe:
        return validated(request, settled(asked, (), lambda: _call(asked), failures), None)
    run = _call if operation.job is None else operation.job
    change = run if key_of_request is None else answered_once(run, key_of_request, request, Body(None, raw or b""))
    return settled(asked, operation.parts, partial(run_change, connection, lambda: change(asked)), failures)


def _judge(operation: Action, principal: Principal) -> Verdict:
    verdict = operation.rule(principal)
    if verdict is False:
        raise refusal(principal, operation.rule)
    if isinstance(verdict, Q) and not operation.action.is_detail:
        raise TypeError(f"The rule of {operation.action.place} answered a Q, and no row is in the action's URL.")
    return verdict


def _call(asked: Asked[Action]) -> Response:
    """Find the member, read the body, call the function: anew in each attempt, since it may change what it gets."""
    operation, signature = asked.operation, asked.operation.signature
    given: dict[str, Any] = {}
    if signature.member:
        given[signature.member] = _member(asked)
    if operation.body is not None:
        given[signature.body] = operation.body.read(asked.document)
    else:
        given |= asked.document
    if signature.principal:
        given[signature.principal] = asked.principal
    return answered(asked, operation.action.function(**given))


def _member(asked: Asked[Action]) -> Any:
    if asked.operation.action.method != "GET":
        return lock_member(asked)[0]
    seen = asked.sight.rows(asked.operation.spec.model, asked.operation.spec.name)
    return find_row(seen, key_of(asked), asked.verdict, asked.refuse)


def answered(asked: Asked[Action], result: Any) -> Response:
    """Show a member as reading shows it, anything else as JSON, and nothing as 204.

    Raises: TypeError for what the function did not say that it answers.
    """
    gives = asked.operation.signature.gives
    kind = _kind(asked, result)
    if kind not in gives:
        place = asked.operation.action.place
        raise TypeError(f"{place} answered {type(result).__name__}, which its annotation does not name.")
    if kind == "nothing":
        return Response(204)
    return _show(asked, key_text(asked, result)) if kind == "member" else Response.json(msgspec.json.encode(result))


def _kind(asked: Asked[Action], result: Any) -> str:
    if result is None:
        return "nothing"
    return "member" if isinstance(result, asked.operation.spec.model) else "document"


def _show(asked: Asked[Action], key: str) -> Response:
    """Show a member, whose own URL Content-Location names: it is there that its entity tag counts.

    Source: RFC 9110 section 8.7.
    """
    place = ("Content-Location", location(asked, key)[1])
    if asked.operation.action.method != "GET":
        return answer(asked, key, 200, [place])
    body = show(asked, key)
    if body is None:
        return Response(204)
    response = Response.json(body)
    response.headers.append(place)
    return response
