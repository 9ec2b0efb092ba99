"""What has to be done now and then wherever jobs are run: schedules, jobs of dead workers, what is kept no longer."""

from __future__ import annotations

import logging
import time

from django.db import DatabaseError, InterfaceError, connections

from nuages.jobs.bounds import lease_s
from nuages.jobs.enqueue import alias_of_jobs
from nuages.jobs.handing import Transport, transport
from nuages.jobs.lease import impatient
from nuages.jobs.lost import return_lost
from nuages.jobs.purge import purge_jobs
from nuages.jobs.rehanding import hand_due
from nuages.jobs.schedule import follow_schedules, scheduled
from nuages.logs import log_entry

_SCHEDULES_S = 1.0
_PURGE_S = 60.0
_HAND_S = 1.0
_PURGE_BATCHES = 3
_MOST_LOST_S = 5.0


class Housekeeping:
    """Does what is due whenever it is called; any number of processes may have one."""

    def __init__(self) -> None:
        self._due_s = dict.fromkeys(("schedules", "lost", "purge", "hand"), 0.0)
        self._failed = False

    def __call__(self) -> None:
        """Do what is due; a database that cannot answer is asked again next time."""
        try:
            if self._do():
                self._failed = False
        except (DatabaseError, InterfaceError) as error:
            connections[alias_of_jobs()].close()
            if not self._failed:
                log_entry(logging.WARNING, "Nobody looks after jobs now: %s", error, log="nuages.jobs")
            self._failed = True

    def _do(self) -> bool:
        """Do what is due; whether anything was."""
        was_due = False
        if self._is_due("schedules", _SCHEDULES_S) and scheduled():
            impatient()
            follow_schedules()
            was_due = True
        if self._is_due("lost", min(_MOST_LOST_S, lease_s() / 3)):
            impatient()
            return_lost()
            was_due = True
        if (carrier := transport()) is not None and self._is_due("hand", _HAND_S):
            impatient()
            _hand(carrier)
        if self._is_due("purge", _PURGE_S):
            impatient()
            purge_jobs(_PURGE_BATCHES)
            was_due = True
        return was_due

    def _is_due(self, name: str, every_s: float) -> bool:
        now_s = time.monotonic()
        if now_s < self._due_s[name]:
            return False
        self._due_s[name] = now_s + every_s
        return True


def _hand(carrier: Transport) -> None:
    """Hand over what is due; where that fails, it is tried again next time."""
    try:
        hand_due(carrier)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  # whatever the back end's own library raises
        told = "Jobs cannot be handed over (%s)"
        log_entry(logging.WARNING, told, type(error).__name__, log="nuages.jobs")
