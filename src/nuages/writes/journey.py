"""The way of a change, on one page: permit, decode, then the change itself, in one transaction.

What each step does is its room's; this page alone knows their order.
"""

from __future__ import annotations

from functools import partial

from django.db import connections, router

from nuages.change.idempotency import read_key
from nuages.change.rows import Sight
from nuages.change.transactions import run_change
from nuages.http.bodies import media_type
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.operation import Write, seen_by
from nuages.parse.deletion import Deletion, read_deletion
from nuages.parse.json_body import read_json
from nuages.parse.pairs import refuse_parameters
from nuages.permit.access import refusal
from nuages.plan.cache import PlanCache
from nuages.writes.asked import Asked
from nuages.writes.bulk import create_many, is_bulk, merge_many
from nuages.writes.direct import create_directly
from nuages.writes.filtered import delete_many
from nuages.writes.members import CHANGES as MEMBERS
from nuages.writes.patched import patch
from nuages.writes.received import JSON_PATCH, TYPES, receive
from nuages.writes.repeated import answered_once
from nuages.writes.settled import settled

CHANGES = {**MEMBERS, "patch": patch, "merge-many": merge_many, "delete-many": delete_many}
_KINDS = {JSON_PATCH: "patch"}
_REPEATED = ("create", "merge", "merge-many")  # the others may be repeated as they are


def write(operation: Write, request: Request, principal: Principal, key: str, plans: PlanCache) -> Response:
    """Answer a request that changes something.

    Raises: the Problem of whatever stands against it; nothing is stored then.
    """
    verdict = operation.rule(principal)
    if verdict is False:
        raise refusal(principal, operation.rule)
    operation = seen_by(operation, principal)
    deletion = _read_query(operation, request)
    key_of_request = read_key(request.header("idempotency-key")) if operation.kind in _REPEATED else None
    raw, media = _read(operation, request)
    document = read_json(raw) if raw is not None else deletion
    connection = connections[router.db_for_write(operation.spec.model)]
    sight = Sight(operation.gates, principal, connection.alias)
    asked = Asked(operation, request, principal, verdict, key, document, plans, connection, sight)
    change = (
        create_many if operation.kind == "create" and is_bulk(asked) else CHANGES[_KINDS.get(media, operation.kind)]
    )
    if key_of_request is not None:
        change = answered_once(change, key_of_request, raw or b"")
    elif change is CHANGES["create"] and (made := create_directly(asked)) is not None:
        return made
    run = partial(run_change, connection, lambda: change(asked))
    return settled(operation.spec.model, operation.spec.writable, run, operation.spec.hidden)


def _read_query(operation: Write, request: Request) -> Deletion | None:
    """Which members are to be deleted, where many are; all other changes take no parameter."""
    if operation.kind == "delete-many":
        return read_deletion(request.query, operation.detail.questions, operation.spec.max_bulk)
    refuse_parameters(request.query)
    return None


def _read(operation: Write, request: Request) -> tuple[bytes | None, str]:
    """The body and its type; None where there is to be none."""
    types = TYPES.get(operation.kind)
    if types is None:
        return None, ""
    raw = receive(request, types, header="Accept-Patch" if request.method == "PATCH" else "Accept")
    return raw, media_type(request)
