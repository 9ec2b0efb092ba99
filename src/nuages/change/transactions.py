"""Run a change as one transaction: whole or not at all, and again where the database gave way to another client.

Source: postgresql.org/docs/current/mvcc-serialization-failure-handling.html; sqlite.org/lang_transaction.html.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import OperationalError, transaction

from nuages.logs import log_entry

MOST_ATTEMPTS = 4
_PAUSE_S = 0.02  # doubled each time, and spread, so that two do not meet again
_GAVE_WAY = {"40001", "40P01"}  # serialization failure, deadlock: the other one is through, ask again

Done = TypeVar("Done")


def run_change(connection: Any, change: Callable[[], Done]) -> Done:
    """Run a change in a transaction of its own, or inside the one that is open already.

    A change whose transaction was ended for another's sake is run again, a few times. An error of an `on_commit` hook
    is logged: what it followed is stored, and the answer says so.
    Raises: whatever the change raises, after everything has been taken back.
    """
    for attempt in range(1, MOST_ATTEMPTS):
        try:
            return _run_once(connection, change)
        except OperationalError as error:
            if connection.in_atomic_block or not _gave_way(error):
                raise
        time.sleep(random.uniform(0.5, 1.5) * _PAUSE_S * 2**attempt)
    return _run_once(connection, change)


def _run_once(connection: Any, change: Callable[[], Done]) -> Done:
    given: list[Done] = []
    stored: list[bool] = []
    try:
        with _writing(connection), transaction.atomic(using=connection.alias):
            if not connection.savepoint_ids:  # the outermost block, whose end stores
                transaction.on_commit(lambda: stored.append(True), using=connection.alias)
            given.append(change())
    except Exception as error:  # of the change, which goes on; or, once it is stored, of an author's on_commit hook
        if not stored:
            raise
        log_entry(logging.ERROR, "A function given to transaction.on_commit failed", error=error)
    return given[0]


@contextmanager
def _writing(connection: Any) -> Iterator[None]:
    """Let SQLite take its lock for writing at once: one that read first could not go on after another's write."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    usual = connection.transaction_mode
    connection.transaction_mode = "IMMEDIATE"
    try:
        yield
    finally:
        connection.transaction_mode = usual


def _gave_way(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _GAVE_WAY
