"""The way of an endpoint, on one page: permit, read the inputs, make what it needs, call it, answer.

What changes something is one transaction, run again where the database gave way; a GET is none, and a coroutine is
none, since Django has none for them. A coroutine's response is still coming when the stages before it have passed.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
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
from nuages.functions import kept
from nuages.functions.constraints import problem_of_constraint
from nuages.functions.dependencies import Given, provide, provide_async
from nuages.functions.function import Function
from nuages.functions.once import hashing, once
from nuages.functions.streaming import Held, HeldOnLoop, stream
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.kept import pass_on
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
    if target.outputs.stream is not None and not target.is_async:
        return _open(target, request, values, {Principal: principal, Request: request}, failures)
    asked = kept.asked_of(target, request, principal) if target.keeper is not None else None
    found = kept.find(asked) if asked is not None else None
    if found is not None:
        return found
    if target.is_async:
        return Response(0, coming=_coming(target, request, values, principal, failures=failures, asked=asked))

    def run(asking: Principal) -> Response:
        return _run(target, request, target.inputs.again(values), {Principal: asking, Request: request})

    with _told(failures, principal), ExitStack() as stack:
        stack.callback(target.inputs.close, values)
        if asked is not None:
            return kept.obtain(asked, run)
        if not target.is_atomic:
            return _passed(target, request, run(principal))
        connection, change = _connection(), partial(run, principal)
        if key is not None and fingerprint is not None:
            again = once(change, key, request, principal, connection=connection, body=fingerprint())
            return run_change(connection, again)
        return run_change(connection, change)


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


def _coming(
    target: Function,
    request: Request,
    values: dict[str, Any],
    principal: Principal,
    *,
    failures: Failures,
    asked: kept.Asked | None,
) -> Callable[[], Awaitable[Response]]:
    """What the response of a coroutine comes of, whether its answers are kept or not."""

    async def run(asking: Principal) -> Response:
        with _told(failures, principal):
            return await _come(target, request, values, {Principal: asking, Request: request}, failures)

    async def come() -> Response:
        response = await run(principal)
        return _passed(target, request, response) if request.method in _SAFE else response

    return come if asked is None else kept.obtain_later(asked, run)


async def _come(
    target: Function, request: Request, values: dict[str, Any], given: Given, failures: Failures
) -> Response:
    async with AsyncExitStack() as stack:
        stack.callback(target.inputs.close, values)
        await provide_async(target.dependencies, request, given, stack)
        value = target.function(**_arguments(target, values, given))
        value = await value if inspect.isawaitable(value) else value
        if target.outputs.stream is not None:
            return await _flow(target, request, value, given, failures, stack=stack.pop_all())
        respond = sync_to_async(_respond) if target.outputs.is_choosing else _in_place
        return await respond(target, value, request, given)


async def _flow(
    target: Function, request: Request, value: Any, given: Given, failures: Failures, *, stack: AsyncExitStack
) -> Response:
    items = HeldOnLoop(value, stack)
    response = stream(target.outputs, request, given[Principal], items, failures)
    if response.flow is None:
        await items.aclose()
    return response


def _passed(target: Function, request: Request, response: Response) -> Response:
    """Add a validator where the answer has none of its own making; and tell that it is not kept, where others are."""
    if target.outputs.stream is not None:
        return response
    if target.keeper is not None:
        pass_on(response)
    return response if response.header("ETag") is not None else validated(request, response, None)


def _arguments(target: Function, values: dict[str, Any], given: Given) -> dict[str, Any]:
    return {**values, **{name: given[kind] for name, kind in target.signature.injected.items()}}


async def _in_place(target: Function, value: Any, request: Request, given: Given) -> Response:
    return _respond(target, value, request, given)


def _respond(target: Function, value: Any, request: Request, given: Given) -> Response:
    def show(chosen: Chosen) -> Response:
        asked = chosen, request, given[Principal], target.signature.query_names
        return target.choices.answer(*asked) if target.keeper is None else target.choices.represent(*asked)[0]

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
