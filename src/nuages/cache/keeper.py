"""Keep the answers of one read: find one that is still true, or let one of many who ask at once compute it.

An answer is found by what it depends on beside the tables: what was asked for, and what the rules let through for who
asks. So those who may see the same share it, and nobody else. What was asked of whom is not known here.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

from nuages.cache.declared import Cache
from nuages.cache.entries import Answer, Entry
from nuages.cache.sharing import memory, shared_answers, versions
from nuages.cache.versions import Version

PATIENCE_S = 2.0
"""How long whoever computes is waited for; one who has not come back by then is taken for dead."""
_MOST_QUESTIONS = 2_000

_POLL_S = 0.005

Compute = Callable[[], Answer]
Tables: TypeAlias = tuple[str, ...] | None
Noted: TypeAlias = tuple[tuple[str, ...], Version]


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
        self,
        key: Hashable,
        key_bytes: int,
        *,
        digest: str,
        tables: tuple[str, ...],
        compute: Compute,
        read: Callable[[], Tables] | None = None,
    ) -> tuple[Answer, bool]:
        """Find an answer or compute it, once for all who ask at once; and tell whether it was found.

        Shapes: `digest` names it among instances, empty where it cannot be named; `read` tells, once it is computed,
            which of the tables it stands on, None where it must not be kept.
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
            self._keep(key, key_bytes, answer, _narrowed(tables, found, read() if read else tables), rest_s)
            return answer, is_found

    def note(self, tables: tuple[str, ...]) -> Noted | None:
        """Take the versions of tables before an answer is made; None where they cannot be known."""
        found = versions().current(tables)
        return None if found is None else (tables, found)

    async def obtain_later(
        self,
        key: Hashable,
        key_bytes: int,
        *,
        noted: Noted,
        compute: Callable[[], Awaitable[Answer]],
        read: Callable[[], Awaitable[Tables]],
    ) -> tuple[Answer, bool]:
        """Do what `obtain` does on an event loop, for an answer that no other instance shares.

        Shapes: `noted` is what `note` gave before.
        """
        async with self._alone_later(key) as has_waited:
            answer = self.find(key) if has_waited else None
            if answer is not None:
                return answer, True
            answer = await compute()
            self._keep(key, key_bytes, answer, _narrowed(*noted, await read()), self.whole_s)
            return answer, False

    def _keep(self, key: Hashable, key_bytes: int, answer: Answer, noted: Noted | None, rest_s: float) -> None:
        if noted is None:
            return
        stale_until_s = time.monotonic() + rest_s
        fresh_until_s = stale_until_s - self.whole_s + self.fresh_s
        memory().put(key, Entry(answer, *noted, fresh_until_s, stale_until_s), key_bytes)

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[bool]:
        """Come alone, or after the one who came first has left; and tell which."""
        first, own = self._enter(key)
        if first is not None:
            first.wait(PATIENCE_S)
        try:
            yield first is not None
        finally:
            self._leave(key, own)

    @asynccontextmanager
    async def _alone_later(self, key: Hashable) -> AsyncIterator[bool]:
        """The same on an event loop, which nobody may block: who comes first may be on another one."""
        first, own = self._enter(key)
        until_s = time.monotonic() + PATIENCE_S
        while first is not None and not first.is_set() and time.monotonic() < until_s:
            await asyncio.sleep(_POLL_S)
        try:
            yield first is not None
        finally:
            self._leave(key, own)

    def _enter(self, key: Hashable) -> tuple[threading.Event | None, threading.Event | None]:
        with self._lock:
            first = self._under_way.get(key)
            return first, None if first else self._under_way.setdefault(key, threading.Event())

    def _leave(self, key: Hashable, own: threading.Event | None) -> None:
        if own is not None:
            with self._lock:
                del self._under_way[key]
            own.set()


def _narrowed(tables: tuple[str, ...], found: Version, read: Tables) -> Noted | None:
    """Keep the versions of those tables alone that an answer stands on."""
    if read is None or read is tables:
        return None if read is None else (tables, found)
    known = dict(zip(tables, found, strict=True))
    return read, tuple([known[table] for table in read])
