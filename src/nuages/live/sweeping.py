"""Delete old changes for as long as a server runs, also while nobody watches: else the log would grow without end.

Only `manage.py serve` has this; where another server runs, `manage.py nuages purge` from time to time does the same.
"""

from __future__ import annotations

import threading
import time

from django.db import connections, router

from nuages.live.migrating import known_live_models
from nuages.live.purging import EVERY_S, purge_in_turn


def begin_sweeping() -> None:
    """Sweep from now on, in a thread of its own; none where no list is live."""
    aliases = sorted({router.db_for_write(model) for model in known_live_models()})
    if aliases:
        threading.Thread(target=_go_on, args=(aliases,), name="nuages-live-sweep", daemon=True).start()


def _go_on(aliases: list[str]) -> None:
    while True:
        time.sleep(EVERY_S)
        sweep(aliases)


def sweep(aliases: list[str]) -> None:
    """Sweep once, and hold no connection afterwards."""
    for alias in aliases:
        try:
            purge_in_turn(connections[alias])
        finally:
            connections[alias].close()
