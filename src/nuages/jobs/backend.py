"""Turn tasks of Django's API into stored jobs, and stored jobs into their results. What runs them knows no tasks.

    TASKS = {"default": {"BACKEND": "nuages.jobs.backend.JobBackend", "OPTIONS": {"max_attempts": 5}}}

Source: docs.djangoproject.com, "Django's Tasks framework".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from traceback import format_exception
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from nuages.errors import Problem
from nuages.jobs.context import JobContext
from nuages.jobs.enqueue import alias_of_jobs, enqueue, job_model, job_rows
from nuages.jobs.registry import JobFunction, also_find
from nuages.jobs.terms import Job
from nuages.tasks import (
    BaseTaskBackend,
    Task,
    TaskContext,
    TaskError,
    TaskResult,
    TaskResultDoesNotExist,
    TaskResultStatus,
    normalize_json,
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
        with transaction.atomic(using=alias_of_jobs()):
            job, _ = enqueue(function_of(task), arguments)
            if task.run_after is not None:
                job_rows().filter(pk=job.pk).update(run_at=task.run_after)
        result = _result(job, task, arguments)
        object.__setattr__(result, "enqueued_at", timezone.now())
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
        task = task_at(job.name)
        if task is None:
            raise TaskResultDoesNotExist(result_id)
        run_after = job.run_at if job.run_at > job.created_at else None
        return _result(job, replace(task, priority=job.priority, queue_name=job.queue, run_after=run_after), arguments)


def task_at(path: str) -> Any:
    """The task at a dotted path, None where there is none; the module is imported for it."""
    try:
        found = import_string(path)
    except ImportError:
        return None
    return found if isinstance(found, Task) else None


def function_of(task: Any) -> JobFunction:
    """What workers run for a task."""
    code = task.func.__code__
    place = f"{code.co_filename}:{code.co_firstlineno} {task.name}"
    backend = task.get_backend()
    options = backend.options if isinstance(backend, JobBackend) else {}
    terms = Job(**{**options, "queue": task.queue_name, "priority": task.priority})
    return JobFunction(task.module_path, place, terms, partial(_run, task, terms))


def _find(name: str) -> JobFunction | None:
    """What is run for a stored name, where a task stands at it."""
    task = task_at(name)
    return None if task is None else function_of(task)


also_find(_find)


def _run(task: Any, terms: Job, arguments: Mapping[str, Any], context: JobContext) -> Any:
    """Run an attempt of a task, and send Django's signals; the one of its end comes for the last attempt alone."""
    result = _result(job_rows().get(pk=context.id), task, arguments)
    backend = type(result.task.get_backend())
    task_started.send(backend, task_result=result)
    with _ending(backend, result, lambda error: isinstance(error, Problem) or context.attempt >= terms.max_attempts):
        told = (TaskContext(task_result=result),) if task.takes_context else ()
        value = normalize_json(task.call(*told, *arguments["args"], **arguments["kwargs"]))
        _set(result, status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now(), _return_value=value)
    task_finished.send(backend, task_result=result)
    return value


@contextmanager
def _ending(backend: Any, result: Any, is_last: Callable[[Exception], bool]) -> Iterator[None]:
    """Note the class of what a task raises, and send the signal of its end where no attempt follows."""
    try:
        yield
    except Exception as error:
        error.add_note(_CLASS + _path_of(error))
        if is_last(error):
            _set(result, status=TaskResultStatus.FAILED, finished_at=timezone.now(), errors=[_error(error)])
            task_finished.send(backend, task_result=result)
        raise


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


def _error(error: Exception) -> Any:
    return TaskError(exception_class_path=_path_of(error), traceback="".join(format_exception(error)))


def _path_of(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _set(result: Any, **values: Any) -> None:
    """Set what Django's results, which are frozen, learn of their task as it goes on."""
    for name, value in values.items():
        object.__setattr__(result, name, value)
