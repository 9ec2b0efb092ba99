"""Note when a key was last used: seldom, and never in the way of a request. Nobody is identified here.

A database that may not be written, or is being written by somebody else, is left alone at once.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import Error, connections, router, transaction
from django.db.models import Q
from django.utils import timezone

EVERY_S = 60
_MOST = 10_000  # keys whose last attempt is known, in each process


class LastUsed:
    """What this process has noted, or tried to note, lately."""

    def __init__(self) -> None:
        self._tried_s: dict[str, float] = {}

    def note(self, prefix: str, last_used_at: dt.datetime | None) -> None:
        """Note a use, unless one of the last minute is known; whatever goes wrong, the request goes on.

        Shapes: `last_used_at` is what was read of the key some seconds ago.
        """
        now_s = time.monotonic()
        tried_s = self._tried_s.get(prefix)
        if tried_s is not None and now_s - tried_s < EVERY_S:
            return
        if len(self._tried_s) >= _MOST:
            self._tried_s.clear()
        self._tried_s[prefix] = now_s
        due = timezone.now() - dt.timedelta(seconds=EVERY_S)
        if last_used_at is None or last_used_at <= due:
            _try_to_note(prefix, due)


def _try_to_note(prefix: str, due: dt.datetime) -> None:
    model: Any = apps.get_model("nuages", "StoredKey")
    alias = router.db_for_write(model)
    keys = model._default_manager.using(alias)
    is_due = Q(prefix=prefix) & (Q(last_used_at__isnull=True) | Q(last_used_at__lte=due))
    try:
        with _unwaiting(connections[alias]), transaction.atomic(alias):
            # Who finds the row locked leaves it to the other: nobody waits.
            free = keys.select_for_update(skip_locked=_can_skip(alias)).filter(is_due)
            keys.filter(pk__in=list(free.values_list("pk", flat=True))).update(last_used_at=timezone.now())
    except Error as error:
        logging.getLogger("nuages.security").info("The last use of API key %s is not noted: %s", prefix, error)


def _can_skip(alias: str) -> bool:
    return bool(connections[alias].features.has_select_for_update_skip_locked)


@contextmanager
def _unwaiting(connection: Any) -> Iterator[None]:
    """Let SQLite say at once that somebody else is writing, rather than wait for `timeout` seconds.

    Source: sqlite.org, "PRAGMA busy_timeout".
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (before_ms,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(before_ms)}")
