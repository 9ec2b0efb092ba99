"""How much may be watched at once, for how long, and how far back: the settings. Who keeps to them, others know."""

from __future__ import annotations

from collections.abc import Iterator

from nuages.errors import Misdeclared
from nuages.number_settings import NumberSetting, number_mistakes

# The client comes again by itself, and proves anew who it is.
_MAX_S = NumberSetting("NUAGES_LIVE_MAX_S", 300, "seconds")
# Each costs a statement or two for each batch of changes, of one thread.
_MAX_INTERESTS = NumberSetting("NUAGES_LIVE_MAX_INTERESTS", 200, "lists", is_whole=True)
# Events that a client has not read yet; some hundred kilobytes, shared with all who watch the same.
_MAX_BEHIND = NumberSetting("NUAGES_LIVE_MAX_BEHIND", 1_000, "events", is_whole=True)
_KEEP_S = NumberSetting("NUAGES_LIVE_KEEP_S", 600, "seconds")


def live_max_s() -> float:
    """How long one watches before one has to come again: the setting NUAGES_LIVE_MAX_S."""
    return _MAX_S.value


def max_interests() -> int:
    """How many different lists are watched in a process: the setting NUAGES_LIVE_MAX_INTERESTS."""
    return _MAX_INTERESTS.count


def max_behind() -> int:
    """How many events wait for a client before it has to come again: the setting NUAGES_LIVE_MAX_BEHIND."""
    return _MAX_BEHIND.count


def keep_s() -> float:
    """How long changes are kept, so that a list can be taken up again: the setting NUAGES_LIVE_KEEP_S."""
    return _KEEP_S.value


def live_mistakes() -> Iterator[Misdeclared]:
    """What is wrong in the settings: `nuages.E069` and `nuages.E070`."""
    yield from number_mistakes("nuages.E069", (_KEEP_S,))
    yield from number_mistakes("nuages.E070", (_MAX_S, _MAX_INTERESTS, _MAX_BEHIND))
