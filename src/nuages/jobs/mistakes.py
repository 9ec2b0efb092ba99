"""Say what is wrong with the terms of jobs and with their functions: `nuages.E075`. Runs nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from nuages.errors import Misdeclared, suggest
from nuages.jobs.bounds import bound_mistakes
from nuages.jobs.cron import cron_complaint
from nuages.jobs.registry import registered
from nuages.jobs.terms import Job

_MOST_ATTEMPTS = 32_767
_MOST_PRIORITY = 100
_LONGEST_KEEP_S = 2**31 - 1
_LONGEST_QUEUE = 40
_CRON = 'Write minute, hour, day, month, day of the week: "0 6 * * *" is every day at six.'
_SECONDS = ("backoff_s", "max_backoff_s", "delay_s")


def job_mistakes() -> Iterator[Misdeclared]:
    """What is wrong with all that may be run here, and with the settings."""
    yield from bound_mistakes()
    for function in registered():
        for message, hint in (*term_complaints(function.terms), *function.complaints()):
            yield Misdeclared("nuages.E075", function.place, message, hint)


def unknown_terms(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Complain of terms that there are not."""
    known = [field.name for field in fields(Job)]
    for name in names:
        if name not in known:
            yield f"has a term {name!r}, which no job has.", suggest(name, known)


def term_complaints(given: Job) -> Iterator[tuple[str, str]]:
    """What is wrong with terms, each a sentence and a hint."""
    terms: Any = given  # whatever its annotations say
    yield from _whole("max_attempts", terms.max_attempts, 1, _MOST_ATTEMPTS)
    yield from _whole("priority", terms.priority, -_MOST_PRIORITY, _MOST_PRIORITY)
    yield from _whole("keep_s", terms.keep_s, 1, _LONGEST_KEEP_S)
    for name in _SECONDS:
        yield from _seconds(name, getattr(terms, name), least="0")
    if not (_is_number(terms.time_limit_s) and terms.time_limit_s > 0):
        yield f"has time_limit_s={terms.time_limit_s!r}, which is no number of seconds above 0.", "Write 600 or so."
    if not (isinstance(terms.queue, str) and 0 < len(terms.queue) <= _LONGEST_QUEUE):
        yield f"has queue={terms.queue!r}, which is no name of 1 to 40 characters.", 'Leave it out for "default".'
    if not (isinstance(terms.unique, bool) or callable(terms.unique)):
        yield f"has unique={terms.unique!r}.", "Write True, or a function of the arguments that gives a key."
    if terms.atomic not in (None, True, False):
        yield f"has atomic={terms.atomic!r}.", "Write True or False."
    if terms.schedule is not None and (said := cron_complaint(terms.schedule)):
        yield f"has a schedule that {said}", _CRON


def _whole(name: str, given: Any, least: int, most: int) -> Iterator[tuple[str, str]]:
    if type(given) is not int or not least <= given <= most:
        near = min(max(int(given), least), most) if _is_number(given) else least
        yield f"has {name}={given!r}, which is no whole number from {least} to {most}.", f"Write {name}={near}."


def _seconds(name: str, given: Any, least: str) -> Iterator[tuple[str, str]]:
    if not (_is_number(given) and given >= 0):
        yield f"has {name}={given!r}, which is no number of seconds from {least}.", f"Write {name}={least}, or more."


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
