"""A job that was enqueued is run to an end that is stored: its result, what its owner is told, or another attempt."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from nuages.errors import DeclarationError, Unprocessable
from nuages.jobs import job
from nuages.jobs.asking import ask_to_cancel, requeue
from nuages.jobs.attempt import Attempt
from nuages.jobs.claim import claim
from nuages.jobs.outcome import pieces_of
from nuages.jobs.running import LOST, run_by_id, run_claimed
from nuages.models import JobPiece, StoredJob
from nuages.testing import run_jobs
from tests.unit.jobs import doing
from tests.unit.jobs.doing import Parcel, add, fail_until, feed, give, greet, leave, refuse, send_parcel, write_table
from tests.zoo.models import Food

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def nothing_done() -> Iterator[None]:
    """Nothing has been done yet."""
    doing.done.clear()
    yield
    doing.done.clear()


def only() -> StoredJob:
    """The one job."""
    return StoredJob.objects.get()


def test_a_job_is_run_with_its_arguments() -> None:
    """What it gives is stored, and when; nothing of the worker is left."""
    key = add.enqueue(1, two=4)
    assert [str(ran.pk) for ran in run_jobs()] == [key]
    found = only()
    assert (found.name, found.status, found.result, found.attempts) == (
        "tests.unit.jobs.doing.add",
        "succeeded",
        "5",
        1,
    )
    assert (found.worker, found.lease_until, found.problem, found.size_bytes) == ("", None, None, 1)
    assert found.expires_at - found.finished_at == dt.timedelta(days=7)
    assert add(1, 2) == 3
    assert run_jobs() == []


def test_arguments_are_read_back_by_their_annotations() -> None:
    """A dataclass comes back as one, a coroutine is waited for, and what it tells is stored."""
    send_parcel.enqueue(Parcel("Ann", dt.date(2026, 1, 2)))
    run_jobs()
    assert json.loads(only().result or "") == {"to": "Ann", "due": "2026-01-03"}
    assert (only().progress_done, only().progress_total, only().progress_note) == (1, 2, "half")
    assert Food.objects.get().name == "Ann"


@pytest.mark.parametrize(
    "enqueue",
    [
        lambda: add.enqueue(object()),
        lambda: add.enqueue("one"),
        add.enqueue,
        lambda: add.enqueue(1, three=3),
        lambda: add.enqueue(Food(name="f")),
        lambda: greet.enqueue(float("nan")),
        lambda: send_parcel.enqueue(Parcel("Ann", dt.date(2026, 1, 2)), None),
    ],
)
def test_arguments_that_cannot_be_stored_are_refused_at_once(enqueue: Any) -> None:  # T04
    """Whoever asks is told; nothing is stored."""
    with pytest.raises((TypeError, ValueError)):
        enqueue()
    assert not StoredJob.objects.exists()


def test_too_many_arguments_are_refused() -> None:  # T04
    """A job is told what to do, and does not carry it."""
    with pytest.raises(Unprocessable):
        greet.enqueue("x" * 300_000)
    assert not StoredJob.objects.exists()


def test_what_is_rolled_back_never_was() -> None:  # T01
    """A job is part of the transaction in which it was asked for."""
    with transaction.atomic(using=StoredJob.objects.db):
        add.enqueue(1)
        transaction.set_rollback(True, using=StoredJob.objects.db)
    assert run_jobs() == []
    assert doing.done == []


def test_a_job_that_fails_is_tried_again_later() -> None:
    """It waits longer each time; what an attempt wrote goes with it."""
    fail_until.enqueue(3)
    (ran,) = run_jobs()
    assert (ran.status, ran.attempts, ran.problem) == ("queued", 1, None)
    assert "a secret of the inside \\0" in ran.traceback
    assert dt.timedelta(seconds=45) < ran.run_at - ran.started_at < dt.timedelta(seconds=77)
    assert not JobPiece.objects.exists()
    run_jobs(skip_delays=True)
    assert doing.done == [1, 2, 3]
    assert (only().status, only().result, only().content_type, only().size_bytes) == (
        "succeeded",
        None,
        "text/plain",
        300_000,
    )
    assert b"".join(bytes(piece.content) for piece in pieces_of(only()).order_by("number")) == b"x" * 300_000
    assert {piece.attempt for piece in pieces_of(only())} == {3}


def test_a_job_that_always_fails_is_a_dead_letter() -> None:  # T04
    """After its attempts it has failed: its owner is told that it did, the admin what happened."""
    fail_until.enqueue(9)
    assert [ran.attempts for ran in run_jobs(skip_delays=True)] == [3, 3, 3]
    assert (only().status, doing.done) == ("failed", [1, 2, 3])
    problem = json.loads(only().problem or "")
    assert (problem["status"], problem["type"]) == (500, "urn:nuages:problem:internal-error")
    assert problem["detail"] == f"The job {only().pk} failed; the failure is logged."
    assert "secret" in only().traceback
    assert not JobPiece.objects.exists()


def test_a_problem_is_final() -> None:
    """What a function means its owner to be told is told, without another attempt."""
    refuse.enqueue()
    run_jobs(skip_delays=True)
    assert (only().status, doing.done) == ("failed", [1])
    assert json.loads(only().problem or "")["detail"] == "No."


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ({"name": "no.such.function"}, "unknown-job"),
        ({"name": "os.system"}, "unknown-job"),
        ({"name": "tests.zoo.no_such_module.function"}, "unknown-job"),
        ({"arguments": "{"}, "wrong-arguments"),
        ({"arguments": "[1]"}, "wrong-arguments"),
        ({"arguments": '{"one": "x"}'}, "wrong-arguments"),
        ({"arguments": '{"four": 4}'}, "wrong-arguments"),
        ({"arguments": "[" * 100_000}, "wrong-arguments"),
    ],
)
def test_what_cannot_be_run_is_a_dead_letter(stored: dict[str, str], code: str) -> None:  # T04
    """At once, with a problem that says why."""
    add.enqueue(1)
    StoredJob.objects.update(**stored)
    run_jobs(skip_delays=True)
    assert (only().status, only().attempts) == ("failed", 1)
    assert json.loads(only().problem or "")["type"] == f"urn:nuages:problem:{code}"
    assert doing.done == []


@pytest.mark.parametrize(
    ("what", "code"), [("nan", "result-not-json"), ("object", "result-not-json"), ("large", "result-too-large")]
)
def test_a_result_that_cannot_be_kept_is_a_failure(what: str, code: str, settings: Any) -> None:
    """It would be the same in another attempt."""
    settings.NUAGES_JOB_MAX_RESULT_BYTES = 1_000
    give.enqueue(what)
    run_jobs(skip_delays=True)
    assert (only().status, only().attempts, only().result) == ("failed", 1, None)
    assert json.loads(only().problem or "")["type"] == f"urn:nuages:problem:{code}"


@pytest.mark.parametrize("what", ["surrogate", "nul"])
def test_a_result_of_odd_characters_is_kept(what: str) -> None:
    """JSON has a spelling for each."""
    give.enqueue(what)
    run_jobs()
    assert json.loads(only().result or "") == {"surrogate": "\ud800", "nul": "\0"}[what]


def test_a_file_that_is_too_large_is_a_failure(settings: Any) -> None:
    """It is broken off, and nothing of it is left."""
    settings.NUAGES_JOB_MAX_RESULT_BYTES = 300_000
    write_table.enqueue(100_000)
    run_jobs()
    assert json.loads(only().problem or "")["type"] == "urn:nuages:problem:result-too-large"
    assert not JobPiece.objects.exists()


def test_a_file_is_kept_in_pieces() -> None:
    """It may be written as text."""
    write_table.enqueue(60_000)
    run_jobs()
    content = b"".join(bytes(piece.content) for piece in pieces_of(only()).order_by("number"))
    assert content.decode() == "".join(f"{number},é\n" for number in range(60_000))
    assert (only().filename, only().size_bytes, pieces_of(only()).count()) == ("table.csv", len(content), 3)


def test_what_an_atomic_job_did_is_undone_with_it() -> None:
    """Of two attempts one has an effect."""
    feed.enqueue("once", 1)
    run_jobs(skip_delays=True)
    assert (only().status, only().attempts, Food.objects.count()) == ("succeeded", 2, 1)


def test_a_unique_job_is_there_once() -> None:
    """Asking again for the same gives the one that there is, also once it has succeeded, until it is kept no longer."""
    first = feed.enqueue("a", 0)
    assert feed.enqueue(name="a", fail=0) == first
    assert feed.enqueue("b", 0) != first
    assert greet.enqueue("Ann") == greet.enqueue("ANN")
    assert add.using(key="k").enqueue(1) == add.using(key="k").enqueue(2)
    run_jobs()
    assert feed.enqueue("a", 0) == first
    StoredJob.objects.update(expires_at=Now() - dt.timedelta(seconds=1))
    assert feed.enqueue("a", 0) != first


def test_a_key_is_free_again_where_its_job_has_failed() -> None:
    """Another one may do what this one could not."""
    first = feed.enqueue("a", 2)
    run_jobs(skip_delays=True)
    assert only().status == "failed"
    assert feed.enqueue("a", 2) != first
    assert Food.objects.count() == 0


def test_jobs_wait_for_their_time() -> None:
    """By a delay, or until a moment; of those that are due the highest priority goes first."""
    add.using(delay_s=60).enqueue(1)
    add.using(run_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).enqueue(2)
    add.enqueue(3)
    add.using(priority=5, queue="other").enqueue(4)
    run_jobs()
    assert [one for one, _ in doing.done] == [4, 3]
    run_jobs(skip_delays=True)
    assert {one for one, _ in doing.done[2:]} == {1, 2}


def test_queues_are_told_apart() -> None:
    """A worker may be there for some of them."""
    add.using(queue="a").enqueue(1)
    assert claim("w", ["b", "c"]) is None
    assert claim("w", ["b", "a"]) is not None


def test_an_outcome_without_its_lease_is_dropped() -> None:
    """Whose row another worker has by now says nothing of it, and what it did in its transaction is undone."""
    for declared, arguments in ((add, [1]), (feed, ["a", 0]), (refuse, [])):
        declared.enqueue(*arguments)
        claimed = claim("one")
        StoredJob.objects.filter(status="running").update(worker="two", attempts=2)
        assert run_claimed(claimed) == LOST
        assert StoredJob.objects.filter(status="running", worker="two", attempts=2).update(status="canceled") == 1
    assert Food.objects.count() == 0


def test_progress_ends_a_job_that_somebody_has_canceled() -> None:
    """It is not tried again, and its key is free."""
    key = write_table.using(key="k").enqueue(1_000)
    claimed = claim("one")
    StoredJob.objects.update(cancel_asked_at=Now())
    assert run_claimed(claimed) == "canceled"
    assert (only().status, only().unique_key, JobPiece.objects.exists()) == ("canceled", None, False)
    assert key == str(only().pk)


def test_a_job_is_run_by_its_id_once() -> None:
    """A transport may bring an id twice, or that of a job which another worker has."""
    key = add.enqueue(1)
    assert run_by_id(key, worker="w") == "succeeded"
    assert run_by_id(key, worker="w") is None
    later = add.using(delay_s=60).enqueue(1)
    assert run_by_id(later, worker="w") is None
    held = add.enqueue(1)
    StoredJob.objects.filter(pk=held).update(status="running", worker="v", attempts=1, lease_until=Now())
    StoredJob.objects.filter(pk=held).update(lease_until=Now() + dt.timedelta(seconds=9))
    assert run_by_id(held, worker="w") is None
    StoredJob.objects.filter(pk=held).update(lease_until=Now() - dt.timedelta(seconds=9))
    assert run_by_id(held, worker="w") == "succeeded"
    assert StoredJob.objects.get(pk=held).attempts == 2


def test_a_job_that_waits_is_canceled_at_once() -> None:
    """It is not run; one that runs is asked; one that has ended stays as it is."""
    key = add.using(key="k").enqueue(1)
    assert ask_to_cancel(key) == "canceled"
    assert (only().status, only().unique_key, only().expires_at is None) == ("canceled", None, False)
    assert run_jobs() == []
    assert requeue(key)
    claim("w")
    assert (ask_to_cancel(key), only().cancel_asked_at is None) == ("running", False)
    StoredJob.objects.update(status="succeeded", cancel_asked_at=None)
    assert (ask_to_cancel(key), only().cancel_asked_at, requeue(key)) == ("succeeded", None, False)


def test_a_dead_letter_is_run_again() -> None:
    """With all its attempts, whenever somebody asks for it."""
    fail_until.enqueue(9)
    run_jobs(skip_delays=True)
    assert requeue(only().pk)
    assert (only().problem, only().finished_at, only().expires_at) == (None, None, None)
    run_jobs(skip_delays=True)
    assert doing.done == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("extension", [{"set": {1}}, {"nan": float("nan")}, {("a", "b"): 1}])
def test_a_problem_of_an_author_is_stored(extension: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its members are."""
    monkeypatch.setattr(doing.No, "extension", extension)
    refuse.enqueue()
    run_jobs()
    assert json.loads(only().problem or "")["detail"] == "No."


@pytest.mark.parametrize("told", [("text/plain", "x" * 256), ("", "name"), ("text/plain", "a\nb")])
def test_a_file_has_a_name_that_can_be_stored(told: tuple[str, str]) -> None:
    """Its author is told at once."""
    add.enqueue(1)
    with pytest.raises(ValueError, match="printable"):
        Attempt(claim("w")).file(*told)


def test_a_job_cannot_end_the_process() -> None:
    """It has failed, as by any exception."""
    leave.enqueue()
    run_jobs(skip_delays=True)
    assert (only().status, only().attempts) == ("failed", 3)


def test_a_function_inside_another_is_refused() -> None:
    """No worker could find it."""
    with pytest.raises(DeclarationError, match=r"\(nuages.E075\) .*test_running.py:\d+ .*inner: is no function of"):

        @job
        def inner() -> None:
            pass
