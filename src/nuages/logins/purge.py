"""Delete what is of no more use: logins that are over, with their tokens, counts of failures, answers given long ago.

Beside traffic: in batches, each a transaction of its own, with pauses in between. A token that was used is kept as long
as its login lives, or nobody could tell when it comes again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from django.apps import apps
from django.db import connections
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from nuages.change import idempotency
from nuages.change.transactions import run_change
from nuages.logins.families import alias_of_logins, login_rows, token_rows
from nuages.logins.moving import exchanged_rows

BATCH = 500  # rows: some milliseconds in which SQLite lets nobody else write
# SQLite knows no queue. Who waits for the lock looks again after 1 to 50 ms, later after 100, and would not get it for
# seconds from one who takes it anew at once. Source: sqlite.org/src, src/main.c, sqliteDefaultBusyCallback.
_PAUSE_S = 0.05

Done = TypeVar("Done")


def purge() -> Iterator[tuple[str, int]]:
    """Delete everything, and tell of each kind how many rows there were."""
    yield "logins", _purge_logins()
    yield "exchanged tokens", _purge_exchanged()
    yield "failed logins", _purge_failures()
    yield "idempotent answers", _purge_answers()


def _purge_logins() -> int:
    """Ended, over, or unused for so long that no token of theirs can be used; none of which comes back."""
    now, last, count = timezone.now(), None, 0
    usable = token_rows().filter(login=OuterRef("pk"), consumed_at__isnull=True, expires_at__gt=now)
    over = login_rows().filter(Q(ended_at__isnull=False) | Q(expires_at__lte=now) | ~Exists(usable)).order_by("pk")
    while keys := list((over.filter(pk__gt=last) if last else over).values_list("pk", flat=True)[:BATCH]):
        _in_turn(partial(run_change, connections[alias_of_logins()], partial(_delete_logins, keys)))
        last, count = keys[-1], count + len(keys)
    return count


def _delete_logins(keys: list[Any]) -> None:
    login_rows().filter(pk__in=keys).delete()


def _purge_exchanged() -> int:
    """Tokens that would be refused as over, had they not been used."""
    count, over = 0, exchanged_rows().filter(expires_at__lte=timezone.now())
    while keys := list(over.values_list("pk", flat=True)[:BATCH]):
        count += over.filter(pk__in=keys).delete()[0]
    return count


def _purge_failures() -> int:
    alias, count = alias_of_logins(), 0
    rows = apps.get_model("nuages", "FailedLogin")._base_manager.using(alias)
    over = rows.filter(window_ends_at__lte=timezone.now())
    while keys := list(over.values_list("pk", flat=True)[:BATCH]):
        # Looked at again: a new window may have begun meanwhile.
        count += _in_turn(over.filter(pk__in=keys).delete)[0]
    return count


def _purge_answers() -> int:
    connection, count = connections[alias_of_logins()], 0
    while deleted := _in_turn(partial(idempotency.purge, connection)):
        count += deleted
    return count


def _in_turn(delete: Callable[[], Done]) -> Done:
    """Delete a batch, then let others write for as long as that has taken."""
    started_s = time.monotonic()
    done = delete()
    if connections[alias_of_logins()].vendor == "sqlite":
        time.sleep(max(_PAUSE_S, time.monotonic() - started_s))
    return done
