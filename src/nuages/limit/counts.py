"""Ask a store, and know what holds while it does not answer. What is counted is not known here."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Literal

from nuages.counting.counters import counter
from nuages.errors import Unavailable
from nuages.limit.charges import Charge, Left, Store, StoreFailed

OnFailure = Literal["local", "open", "closed"]
ON_FAILURE: tuple[OnFailure, ...] = ("local", "open", "closed")
_TELL_EVERY_S = 10.0


class Counts:
    """A store with a way out.

    Shapes: while `store` fails, "local" counts in `spare`, which each machine has for itself; "open" lets everybody
        through, "closed" nobody.
    """

    def __init__(self, store: Store, spare: Store, on_failure: OnFailure = "local") -> None:
        self._store, self._spare, self._on_failure = store, spare, on_failure
        self._told_s = -_TELL_EVERY_S
        self.failed = 0
        self._failures = counter("nuages_limit_store_failures_total", "How often Redis could not count for limits.")

    def take(self, charges: Sequence[Charge]) -> list[Left] | None:
        """Take every charge or none; None where nobody counts.

        Raises: Unavailable.
        """
        try:
            return self._store.take(charges)
        except StoreFailed as error:
            self._tell(error)
        if self._on_failure == "closed":
            raise Unavailable("Nobody can count requests now; ask again soon.", headers=[("Retry-After", "1")])
        return self._spare.take(charges) if self._on_failure == "local" else None

    def _tell(self, error: StoreFailed) -> None:
        self.failed += 1
        self._failures.add()
        now_s = time.monotonic()
        if now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            logging.getLogger("nuages.limit").warning(
                "Limits are not counted for all instances (%s); until they are, it is %s.", error, self._on_failure
            )
