"""How many exports there may be at once, and how long one may take: the settings. Who keeps to them, others know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared

_DEFAULTS: dict[str, Any] = {
    # Each holds a thread, of which there are eight at most unless said otherwise, and a connection to the database.
    "NUAGES_MAX_EXPORTS": 2,
    "NUAGES_EXPORT_TIMEOUT_S": 900,  # meanwhile the database keeps every row that others delete or change
    "NUAGES_EXPORT_STALL_S": 60,  # what a reader may take for a piece: 64 kB, and what sockets and proxies hold
}


def max_exports() -> int:
    """How many exports a process sends at once: the setting NUAGES_MAX_EXPORTS."""
    return int(_setting("NUAGES_MAX_EXPORTS"))


def export_timeout_s() -> float:
    """How long one export may take: the setting NUAGES_EXPORT_TIMEOUT_S."""
    return float(_setting("NUAGES_EXPORT_TIMEOUT_S"))


def export_stall_s() -> float:
    """How long nobody may ask for the next piece: the setting NUAGES_EXPORT_STALL_S."""
    return float(_setting("NUAGES_EXPORT_STALL_S"))


def export_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E059`."""
    for name in _DEFAULTS:
        given = _setting(name)
        is_number = isinstance(given, int | float) and not isinstance(given, bool) and given > 0
        if not is_number or (name == "NUAGES_MAX_EXPORTS" and not isinstance(given, int)):
            what = "number of exports" if name == "NUAGES_MAX_EXPORTS" else "number of seconds"
            yield Misdeclared("nuages.E059", f"settings.{name}", f"is no {what} above 0: {given!r}.")


def _setting(name: str) -> Any:
    return getattr(settings, name, _DEFAULTS[name])
