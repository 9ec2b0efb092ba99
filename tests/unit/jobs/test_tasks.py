"""Functions of Django's tasks API are stored as jobs, run as such, and their results are Django's."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from nuages.errors import Unprocessable
from nuages.jobs.registry import find
from nuages.models import StoredJob
from nuages.tasks import (
    InvalidTask,
    TaskResultDoesNotExist,
    TaskResultMismatch,
    TaskResultStatus,
    task_backends,
    task_enqueued,
    task_finished,
    task_started,
)
from nuages.testing import run_jobs
from tests.unit.jobs.tasks_to_run import BrokenError, add, add_async, elsewhere, fail, tell_attempt


@pytest.fixture
def signals() -> Iterator[list[tuple[str, str]]]:
    """Which of Django's signals were sent: their names and the status that they told."""
    sent: list[tuple[str, str]] = []
    listening = {
        "enqueued": (task_enqueued, lambda task_result, **_: sent.append(("enqueued", task_result.status))),
        "started": (task_started, lambda task_result, **_: sent.append(("started", task_result.status))),
        "finished": (task_finished, lambda task_result, **_: sent.append(("finished", task_result.status))),
    }
    for signal, hear in listening.values():
        signal.connect(hear, weak=False)
    yield sent
    for signal, hear in listening.values():
        signal.disconnect(hear)


def test_a_task_becomes_a_job(database: Any, signals: Any) -> None:
    """Its name, arguments, queue and priority are the task's; its attempts are the back end's."""
    result = add.using(queue_name="slow", priority=-3).enqueue(2, b=3)
    job = StoredJob.objects.get()
    assert (result.id, job.name) == (str(job.pk), "tests.unit.jobs.tasks_to_run.add")
    assert job.arguments == '{"backend": "jobs", "args": [2], "kwargs": {"b": 3}}'
    assert (job.queue, job.priority, job.max_attempts, job.owner) == ("slow", -3, 2, "")
    assert (result.status, result.args, result.kwargs, result.attempts) == ("READY", [2], {"b": 3}, 0)
    assert signals == [("enqueued", "READY")]


def test_its_result_is_found_by_id(database: Any, signals: Any) -> None:
    """Here and by `refresh()`, from before it runs until it has."""
    result = add.enqueue(2, 3)
    assert add.get_result(result.id).status == TaskResultStatus.READY
    run_jobs()
    result.refresh()
    assert (result.status, result.return_value, result.is_finished) == ("SUCCESSFUL", {"sum": 5}, True)
    assert result.enqueued_at <= result.started_at <= result.finished_at
    assert (result.attempts, result.errors) == (1, [])
    assert signals == [("enqueued", "READY"), ("started", "RUNNING"), ("finished", "SUCCESSFUL")]


def test_coroutines_run(database: Any) -> None:
    """Their results are as those of functions."""
    result = add_async.enqueue(2, 3)
    run_jobs()
    assert add_async.get_result(result.id).return_value == 5


@pytest.mark.parametrize("transactional", [True], ids=["committed"])
def test_coroutines_enqueue(database: Any, transactional_db: None, transactional: bool) -> None:
    """`aenqueue`, `aget_result` and `arefresh` are there."""

    async def ask() -> Any:
        result = await add.aenqueue(1)
        await result.arefresh()
        return await add.aget_result(result.id)

    assert async_to_sync(ask)().status == TaskResultStatus.READY


def test_a_task_may_take_the_context(database: Any) -> None:
    """Which tells the attempt, from 1."""
    result = tell_attempt.enqueue("attempt")
    run_jobs()
    result.refresh()
    assert result.return_value == "attempt 1"


def test_what_fails_is_tried_again_and_then_tells_why(database: Any, signals: Any) -> None:
    """The class and the traceback are those of the last attempt; the signal of its end is sent once."""
    result = fail.enqueue("gone")
    run_jobs(most=1)
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.READY, 1)
    run_jobs(most=1)
    result.refresh()
    assert (result.status, result.attempts, len(result.errors)) == (TaskResultStatus.FAILED, 2, 1)
    assert result.errors[0].exception_class is BrokenError
    assert "BrokenError: gone" in result.errors[0].traceback
    assert [name for name, _ in signals] == ["enqueued", "started", "started", "finished"]
    assert signals[-1] == ("finished", "FAILED")
    with pytest.raises(ValueError, match="failed"):
        _ = result.return_value


def test_what_is_canceled_has_failed(database: Any) -> None:
    """Django's API knows no other word."""
    result = add.enqueue(1)
    StoredJob.objects.update(status="canceled")
    result.refresh()
    assert (result.status, result.errors) == (TaskResultStatus.FAILED, [])


def test_a_task_may_wait(database: Any) -> None:
    """Until the moment that is given."""
    later = timezone.now() + dt.timedelta(hours=1)
    result = add.using(run_after=later).enqueue(1)
    assert StoredJob.objects.get().run_at == later
    assert add.get_result(result.id).task.run_after == later
    assert run_jobs() == []


def test_what_is_rolled_back_never_was(database: Any) -> None:
    """The job is stored in the transaction of whoever asks for it."""
    with transaction.atomic(using=database.alias):
        result = add.enqueue(1)
        transaction.set_rollback(True, using=database.alias)
    with pytest.raises(TaskResultDoesNotExist):
        add.get_result(result.id)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((object(),), TypeError), ((float("nan"),), ValueError), (("x" * 300_000,), Unprocessable)],
    ids=["no JSON", "no number", "too much"],
)
def test_what_json_cannot_hold_is_refused(database: Any, arguments: Any, error: type[Exception]) -> None:
    """When it is asked for, not when it would run."""
    with pytest.raises(error):
        add.enqueue(*arguments)
    assert StoredJob.objects.count() == 0


def test_results_are_their_tasks_alone(database: Any) -> None:
    """Neither another task's, nor another back end's, nor that of a job that is no task."""
    result = add.enqueue(1)
    with pytest.raises(TaskResultMismatch):
        fail.get_result(result.id)
    plain = StoredJob.objects.create(name="shop.jobs.report")
    gone = StoredJob.objects.create(name="shop.gone", arguments='{"backend": "jobs", "args": [], "kwargs": {}}')
    theirs = elsewhere.enqueue()
    for no_task in (str(plain.pk), str(gone.pk), str(uuid.uuid4()), "no id", theirs.id):
        with pytest.raises(TaskResultDoesNotExist):
            task_backends["jobs"].get_result(no_task)


def test_django_judges_tasks() -> None:
    """Queues and priorities are checked when a task is made."""
    with pytest.raises(InvalidTask):
        add.using(queue_name="unheard")
    with pytest.raises(InvalidTask):
        add.using(priority=101)


def test_nothing_but_tasks_is_found_by_a_path() -> None:
    """Whatever name a row has."""
    assert find("tests.unit.jobs.tasks_to_run.add") is not None
    for name in ("os.system", "tests.unit.jobs.tasks_to_run.BrokenError", "no.such", "add", "", "tests.unit.jobs"):
        assert find(name) is None
