"""Turn tasks of Django's API into stored jobs, and stored jobs into their results. What runs them knows no tasks.

    TASKS = {"default": {"BACKEND": "nuages.jobs.backend.JobBackend", "OPTIONS": {"max_attempts": 5}}}

Source: docs.djangoproject.com, "Django's Tasks framework".
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from inspect import iscoroutinefunction
from traceback import format_exception
from typing import Any

from django.utils import timezone

from nuages.errors import Problem
from nuages.jobs.context import JobContext
from nuages.jobs.discovering import find_function
from nuages.jobs.enqueue import enqueue, job_model, job_rows
from nuages.jobs.registry import JobFunction, also_find
from nuages.jobs.stopping import GivenBack, JobCanceled, LeaseLost
from nuages.jobs.terms import Job
from nuages.jobs.waiting import wait_for
from nuages.tasks import (
    BaseTaskBackend,
    Task,
    TaskContext,
    TaskError,
    TaskResult,
    TaskResultDoesNotExist,
    TaskResultStatus,
    normalize_json,
    task_backends,
    task_enqueued,
    task_finished,
    task_started,
)

_STATUSES = {
    "queued": TaskResultStatus.READY,
    "running": TaskResultStatus.RUNNING,
    "succeeded": TaskResultStatus.SUCCESSFUL,
}
_CLASS = "Class: "  # begins the note that ends the traceback of a task


class JobBackend(BaseTaskBackend):
    """Stores tasks as jobs, which `manage.py worker` runs.

    Shapes: OPTIONS are the terms of a `Job` that a task does not have itself: `max_attempts`, `backoff_s`,
        `max_backoff_s`, `time_limit_s`, `keep_s`, `atomic`.
    """

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Store a task, in the transaction of whoever asks for it.

        Raises: InvalidTask; TypeError or ValueError for arguments that JSON cannot hold; Unprocessable for too many.
        """
        self.validate_task(task)
        arguments = normalize_json({"backend": self.alias, "args": args, "kwargs": kwargs})
        job, _ = enqueue(function_of(task), arguments, run_at=task.run_after)
        result = _result(job, task, arguments)
        _set(result, enqueued_at=timezone.now())
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> Any:
        """The result of a task, as it is now.

        Raises: TaskResultDoesNotExist where there is none, where it has expired, or where the job is no task's.
        """
        try:
            job = job_rows().get(pk=uuid.UUID(str(result_id)))
            arguments = json.loads(job.arguments)
            if arguments["backend"] != self.alias:
                raise TaskResultDoesNotExist(result_id)
        except (ValueError, KeyError, job_model().DoesNotExist):
            raise TaskResultDoesNotExist(result_id) from None
        find_function(job.name)  # which imports its module, where that is of one of the project's apps
        task = task_at(job.name)
        if task is None:
            raise TaskResultDoesNotExist(result_id)
        run_after = job.run_at if job.run_at > job.created_at else None
        return _result(job, replace(task, priority=job.priority, queue_name=job.queue, run_after=run_after), arguments)


def task_at(path: str) -> Any:
    """The task at a dotted path, None where there is none in what has been imported."""
    module, _, name = path.rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, Task) else None


def function_of(task: Any) -> JobFunction:
    """What workers run for a task."""
    code = task.func.__code__
    place = f"{code.co_filename}:{code.co_firstlineno} {task.name}"
    backend = task.get_backend()
    options = backend.options if isinstance(backend, JobBackend) else {}
    terms = Job(**{**options, "queue": task.queue_name, "priority": task.priority})
    return JobFunction(task.module_path, place, terms, partial(_run, task))


def _find(name: str) -> JobFunction | None:
    """What is run for a stored name, where a task stands at it."""
    task = task_at(name)
    return None if task is None else function_of(task)


also_find(_find)


def _run(task: Any, arguments: Mapping[str, Any], context: JobContext) -> Any:
    """Run an attempt of a task, and send Django's signals; the one of its end comes for the last attempt alone."""
    job = job_rows().get(pk=context.id)
    result = _result(job, task, arguments)
    backend = type(task_backends[arguments["backend"]])
    task_started.send(backend, task_result=result)
    try:
        value = normalize_json(_call(task, result, context))
    except BaseException as error:
        error.add_note(_CLASS + _path_of(error))
        if _is_last(error, job):
            errors = [TaskError(exception_class_path=_path_of(error), traceback="".join(format_exception(error)))]
            _set(result, status=TaskResultStatus.FAILED, finished_at=timezone.now(), errors=errors)
            task_finished.send(backend, task_result=result)
        raise
    _set(result, status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now(), _return_value=value)
    task_finished.send(backend, task_result=result)
    return value


def _call(task: Any, result: Any, context: JobContext) -> Any:
    told = (TaskContext(task_result=result),) if task.takes_context else ()
    if iscoroutinefunction(task.func):
        return wait_for(lambda: task.func(*told, *result.args, **result.kwargs), context)
    return task.func(*told, *result.args, **result.kwargs)


def _is_last(error: BaseException, job: Any) -> bool:
    """Whether no attempt follows one that has ended so."""
    if isinstance(error, LeaseLost | GivenBack | KeyboardInterrupt):
        return False
    return isinstance(error, Problem | JobCanceled) or job.attempts >= job.max_attempts


def _result(job: Any, task: Any, arguments: Mapping[str, Any]) -> Any:
    """What Django's API knows of a stored job."""
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(job.pk),
        status=_STATUSES.get(job.status, TaskResultStatus.FAILED),
        enqueued_at=job.created_at,
        started_at=job.started_at,
        last_attempted_at=job.started_at,
        finished_at=job.finished_at,
        args=arguments["args"],
        kwargs=arguments["kwargs"],
        backend=arguments["backend"],
        errors=_stored_errors(job),
        worker_ids=[job.worker] * job.attempts,
    )
    if job.status == "succeeded" and job.result is not None:
        _set(result, _return_value=json.loads(job.result))
    return result


def _stored_errors(job: Any) -> list[TaskError]:
    """What the last attempt has raised; a worker that was killed has raised nothing."""
    if not job.traceback:
        return []
    last = job.traceback.rstrip().rpartition("\n")[2]
    path = last.removeprefix(_CLASS) if last.startswith(_CLASS) else "builtins.Exception"
    return [TaskError(exception_class_path=path, traceback=job.traceback)]


def _path_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _set(result: Any, **values: Any) -> None:
    """Set what Django's results, which are frozen, learn of their task as it goes on."""
    for name, value in values.items():
        object.__setattr__(result, name, value)
