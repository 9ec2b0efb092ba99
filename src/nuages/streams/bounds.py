"""How many streams there may be at once, and how often a silent one says that it is there: the settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared

_DEFAULTS: dict[str, Any] = {
    "NUAGES_MAX_STREAMS": 1_000,  # with all that belongs to them they take some 40 MB
    "NUAGES_STREAM_HEARTBEAT_S": 15,  # what the standard recommends; proxies give up after 60 s, some after 30
}


def max_streams() -> int:
    """How many streams a process has open at once: the setting NUAGES_MAX_STREAMS."""
    return int(_setting("NUAGES_MAX_STREAMS"))


def heartbeat_s() -> float:
    """After how long a silence a stream of events sends a comment: the setting NUAGES_STREAM_HEARTBEAT_S."""
    return float(_setting("NUAGES_STREAM_HEARTBEAT_S"))


def stream_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E074`."""
    for name, default in _DEFAULTS.items():
        given = _setting(name)
        is_number = isinstance(given, int | float) and not isinstance(given, bool) and given > 0
        if not is_number or (name == "NUAGES_MAX_STREAMS" and not isinstance(given, int)):
            what = "number of streams" if name == "NUAGES_MAX_STREAMS" else "number of seconds"
            hint = f"Leave it out for {default:,}."
            yield Misdeclared("nuages.E074", f"settings.{name}", f"is no {what} above 0: {given!r}.", hint)


def _setting(name: str) -> Any:
    return getattr(settings, name, _DEFAULTS[name])
