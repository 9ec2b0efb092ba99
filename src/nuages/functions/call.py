"""The way of an endpoint, on one page: permit, read the inputs, make what it needs, call it, answer.

What changes something is one transaction, run again where the database gave way; a GET is none, and a coroutine is
none, since Django has none for them. A coroutine's response is still coming when the stages before it have passed.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from django.db.models import Q

from nuages.change.idempotency import read_key
from nuages.change.transactions import run_change
from nuages.errors import BadRequest
from nuages.failures import Failures
from nuages.functions import kept
from nuages.functions.calling import Calling
from nuages.functions.dependencies import provide
from nuages.functions.function import Function
from nuages.functions.jobs import ask
from nuages.functions.on_loop import coming_of
from nuages.functions.once import connection_of_changes, hashing, once
from nuages.functions.streaming import open_stream
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.permit.refusals import refusal

_REPEATED = ("POST", "PATCH")  # the others may be repeated as they are


def call(
    target: Function, request: Request, principal: Principal, arguments: tuple[str, ...], failures: Failures
) -> Response:
    """Answer a request for an endpoint.

    Raises: the Problem of whatever stands against it; nothing is stored then.
    """
    _demand(target, principal)
    if target.job is not None:
        return ask(target.job, target.inputs, request, principal, arguments)
    key = _key(target, request)
    fingerprint = hashing(request) if key else None
    values = target.inputs.read(request, arguments)
    calling = Calling(target, request, principal, values, failures)
    if target.outputs.stream is not None and not target.is_async:
        return open_stream(calling)
    asked = kept.asked_of(target, request, principal) if target.keeper is not None else None
    found = kept.find(asked) if asked is not None else None
    if found is not None:
        return found
    if target.is_async:
        return Response(0, coming=coming_of(calling, asked))
    with calling.told(), ExitStack() as stack:
        stack.callback(target.inputs.close, values)
        if asked is not None:
            return kept.obtain(asked, partial(_run, calling))
        if not target.is_atomic:
            return calling.passed(_run(calling, principal))
        connection, change = connection_of_changes(), partial(_run, calling, principal)
        if key is not None and fingerprint is not None:
            change = partial(once(change, key, request, principal, connection=connection, body=fingerprint()))
        return run_change(connection, change)


def _demand(target: Function, principal: Principal) -> None:
    verdict = target.rule(principal)
    if verdict is False:
        raise refusal(principal, target.rule)
    if isinstance(verdict, Q):
        raise TypeError(f"The rule of {target.place} answered a Q, and an endpoint has no rows of its own.")


def _key(target: Function, request: Request) -> str | None:
    """The Idempotency-Key; of a function that cannot keep its promise it is refused rather than passed over."""
    key = read_key(request.header("idempotency-key")) if target.method in _REPEATED else None
    if key is not None and not target.is_atomic:
        raise BadRequest("Idempotency-Key is not kept here: leave it out.", code="invalid-idempotency-key")
    return key


def _run(calling: Calling, asking: Principal) -> Response:
    given = calling.given(asking)
    with ExitStack() as stack:
        provide(calling.target.dependencies, calling.request, given, stack)
        value = calling.value(calling.target.inputs.again(calling.values), given)
        return calling.respond(value, given)
