"""Functions that the tests run as jobs. No test lives here."""

import datetime as dt
import io
import time
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from nuages.errors import Unprocessable
from nuages.jobs import JobContext, job
from nuages.models import StoredJob
from tests.zoo.models import Food

done: list[Any] = []
"""What was done; a test empties it first."""


class No(Unprocessable):
    """A problem of a project's own."""


@dataclass
class Parcel:
    """An argument with members."""

    to: str
    due: dt.date


@job
def add(one: int, two: int = 2) -> int:
    """Add."""
    done.append((one, two))
    return one + two


@job
async def send_parcel(context: JobContext, parcel: Parcel) -> Parcel:
    """Wait for nothing."""
    await Food.objects.acreate(name=parcel.to)
    context.progress(1, 2, "half")
    return Parcel(parcel.to, parcel.due + dt.timedelta(days=context.attempt))


@job(max_attempts=3, backoff_s=60, keep_s=1)
def fail_until(context: JobContext, attempt: int) -> str:
    """Fail in every attempt before one."""
    done.append(context.attempt)
    context.file("text/plain", "left.txt").write(b"x" * 300_000)
    if context.attempt < attempt:
        raise RuntimeError("a secret of the inside \0")
    return "never shown: there is a file"


@job(max_attempts=5)
def refuse() -> None:
    """Fail in a way that no other attempt changes."""
    done.append(1)
    raise No("No.", code="no")


@job(unique=True, max_attempts=2, backoff_s=0)
def feed(context: JobContext, name: str, fail: int) -> None:
    """Do something in the database, and fail after it."""
    Food.objects.create(name=name)
    if context.attempt <= fail:
        raise RuntimeError


@job(unique=lambda name: name.lower())
def greet(name: str) -> None:
    """Do nothing."""


@job
def give(what: str) -> Any:
    """Give what cannot be kept."""
    return {"nan": float("nan"), "object": object(), "large": "x" * 2_000, "surrogate": "\ud800", "nul": "\0"}[what]


@job
def write_table(context: JobContext, rows: int) -> None:
    """Write a file as text."""
    with io.TextIOWrapper(context.file("text/csv", "table.csv"), encoding="utf-8", write_through=True) as file:
        for number in range(rows):
            file.write(f"{number},é\n")
            context.progress(number, rows)


@job
def leave() -> None:
    """Want the process to end."""
    raise SystemExit(3)


@job
def linger(context: JobContext, tells: bool) -> None:
    """Wait until the lease has been renewed, ask for its own end, and wait for that."""
    rows = StoredJob.objects.filter(pk=context.id)
    first = rows.values_list("lease_until", flat=True)[0]
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        time.sleep(0.05)
        if rows.filter(lease_until__gt=first).update(cancel_asked_at=Now()):
            done.append("renewed")
        if tells:
            context.progress(1)
