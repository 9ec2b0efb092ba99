"""Count the exports that a process sends, each of which holds a thread for as long as its reader takes."""

from __future__ import annotations

import threading

from nuages.errors import Unavailable
from nuages.exports.bounds import max_exports

_RETRY_S = 10

_lock = threading.RLock()  # a forgotten export may be collected while it is held
_taken = 0


class Slot:
    """The right to send one export; `release` ends it, again does nothing.

    Raises: Unavailable `too-many-exports`.
    """

    def __init__(self) -> None:
        global _taken
        with _lock:
            if _taken >= max_exports():
                detail = f"This server sends {_taken} exports already. Try again."
                raise Unavailable(detail, code="too-many-exports", headers=[("Retry-After", str(_RETRY_S))])
            _taken += 1
        self._is_held = True

    def release(self) -> None:
        """Let another export begin."""
        global _taken
        with _lock:
            _taken -= self._is_held
            self._is_held = False
