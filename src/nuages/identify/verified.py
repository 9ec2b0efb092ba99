"""Remember what was proved of a token, so that the next request with it costs no signature.

What can change meanwhile is asked each time by whoever reads this: the clock, the key, the user's standing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nuages.identify.keys import Key
from nuages.identify.proofs import Proof
from nuages.identify.sources import Source

MOST = 10_000  # remembered at once, in each process


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """A token whose signature and claims are right.

    Shapes: `standing` names its user in `Standing`, and `load` asks for that user.
    Units: `end_s` is since the epoch, leeway included.
    """

    claims: Mapping[str, Any]
    source: Source
    key: Key
    end_s: int
    scopes: frozenset[str] | None
    login: str
    proof: Proof | None
    standing: Hashable
    load: Callable[[], Any]

    def holds(self, now_s: float) -> bool:
        """Whether its time is not over and its key is still its issuer's."""
        return now_s < self.end_s and self.source.find_key(self.key.kid) is self.key


class VerifiedTokens:
    """What is remembered, by the text that a client sends. Safe for threads; bounded."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._entries: dict[str, Verified] = {}
        self._lock = threading.Lock()
        self.get = self._entries.get

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, text: str, verified: Verified) -> None:
        """Remember one; where there is no room, the older half is forgotten."""
        with self._lock:
            if len(self._entries) >= self._most:
                for old in list(islice(self._entries, max(1, self._most // 2))):
                    del self._entries[old]
            self._entries[text] = verified
