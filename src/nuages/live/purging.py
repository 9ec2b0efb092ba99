"""Delete what is old of the log, and leave a mark of up to where, so that nobody takes a gap for silence.

When a change was committed is not in it: it may have been made long before. So marks are set of where the log was at a
moment, and once one is old enough, all that it had is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections, router, transaction
from django.db.models import Model

from nuages.live.bounds import keep_s
from nuages.live.tables import LOG

EVERY_S = 60.0
"""How often a mark is set, and old changes are deleted."""
BATCH = 2_000
_BATCHES = 20  # at once by whoever feeds, who has others waiting
_PAUSE_S = 0.05  # in which others may write, on SQLite
_lock = threading.Lock()
_due_s: dict[str, float] = {}


def purge_in_turn(connection: Any) -> None:
    """Purge, once a minute in each process, and not inside somebody's transaction; failures are for the next time."""
    alias, now_s = connection.alias, time.monotonic()
    if now_s < _due_s.get(alias, 0.0) or connection.in_atomic_block:
        return
    with _lock:
        if now_s < _due_s.get(alias, 0.0):
            return
        _due_s[alias] = now_s + EVERY_S
    try:
        purge(connection, batches=_BATCHES)
    except DatabaseError as error:
        logging.getLogger("nuages.live").warning("Old changes could not be deleted (%s).", type(error).__name__)


def purge_all(models: Iterable[type[Model]]) -> int:
    """Purge the logs of the databases where models are changed, and the one of the project; how many were deleted."""
    count = 0
    for alias in sorted({router.db_for_write(model) for model in (*models, apps.get_model("nuages", "LoggedChange"))}):
        connection = connections[alias]
        if connection.vendor in {"postgresql", "sqlite"} and LOG in connection.introspection.table_names():
            count += purge(connection)
    return count


def purge(connection: Any, *, batches: int | None = None, now_s: float | None = None) -> int:
    """Set a mark, delete what a mark that is old enough had, and count it.

    Units: `batches` of BATCH changes at most, all that there are without it; `now_s` seconds since 1970.
    Raises: django.db.DatabaseError.
    """
    now_s = time.time() if now_s is None else now_s
    vendor = import_module(f"nuages.live.{connection.vendor}_log")
    _set_mark(connection, vendor, now_s)
    place = _last_mark(connection, now_s - keep_s())
    if place is None:
        return 0
    count = 0
    while batches is None or batches > 0:
        with connection.cursor() as cursor:
            deleted = vendor.delete(cursor, place, BATCH)
        count += deleted
        if deleted < BATCH:
            break
        batches = None if batches is None else batches - 1
        time.sleep(_PAUSE_S if connection.vendor == "sqlite" else 0)
    return count


def _marks(connection: Any) -> Any:
    return apps.get_model("nuages", "LogMark")._base_manager.using(connection.alias)


def _set_mark(connection: Any, vendor: Any, now_s: float) -> None:
    """Mark where the log is now, unless another process has just done so."""
    marks = _marks(connection).filter(is_purged=False)
    if marks.filter(at_s__gt=now_s - EVERY_S / 2, at_s__lte=now_s).exists():
        return
    with connection.cursor() as cursor:
        place = str(vendor.now(cursor))
    marks.create(at_s=now_s, place=place)


def _last_mark(connection: Any, before_s: float) -> str | None:
    """Make the last mark that is old enough the one up to which all may be gone, before anything is; None without."""
    with transaction.atomic(connection.alias):
        old = _marks(connection).filter(at_s__lte=before_s).order_by("at_s", "id")
        last = old.last()
        if last is None:
            return None
        _marks(connection).filter(pk=last.pk).update(is_purged=True)
        old.exclude(pk=last.pk).delete()
    place: str = last.place
    return place
