"""What an author writes as `cache`, turned into how long the answers of each read may be kept, or into mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nuages.errors import suggest

READS = ("list", "detail")
_LONGEST_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cache:
    """How long an answer may be kept, as an author declares it; a number alone stands for `Cache(number)`.

    Every change through Django ends it at once. The lifetime bounds what nothing tells of: a change by another
    program, a Python value that something else than its row has a part in.
    Units: `lifetime_s`, and `stale_s`: how much longer an answer that is past its lifetime, and that no change has
        ended, is given to all but the one who asks for it anew.
    Source: RFC 5861 section 3 for `stale_s`.
    """

    lifetime_s: Any
    stale_s: Any = 0


def cache_of(declared: Any, kind: str) -> Cache | None:
    """How long the answers of a read ("list" or "detail") may be kept; None where they are not."""
    given = declared.get(kind) if isinstance(declared, Mapping) else declared
    if given is None:
        return None
    found = given if isinstance(given, Cache) else Cache(given)
    return found if found.lifetime_s else None


def cache_mistakes(declared: Any) -> Iterable[tuple[str, str]]:
    """What is wrong in a `cache`, each as (message, hint)."""
    if not isinstance(declared, Mapping):
        yield from _mistakes("", declared)
        return
    for kind, given in declared.items():
        if kind not in READS:
            yield f"names no read: {kind!r}.", suggest(str(kind), READS)
        yield from _mistakes(f"[{kind!r}] ", given)


def _mistakes(where: str, given: Any) -> Iterable[tuple[str, str]]:
    if given is None:
        return
    found = given if isinstance(given, Cache) else Cache(given)
    for name, seconds in (("lifetime_s", found.lifetime_s), ("stale_s", found.stale_s)):
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not 0 <= seconds <= _LONGEST_S:
            said = f"{name}={seconds!r}" if isinstance(given, Cache) else repr(seconds)
            yield f"{where}{said} is no number of seconds.", "Write 60, or Cache(60, stale_s=10)."
