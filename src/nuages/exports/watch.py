"""Look every second whether somebody still asks for each export; there is a thread for it while there are exports."""

from __future__ import annotations

import logging
import threading
import weakref
from time import monotonic, sleep
from typing import Protocol

from nuages.logs import log_entry

_EVERY_S = 1.0


class Watched(Protocol):
    """What may have to be ended from outside."""

    def end_if_late(self, now_s: float) -> None:
        """End it where its time is up."""


_lock = threading.RLock()  # a forgotten export may be collected while it is held
_watched: weakref.WeakSet[Watched] = weakref.WeakSet()
_is_watching = False


def watch(one: Watched) -> None:
    """Look after one; whoever has let go of it is not kept from ending it."""
    global _is_watching
    with _lock:
        _watched.add(one)
        if not _is_watching:
            _is_watching = True
            threading.Thread(target=_look, name="nuages-exports", daemon=True).start()


def forget(one: Watched) -> None:
    """Look after one no more."""
    with _lock:
        _watched.discard(one)


def _look() -> None:
    global _is_watching
    while True:
        sleep(_EVERY_S)
        with _lock:
            found = list(_watched)
            if not found:
                _is_watching = False
                return
        _end_late(found)
        del found  # or one that is forgotten would be held here


def _end_late(found: list[Watched]) -> None:
    for one in found:
        try:
            one.end_if_late(monotonic())
        except Exception as error:  # noqa: BLE001  # one that cannot be ended must not keep the others
            log_entry(logging.ERROR, "An export could not be ended.", error=error)
