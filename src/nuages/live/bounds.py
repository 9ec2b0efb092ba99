"""How much may be watched at once, and for how long: the settings. Who keeps to them, others know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared

_DEFAULTS: dict[str, Any] = {
    # The client comes again by itself, and proves anew who it is.
    "NUAGES_LIVE_MAX_S": 300,
    # Each costs a statement or two for each batch of changes, of one thread.
    "NUAGES_LIVE_MAX_INTERESTS": 200,
    # Events that a client has not read yet; some hundred kilobytes, shared with all who watch the same.
    "NUAGES_LIVE_MAX_BEHIND": 1_000,
}


def live_max_s() -> float:
    """How long one watches before one has to come again: the setting NUAGES_LIVE_MAX_S."""
    return float(_setting("NUAGES_LIVE_MAX_S"))


def max_interests() -> int:
    """How many different lists are watched in a process: the setting NUAGES_LIVE_MAX_INTERESTS."""
    return int(_setting("NUAGES_LIVE_MAX_INTERESTS"))


def max_behind() -> int:
    """How many events wait for a client before it has to come again: the setting NUAGES_LIVE_MAX_BEHIND."""
    return int(_setting("NUAGES_LIVE_MAX_BEHIND"))


def live_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E070`."""
    for name, default in _DEFAULTS.items():
        given = _setting(name)
        is_number = isinstance(given, int | float) and not isinstance(given, bool) and given > 0
        if not is_number or (name != "NUAGES_LIVE_MAX_S" and not isinstance(given, int)):
            what = "number of seconds" if name == "NUAGES_LIVE_MAX_S" else "number"
            hint = f"Leave it out for {default:,}."
            yield Misdeclared("nuages.E070", f"settings.{name}", f"is no {what} above 0: {given!r}.", hint)


def _setting(name: str) -> Any:
    return getattr(settings, name, _DEFAULTS[name])
