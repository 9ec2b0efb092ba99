"""Ask for an action as a job, and run it on a worker: its member is looked for again, under the rule as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from django.db import connections, router

from nuages.change.conflicts import problem_of_change
from nuages.change.rows import Sight, find_row, lock_row
from nuages.failures import Failures
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.job_answers.asked import AskedJob
from nuages.job_answers.keeping import Kept
from nuages.job_answers.owners import judge_again, principal_of
from nuages.job_answers.telling import told
from nuages.jobs.context import JobContext
from nuages.operation import Action, seen_by
from nuages.plan.cache import PlanCache
from nuages.writes.actions import answered
from nuages.writes.asked import Asked, Progress, key_of
from nuages.writes.locked import lock_member

KEY, BODY = "key", "body"
"""The names by which a member's key and the body are kept."""


def ask(job: AskedJob, asked: Asked[Action]) -> Response:
    """Answer a permitted action with the job that it makes; the function is not called.

    Raises: the Problem of whatever stands against it: the member, a precondition, the body.
    """
    operation, values, named = asked.operation, dict[str, Any](), dict[str, Any]()
    if operation.signature.member:
        lock_member(asked)
        values[KEY] = named[KEY] = asked.key
    if operation.body is not None:
        values[BODY] = named[operation.signature.body] = operation.body.read(asked.document)
    return job.ask(asked.request, asked.principal, values, named)


def run(
    operation: Action,
    kept: Kept,
    failures: Failures,
    plans: PlanCache,
    *,
    arguments: Mapping[str, Any],
    context: JobContext,
) -> Any:
    """Call the function on a worker; gives its answer as JSON has it, None for none.

    Raises: the Problem that the owner is told, such as NotFound for a member that is not there any more; any other
        exception is the author's, or a database's.
    """
    principal = principal_of(context.principal)
    verdict = judge_again(operation.rule, principal, has_member=operation.action.is_detail)
    operation = replace(operation, detail=seen_by(operation.detail, principal))
    values, model = kept.read(arguments), operation.spec.model
    connection = connections[router.db_for_write(model)]
    sight = Sight(operation.gates, principal, connection.alias)
    request, key = Request(operation.action.method, "", "", {}), values.get(KEY, "")
    asked = Asked(operation, request, principal, verdict, key, values.get(BODY), plans, connection, sight, Progress())
    known = partial(problem_of_change, model=model, parts=operation.parts, hidden=operation.detail.spec.hidden)
    with told(failures, principal, known):
        response = _call(asked, context)
    return msgspec.json.decode(response.body) if response.body else None


def _call(asked: Asked[Action], context: JobContext) -> Response:
    signature = asked.operation.signature
    given: dict[str, Any] = {}
    if signature.member:
        given[signature.member] = _member(asked)
    if signature.body:
        given[signature.body] = asked.document
    if signature.principal:
        given[signature.principal] = asked.principal
    if signature.context:
        given[signature.context] = context
    return answered(asked, asked.operation.action.function(**given))


def _member(asked: Asked[Action]) -> Any:
    """Locked where the job is one transaction."""
    seen = asked.sight.rows(asked.operation.spec.model, asked.operation.spec.name)
    find = lock_row if asked.connection.in_atomic_block else find_row
    return find(seen, key_of(asked), asked.verdict, asked.refuse)
