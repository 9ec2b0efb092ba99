"""What is due is handed to a transport until somebody takes it: at first, for a retry, after a message was lost."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from nuages.jobs.rehanding import hand_due
from nuages.models import StoredJob

pytestmark = pytest.mark.usefixtures("database")


class Carrier:
    """A transport that notes what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.is_idle = self.is_down = False

    def hand(self, jobs: Iterable[tuple[Any, str]]) -> None:
        """Take note of jobs by their queues."""
        if self.is_down:
            raise ConnectionError
        self.given += [queue for _, queue in jobs]

    def is_empty(self) -> bool:
        """Whether nothing is on its way."""
        return self.is_idle

    def work(self, process: Any) -> None:
        """Nothing."""


def job(queue: str, *, due_s: float = 0, handed_s: float | None = None, status: str = "queued") -> None:
    """Store a job that is due since so many seconds, and was handed over so many seconds ago."""
    row = StoredJob.objects.create(name="j", queue=queue, status=status)
    rows = StoredJob.objects.filter(pk=row.pk)
    rows.update(run_at=Now() - dt.timedelta(seconds=due_s))
    if handed_s is not None:
        rows.update(handed_at=Now() - dt.timedelta(seconds=handed_s))


def test_what_nobody_has_handed_over_is() -> None:
    """Once; what waits for its time, runs or has ended is not."""
    job("fresh")
    job("retried", due_s=1, handed_s=30)
    job("handed", due_s=3, handed_s=3)
    job("later", due_s=-60)
    for status in ("running", "succeeded", "failed", "canceled"):
        job(status, status=status)
    carrier = Carrier()
    assert hand_due(carrier) == 2
    assert sorted(carrier.given) == ["fresh", "retried"]
    assert StoredJob.objects.filter(handed_at__gte=F("run_at"), queue="fresh").exists()
    assert hand_due(carrier) == 0


def test_a_long_queue_is_not_filled_with_doubles() -> None:
    """Each time a job waits as long as it has so far, and ten seconds more."""
    job("an hour", due_s=3600, handed_s=1000)
    job("short", due_s=14, handed_s=14)
    job("shorter", due_s=9, handed_s=9)
    job("half an hour twice", due_s=3600, handed_s=1810)
    carrier = Carrier()
    assert hand_due(carrier) == 2
    assert sorted(carrier.given) == ["half an hour twice", "short"]


def test_what_is_on_nobodys_way_was_lost() -> None:
    """Where the transport has nothing, what is due for some seconds is handed over."""
    job("lost", due_s=3600, handed_s=6)
    job("just taken", due_s=3600, handed_s=2)
    carrier = Carrier()
    assert hand_due(carrier) == 0
    carrier.is_idle = True
    assert hand_due(carrier) == 1
    assert carrier.given == ["lost"]


def test_what_could_not_be_handed_over_is_next_time() -> None:
    """As soon as the transport is there again."""
    job("fresh")
    carrier = Carrier()
    carrier.is_down = True
    for _ in range(2):
        with pytest.raises(ConnectionError):
            hand_due(carrier)
    carrier.is_down = False
    assert hand_due(carrier) == 1
