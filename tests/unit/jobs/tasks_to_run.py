"""Tasks that the tests of Django's API store; a worker finds them by their names. No test lives here."""

from typing import Any

from nuages.tasks import TaskContext, task


class BrokenError(Exception):
    """What a task raises here."""


@task(backend="jobs")
def add(a: int, b: int = 0) -> dict[str, Any]:
    return {"sum": a + b}


@task(backend="jobs")
async def add_async(a: int, b: int) -> int:
    return a + b


@task(backend="jobs", takes_context=True)
def tell_attempt(context: TaskContext, word: str) -> str:
    return f"{word} {context.attempt}"


@task(backend="jobs", queue_name="slow", priority=7)
def fail(word: str) -> None:
    raise BrokenError(f"{word}\nTraceback (most recent call last):\nos.Error: not this one")


@task(backend="other")
def elsewhere() -> None:
    pass
