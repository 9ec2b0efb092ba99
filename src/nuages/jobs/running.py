"""Run a claimed job to its stored outcome, whatever its function does. How jobs are found, and watched, others know."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeAlias

from django.db import InterfaceError, OperationalError, connections, transaction

from nuages.errors import Problem, Unprocessable
from nuages.jobs import outcome
from nuages.jobs.attempt import Attempt, Telling, TooLarge
from nuages.jobs.bounds import lease_s, max_result_bytes
from nuages.jobs.claim import claim_by_id
from nuages.jobs.discovering import find_function
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.registry import JobFunction
from nuages.jobs.stopping import GivenBack, JobCanceled, LeaseLost, TimedOut
from nuages.jobs.terms import Job
from nuages.jobs.watching import later, watched
from nuages.logs import log_entry

LOST = "lost"
"""What a run is called whose row became another's meanwhile; elsewhere it is the status of the job afterwards."""
JOBS = "nuages.jobs"
Guard: TypeAlias = Callable[[Attempt, Job], AbstractContextManager[None]]
"""What stands around a function while it runs, and may raise `Stopped` into it."""
_PAUSE_S = 0.5


def run_by_id(job_id: Any, *, worker: str) -> str | None:
    """Claim one job and run it to its end: for transports that bring ids.

    In a main thread it ends after its time limit, as in our own workers; in another one only where it tells how far it
    is.

    Shapes: gives its status afterwards, "queued" where it is to be run again; None where there was nothing to do: it is
        not due, it has ended, or another worker has it.
    """
    job = claim_by_id(job_id, worker)
    if job is None or connections[alias_of_jobs()].in_atomic_block:  # a test's, into which no other thread sees
        return None if job is None else run_claimed(job)
    with watched() as watch:
        return run_claimed(job, guard=watch.guard, tell=later)


def run_claimed(job: Any, *, guard: Guard | None = None, tell: Telling | None = None) -> str:
    """Run a job that this process has claimed, and store what came of it; gives its status afterwards, or LOST."""
    attempt, function = Attempt(job, tell), find_function(job.name)
    if function is None:
        return _patiently(lambda: _fail(attempt, _unknown(job.name)))
    try:
        return _run(attempt, function, guard or _unguarded)
    except BaseException as error:
        status = _patiently(partial(_settle, attempt, function.terms, error))
        if isinstance(error, KeyboardInterrupt):
            raise
        return status


def _run(attempt: Attempt, function: JobFunction, guard: Guard) -> str:
    """Call the function and store its result; for an atomic one that is one transaction."""
    if not function.terms.is_atomic:
        result = _call(attempt, function, guard)
        return _patiently(lambda: _succeed(attempt, result))
    stored: list[bool] = []
    try:
        with transaction.atomic(using=alias_of_jobs()):
            transaction.on_commit(lambda: stored.append(True), using=alias_of_jobs())
            _succeed(attempt, _call(attempt, function, guard))
    except Exception as error:  # of the job; or, once it is stored, of an author's on_commit hook
        if not stored:
            raise
        log_entry(logging.ERROR, "A hook after the job %s failed", attempt.id, error=error, log=JOBS)
    return "succeeded"


def _call(attempt: Attempt, function: JobFunction, guard: Guard) -> str | None:
    arguments = _arguments(attempt.job)
    with guard(attempt, function.terms):
        result = function.run(arguments, attempt)
    if result is None or attempt.output is not None:
        return None
    try:
        text = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Problem("The result is nothing that JSON can hold.", code="result-not-json") from error
    if len(text) > max_result_bytes():
        raise TooLarge
    return text


def _arguments(job: Any) -> Mapping[str, Any]:
    try:
        arguments = json.loads(job.arguments)
    except (ValueError, RecursionError) as error:
        raise Unprocessable("The arguments of this job cannot be read.", code="wrong-arguments") from error
    if not isinstance(arguments, dict):
        raise Unprocessable("The arguments of this job are no object.", code="wrong-arguments")
    return arguments


def _succeed(attempt: Attempt, result: str | None) -> str:
    if not outcome.succeed(attempt, result):
        raise LeaseLost
    return "succeeded"


def _settle(attempt: Attempt, terms: Job, error: BaseException) -> str:
    """Store what an attempt that did not succeed leads to."""
    if isinstance(error, LeaseLost):
        log_entry(logging.WARNING, "The job %s is another worker's by now", attempt.id, log=JOBS)
        return LOST
    if isinstance(error, JobCanceled):
        return "canceled" if outcome.cancel(attempt) else LOST
    if isinstance(error, GivenBack | KeyboardInterrupt):
        return "queued" if outcome.give_back(attempt) else LOST
    if isinstance(error, Problem):
        return _fail(attempt, error, error)
    _log(attempt, error)
    if attempt.attempt < attempt.job.max_attempts:
        wait_s = outcome.wait_of(terms, attempt.attempt)
        return "queued" if outcome.retry(attempt, wait_s, _shown(error)) else LOST
    return _fail(attempt, _last(attempt, terms, error), error)


def _fail(attempt: Attempt, problem: Problem, error: BaseException | None = None) -> str:
    log_entry(logging.ERROR, "The job %s (%s) has failed: %s", attempt.id, attempt.job.name, problem.detail, log=JOBS)
    return "failed" if outcome.fail(attempt, problem, _shown(error) if error else "") else LOST


def _last(attempt: Attempt, terms: Job, error: BaseException) -> Problem:
    if isinstance(error, TimedOut):
        return Problem(f"The job took longer than {terms.time_limit_s:g} s.", code="time-limit")
    return Problem(f"The job {attempt.id} failed; the failure is logged.")


def _unknown(name: str) -> Problem:
    return Problem(f"No function is called {name!r} here. It may have been renamed.", code="unknown-job")


def _log(attempt: Attempt, error: BaseException) -> None:
    told = (attempt.id, attempt.job.name, attempt.attempt, attempt.job.max_attempts)
    log_entry(logging.ERROR, "The job %s (%s) failed, attempt %s of %s", *told, error=error, log=JOBS)


def _shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _patiently(store: Callable[[], str]) -> str:
    """Store an outcome, also over a restart of the database; after the length of a lease others look after the job."""
    deadline_s = time.monotonic() + lease_s()
    while True:
        connection = connections[alias_of_jobs()]
        try:
            return store()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline_s:
                raise
            connection.close()
        time.sleep(_PAUSE_S)


def _unguarded(attempt: Attempt, terms: Job) -> AbstractContextManager[None]:  # noqa: ARG001  # a guard's signature
    return nullcontext()
