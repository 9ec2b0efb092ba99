"""Ask for an endpoint's function as a job, and call it on a worker, with what was kept and for who asked.

Nothing of the request is left there but what its signature took of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from typing import Any

import msgspec

from nuages.change.idempotency import read_key
from nuages.change.transactions import run_change
from nuages.declare.chosen import Chosen
from nuages.failures import Failures
from nuages.functions.constraints import problem_of_constraint
from nuages.functions.dependencies import Given, provide, provide_async
from nuages.functions.function import Function
from nuages.functions.once import connection_of_changes, hashing, once
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.job_answers.asked import AskedJob
from nuages.job_answers.keeping import Kept
from nuages.job_answers.owners import demand_owner, judge_again, principal_of
from nuages.job_answers.telling import told
from nuages.jobs.context import JobContext
from nuages.jobs.waiting import wait_for
from nuages.parse.inputs import InputReader


def ask(job: AskedJob, inputs: InputReader, request: Request, principal: Principal, path: tuple[str, ...]) -> Response:
    """Answer a permitted request with the job that it makes; the function is not called.

    Raises: NotIdentified for nobody; the Problem of whatever stands against it, and nothing is stored then.
    """
    demand_owner(principal)
    key = read_key(request.header("idempotency-key"))
    fingerprint = hashing(request) if key else None
    values = inputs.read(request, path)
    connection, change = connection_of_changes(), partial(job.ask, request, principal, values)
    if key is not None and fingerprint is not None:
        change = partial(once(change, key, request, principal, connection=connection, body=fingerprint()))
    return run_change(connection, change)


def run(target: Function, kept: Kept, failures: Failures, arguments: Mapping[str, Any], context: JobContext) -> Any:
    """Call the function on a worker; gives its answer as JSON has it, None for none.

    Raises: the Problem that the owner is told; any other exception is the author's, or a database's.
    """
    principal = principal_of(context.principal)
    judge_again(target.rule, principal)
    values = kept.read(arguments)
    given: Given = {Principal: principal, JobContext: context}
    with told(failures, principal, problem_of_constraint):
        response = _answer(target, values, given)
    return msgspec.json.decode(response.body) if response.body else None


def _answer(target: Function, values: dict[str, Any], given: Given) -> Response:
    if target.is_async:
        response: Response = wait_for(lambda: _call_async(target, values, given), given[JobContext])
        return response
    with ExitStack() as stack:
        provide(target.dependencies, _nowhere(target), given, stack)
        return _respond(target, _call(target, values, given))


async def _call_async(target: Function, values: dict[str, Any], given: Given) -> Response:
    async with AsyncExitStack() as stack:
        await provide_async(target.dependencies, _nowhere(target), given, stack)
        return _respond(target, await _call(target, values, given))


def _call(target: Function, values: dict[str, Any], given: Given) -> Any:
    injected = {name: given[kind] for name, kind in target.signature.injected.items()}
    return target.function(**values, **injected)


def _nowhere(target: Function) -> Request:
    """What dependencies are asked with that take nothing of a request."""
    return Request(target.method, "", "", {})


def _respond(target: Function, value: Any) -> Response:
    try:
        return target.outputs.respond(value, _show)
    except TypeError as error:
        raise TypeError(f"{target.place} {error}.") from error


def _show(chosen: Chosen) -> Response:
    raise TypeError(f"answered rows of {chosen.resource.__qualname__}, which a job cannot")
