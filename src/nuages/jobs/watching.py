"""Watch a job that another worker than ours runs, such as one of RQ: its lease, its time limit, its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from nuages.jobs.attempt import Attempt
from nuages.jobs.bounds import grace_s
from nuages.jobs.interrupting import Interrupter
from nuages.jobs.lease import Lease
from nuages.jobs.stopping import Stopped
from nuages.jobs.terms import Job


class Patient:
    """Ends what runs in another thread than the main one when it tells how far it is: nothing can be raised into it."""

    def guard(self, attempt: Attempt, terms: Job) -> AbstractContextManager[None]:  # noqa: ARG002  # as Interrupter's
        """Nothing ends after its time limit."""
        return nullcontext()

    def stop(self, attempt: Attempt, reason: type[Stopped]) -> None:
        """Ask it to end."""
        attempt.asked = reason

    def close(self) -> None:
        """Nothing is to be left."""


class Watch:
    """What stands around a job, and where its progress goes."""

    def __init__(self, stopper: Interrupter | Patient, lease: Lease) -> None:
        self._stopper, self._lease = stopper, lease

    @contextmanager
    def guard(self, attempt: Attempt, terms: Job) -> Iterator[None]:
        """Look after an attempt for as long as the block lasts.

        Raises: Stopped, into the block.
        """
        with self._lease.of(attempt), self._stopper.guard(attempt, terms):
            yield


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch what is run in the block. In a main thread it has the signals SIGALRM and SIGUSR1 for itself meanwhile."""
    is_main = threading.current_thread() is threading.main_thread()
    stopper = Interrupter(grace_s()) if is_main else Patient()
    lease = Lease(stopper)
    try:
        yield Watch(stopper, lease)
    finally:
        lease.close()
        stopper.close()


def later(attempt: Attempt) -> None:
    """Leave what is told to the lease's thread.

    Raises: Stopped where that has asked for the end.
    """
    if attempt.asked is not None:
        raise attempt.asked
