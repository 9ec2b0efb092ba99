"""The way of a change, on one page: permit, decode, then the change itself, in one transaction.

What each step does is its room's; this page alone knows their order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import connections, router

from nuages.change.files import take_back
from nuages.change.idempotency import read_key
from nuages.change.rows import Sight
from nuages.change.transactions import run_change
from nuages.failures import Failures
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.operation import JSON_PATCH, Write, seen_by
from nuages.parse.deletion import Deletion, read_deletion
from nuages.parse.pairs import refuse_parameters
from nuages.permit.refusals import refusal
from nuages.plan.cache import PlanCache
from nuages.writes.asked import Asked, Progress
from nuages.writes.body import Body, receive
from nuages.writes.bulk import create_many, is_bulk, merge_many, size_of
from nuages.writes.direct import create_directly
from nuages.writes.filtered import delete_many
from nuages.writes.members import CHANGES as MEMBERS
from nuages.writes.patched import patch
from nuages.writes.repeated import answered_once
from nuages.writes.settled import settled

CHANGES = {**MEMBERS, "patch": patch, "merge-many": merge_many, "delete-many": delete_many}
_KINDS = {JSON_PATCH: "patch"}
_REPEATED = ("create", "merge", "merge-many")  # the others may be repeated as they are


def write(
    operation: Write, request: Request, principal: Principal, key: str, *, plans: PlanCache, failures: Failures
) -> Response:
    """Answer a request that changes something.

    Raises: the Problem of whatever stands against it; nothing is stored then.
    """
    verdict = operation.rule(principal)
    if verdict is False:
        raise refusal(principal, operation.rule)
    operation = seen_by(operation, principal)
    deletion = _read_query(operation, request)
    key_of_request = read_key(request.header("idempotency-key")) if operation.kind in _REPEATED else None
    body = receive(operation, request)
    connection = connections[router.db_for_write(operation.spec.model)]
    sight = Sight(operation.gates, principal, connection.alias)
    document = body.document if operation.types else deletion
    asked = Asked(operation, request, principal, verdict, key, document, plans, connection, sight, Progress())
    try:
        return _change(asked, body, key_of_request, failures)
    finally:
        body.close()


def _change(asked: Asked[Write], body: Body, key_of_request: str | None, failures: Failures) -> Response:
    operation = asked.operation
    is_many = operation.kind == "create" and body.form is None and is_bulk(asked)
    if asked.request.charge is not None and (is_many or operation.kind == "merge-many"):
        asked.request.charge(size_of(asked) - 1)
    change = create_many if is_many else CHANGES[_KINDS.get(body.media, operation.kind)]
    if key_of_request is not None:
        change = answered_once(change, key_of_request, asked.request, body)
    elif change is CHANGES["create"] and (made := create_directly(asked)) is not None:
        return made
    attempt = partial(run_change, asked.connection, lambda: change(asked))
    run = partial(_with_files, change, asked, body) if body.files else attempt
    return settled(asked, operation.spec.writable, run, failures)


def _read_query(operation: Write, request: Request) -> Deletion | None:
    """Which members are to be deleted, where many are; all other changes take no parameter."""
    if operation.kind == "delete-many":
        return read_deletion(request.query, operation.detail.questions, operation.spec.max_bulk)
    refuse_parameters(request.query)
    return None


def _with_files(change: Callable[[Asked[Write]], Response], asked: Asked[Write], body: Body) -> Response:
    """Change something that stores files; what an attempt has stored in vain is taken back."""
    alias = asked.connection.alias

    def attempt() -> Response:
        take_back(body.files, alias)
        return change(asked)

    try:
        return run_change(asked.connection, attempt)
    except Exception as error:
        take_back(body.files, alias, error)
        raise
