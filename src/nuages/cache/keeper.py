"""Keep the answers of one read: find one that is still true, or let one of many who ask at once compute it.

An answer is found by what it depends on beside the tables: what was asked for, and what the rules let through for who
asks. So those who may see the same share it, and nobody else. What was asked of whom is not known here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from nuages.cache.declared import Cache
from nuages.cache.entries import Answer, Entry
from nuages.cache.sharing import memory, shared_answers, versions

PATIENCE_S = 2.0
"""How long whoever computes is waited for; one who has not come back by then is taken for dead."""
_MOST_QUESTIONS = 2_000

Compute = Callable[[], Answer]


class Keeper:
    """Keeps the answers of one read, for as long as its terms say."""

    def __init__(self, terms: Cache) -> None:
        self.fresh_s = float(terms.lifetime_s)
        self.whole_s = self.fresh_s + float(terms.stale_s)
        self._under_way: dict[Hashable, threading.Event] = {}
        self._needs: dict[Hashable, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def needs(self, question: Hashable) -> tuple[str, ...] | None:
        """The names of the rules that a question was found to depend on; None where it has not been asked yet."""
        return self._needs.get(question)

    def learn(self, question: Hashable, names: tuple[str, ...]) -> None:
        """Remember which rules a question depends on; one that is not remembered costs its preparation each time."""
        if len(self._needs) >= _MOST_QUESTIONS:
            self._needs = {}
        self._needs[question] = names

    def find(self, key: Hashable, *, also_stale: bool = True) -> Answer | None:
        """The answer of a key, where it is still true; past its lifetime only while another computes it anew."""
        entry = memory().get(key)
        if entry is None:
            return None
        now_s = time.monotonic()
        is_usable = now_s < entry.fresh_until_s
        if not is_usable and also_stale:
            is_usable = now_s < entry.stale_until_s and key in self._under_way
        return entry.answer if is_usable and versions().current(entry.tables) == entry.versions else None

    def obtain(
        self, key: Hashable, key_bytes: int, *, digest: str, tables: tuple[str, ...], compute: Compute
    ) -> tuple[Answer, bool]:
        """Find an answer or compute it, once for all who ask at once; and tell whether it was found.

        Shapes: `digest` names it among instances, empty where it cannot be named.
        Raises: whatever `compute` raises; then nothing is kept.
        """
        with self._alone(key) as has_waited:
            answer = self.find(key, also_stale=has_waited)
            if answer is not None:
                return answer, True
            found = versions().current(tables)  # before the statement: what changes meanwhile makes its answer old
            if found is None:
                return compute(), False
            shared = shared_answers() if digest else None
            if shared is None:
                answer, rest_s, is_found = compute(), self.whole_s, False
            else:
                answer, rest_s, is_found = shared.obtain(digest, found, self.whole_s, PATIENCE_S, compute)
            stale_until_s = time.monotonic() + rest_s
            fresh_until_s = stale_until_s - self.whole_s + self.fresh_s
            memory().put(key, Entry(answer, tables, found, fresh_until_s, stale_until_s), key_bytes)
            return answer, is_found

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[bool]:
        """Come alone, or after the one who came first has left; and tell which."""
        with self._lock:
            first = self._under_way.get(key)
            own = None if first else self._under_way.setdefault(key, threading.Event())
        if first is not None:
            first.wait(PATIENCE_S)
        try:
            yield first is not None
        finally:
            if own is not None:
                with self._lock:
                    del self._under_way[key]
                own.set()
