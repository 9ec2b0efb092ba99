"""Functions that workers run: what they have done is in a table, and in a file that no transaction takes back."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from django.db import connection

from nuages.jobs import JobContext, job
from shop.models import Author

urlpatterns: list[Any] = []
_SCHEDULE = os.environ.get("TEST_SCHEDULE") or None


def note(word: str) -> None:
    """Write a line, at once and whole."""
    with (Path(os.environ["TEST_DIRECTORY"]) / "ledger").open("a") as ledger:
        ledger.write(f"{word}\n")


def hold(name: str, context: JobContext) -> None:
    """Wait as long as a file stands in the way."""
    note(f"{name} begins {context.attempt}")
    while (Path(os.environ["TEST_DIRECTORY"]) / f"hold-{name}").exists():
        time.sleep(0.02)


@job(max_attempts=100, backoff_s=0)
def plain(context: JobContext, name: str, rest_s: float = 0.0) -> None:
    """Do something that is there at once."""
    hold(name, context)
    time.sleep(rest_s)
    Author.objects.create(name=name)
    note(name)


@job(max_attempts=100, backoff_s=0, unique=True)
def once(context: JobContext, name: str, rest_s: float = 0.0) -> None:
    """Do something in the transaction of its outcome."""
    Author.objects.create(name=name)
    hold(name, context)
    time.sleep(rest_s)


@job(max_attempts=2)
def poison(context: JobContext) -> None:
    """End the process that runs it."""
    note(f"poison {context.attempt}")
    os.kill(os.getpid(), 9)


@job(time_limit_s=0.5, max_attempts=1)
def endless(kind: str) -> None:
    """Take longer than it may: asleep, busy, on an event loop, or in a statement; or not to be ended."""
    note(f"{kind} begins")
    try:
        while kind in {"sleeps", "deaf"}:
            time.sleep(0.05)
        while kind == "busy":
            kind = str(kind)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")
    except BaseException as error:
        note(f"{kind} {type(error).__name__}")
        while kind == "deaf":
            time.sleep(0.05)
        raise


@job(time_limit_s=0.5, max_attempts=1)
async def endless_coroutine() -> None:
    """Wait for nothing."""
    try:
        await asyncio.sleep(60)
    finally:
        note("coroutine ended")


@job(max_attempts=1)
def steps(context: JobContext, number: int) -> int:
    """Tell how far it is."""
    for step in range(number):
        context.progress(step, number, f"step {step}")
        time.sleep(0.02)
    return number


@job(schedule=_SCHEDULE)
def scheduled() -> None:
    """Be run by no one."""
    note("scheduled")
