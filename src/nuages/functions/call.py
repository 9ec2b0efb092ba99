"""The way of an endpoint, on one page: permit, read the inputs, make what it needs, call it, answer.

What changes something is one transaction, run again where the database gave way; a GET is none, and a coroutine is
none, since Django has none for them. A coroutine's response is still coming when the stages before it have passed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Q

from nuages.answers import validated
from nuages.change.idempotency import read_key
from nuages.change.transactions import run_change
from nuages.declare.chosen import Chosen
from nuages.errors import BadRequest
from nuages.failures import Failures
from nuages.functions.constraints import problem_of_constraint
from nuages.functions.dependencies import Given, provide, provide_async
from nuages.functions.function import Function
from nuages.functions.once import hashing, once
from nuages.functions.streaming import Held, HeldOnLoop, stream
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.permit.refusals import refusal

_SAFE = ("GET", "HEAD")
_REPEATED = ("POST", "PATCH")  # the others may be repeated as they are


def call(
    target: Function, request: Request, principal: Principal, arguments: tuple[str, ...], failures: Failures
) -> Response:
    """Answer a request for an endpoint.

    Raises: the Problem of whatever stands against it; nothing is stored then.
    """
    _demand(target, principal)
    key = _key(target, request)
    fingerprint = hashing(request) if key else None
    values = target.inputs.read(request, arguments)
    given: Given = {Principal: principal, Request: request}
    if target.outputs.stream is not None and not target.is_async:
        return _open(target, request, values, given, failures)
    if target.is_async:
        return Response(0, coming=partial(_come, target, request, values, given, failures))

    def run() -> Response:
        return _run(target, request, target.inputs.again(values), dict(given))

    with _told(failures, principal), ExitStack() as stack:
        stack.callback(target.inputs.close, values)
        if not target.is_atomic:
            return _validated(request, run())
        connection = _connection()
        if key is not None and fingerprint is not None:
            run = once(run, key, request, principal, connection=connection, body=fingerprint())
        return run_change(connection, run)


def _connection() -> Any:
    """Whose transaction it is: that of the database where answers to be repeated are kept, mostly the default one."""
    if not apps.is_installed("nuages"):
        return connections[DEFAULT_DB_ALIAS]
    return connections[router.db_for_write(apps.get_model("nuages", "IdempotentAnswer"))]


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


def _run(target: Function, request: Request, values: dict[str, Any], given: Given) -> Response:
    with ExitStack() as stack:
        provide(target.dependencies, request, given, stack)
        return _respond(target, target.function(**_arguments(target, values, given)), request, given)


def _open(target: Function, request: Request, values: dict[str, Any], given: Given, failures: Failures) -> Response:
    """Begin a stream; what the function was given is held until its end."""
    principal = given[Principal]
    with _told(failures, principal), ExitStack() as stack:
        stack.callback(target.inputs.close, values)
        provide(target.dependencies, request, given, stack)
        items = Held(target.function(**_arguments(target, values, given)), stack.pop_all())
        response = stream(target.outputs, request, principal, items, failures)
        if response.flow is None:
            items.close()
    return response


async def _come(
    target: Function, request: Request, values: dict[str, Any], given: Given, failures: Failures
) -> Response:
    with _told(failures, given[Principal]):
        async with AsyncExitStack() as stack:
            stack.callback(target.inputs.close, values)
            await provide_async(target.dependencies, request, given, stack)
            value = target.function(**_arguments(target, values, given))
            value = await value if inspect.isawaitable(value) else value
            if target.outputs.stream is not None:
                return await _flow(target, request, value, given, failures, stack=stack.pop_all())
            respond = sync_to_async(_respond) if target.outputs.is_choosing else _in_place
            response = await respond(target, value, request, given)
    return _validated(request, response) if request.method in _SAFE else response


async def _flow(
    target: Function, request: Request, value: Any, given: Given, failures: Failures, *, stack: AsyncExitStack
) -> Response:
    items = HeldOnLoop(value, stack)
    response = stream(target.outputs, request, given[Principal], items, failures)
    if response.flow is None:
        await items.aclose()
    return response


def _validated(request: Request, response: Response) -> Response:
    """Add a validator where the answer has none of its own making."""
    return response if response.header("ETag") is not None else validated(request, response, None)


def _arguments(target: Function, values: dict[str, Any], given: Given) -> dict[str, Any]:
    return {**values, **{name: given[kind] for name, kind in target.signature.injected.items()}}


async def _in_place(target: Function, value: Any, request: Request, given: Given) -> Response:
    return _respond(target, value, request, given)


def _respond(target: Function, value: Any, request: Request, given: Given) -> Response:
    def show(chosen: Chosen) -> Response:
        return target.choices.answer(chosen, request, given[Principal], target.signature.query_names)

    try:
        return target.outputs.respond(value, show)
    except TypeError as error:
        raise TypeError(f"{target.place} {error}.") from error


@contextmanager
def _told(failures: Failures, principal: Principal) -> Iterator[None]:
    """Let the client know what stands against what it wanted; what it has no part in goes on."""
    try:
        yield
    except Exception as error:  # of a function, a model or a database
        problem = failures.problem_of(error, principal, problem_of_constraint)
        if problem is None or problem is error:
            raise
        raise problem from error
