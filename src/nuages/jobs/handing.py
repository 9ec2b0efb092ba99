"""Bring jobs to the workers of a queue that the project has besides its database: RQ's, say. The row stays the truth.

A message that is lost costs some seconds: `rehanding` brings what nobody has taken once more. One that comes twice
finds nothing to do. Without such a queue nothing here does anything, for workers look for jobs themselves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from django.db import transaction

from nuages.jobs.tasks_found import carrier_path
from nuages.logs import log_entry

_REST_S = 5.0  # after a failure: each attempt may take a client's patience


class Working(Protocol):
    """A process of `manage.py worker`, as a transport sees it."""

    @property
    def is_batch(self) -> bool:
        """Whether it ends when nothing is due."""

    def run_by_id(self, job_id: Any) -> None:
        """Run a job here, if it is due."""

    def is_leaving(self) -> bool:
        """Whether it has been told to end."""

    def wait(self, seconds: float) -> None:
        """Wait, or until it is told to end."""


class Transport(Protocol):
    """What brings jobs to workers."""

    def hand(self, jobs: Iterable[tuple[Any, str]]) -> None:
        """Bring jobs on their way: pairs of an id and a queue. Raises: whatever its own library raises."""

    def is_empty(self) -> bool:
        """Whether nothing is on its way; False where that cannot be known."""

    def work(self, process: Working) -> None:
        """Run in `process` what comes, until it is told to end."""


def transport() -> Transport | None:
    """The project's transport, None where workers look for jobs themselves."""
    path = carrier_path()
    return None if path is None else _made(path)


@cache
def _made(path: str) -> Transport:
    made: Transport = import_module("nuages.jobs.choosing").make_transport(path)
    return made


def hand_after_commit(carrier: Transport, job: Any, *, using: str) -> None:
    """Bring a job on its way when the transaction that it is part of has been committed."""
    transaction.on_commit(lambda: _hand(carrier, job), using=using)


class _Failure:
    """When a transport may be tried again."""

    until_s = 0.0


def _hand(carrier: Transport, job: Any) -> None:
    """Hand a job over; what fails is left to whoever keeps jobs, and does not fail the request that asked for it."""
    if time.monotonic() < _Failure.until_s:
        return
    try:
        carrier.hand([(job.pk, job.queue)])
    except Exception as error:  # noqa: BLE001  # whatever the back end's own library raises
        _Failure.until_s = time.monotonic() + _REST_S
        told = (type(error).__name__, _REST_S)
        log_entry(logging.WARNING, "Jobs cannot be handed over (%s); tried again in %s s", *told, log="nuages.jobs")
