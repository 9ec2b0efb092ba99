"""How many exports there may be at once, and how long one may take: the settings. Who keeps to them, others know."""

from __future__ import annotations

from collections.abc import Iterable

from nuages.errors import Misdeclared
from nuages.number_settings import NumberSetting, number_mistakes

# Each holds a thread, of which there are eight at most unless said otherwise, and a connection to the database.
_MAX_EXPORTS = NumberSetting("NUAGES_MAX_EXPORTS", 2, "exports", is_whole=True)
# Meanwhile the database keeps every row that others delete or change.
_TIMEOUT_S = NumberSetting("NUAGES_EXPORT_TIMEOUT_S", 900, "seconds")
# What a reader may take for a piece: 64 kB, and what sockets and proxies hold.
_STALL_S = NumberSetting("NUAGES_EXPORT_STALL_S", 60, "seconds")
SETTINGS = (_MAX_EXPORTS, _TIMEOUT_S, _STALL_S)


def max_exports() -> int:
    """How many exports a process sends at once: the setting NUAGES_MAX_EXPORTS."""
    return _MAX_EXPORTS.count


def export_timeout_s() -> float:
    """How long one export may take: the setting NUAGES_EXPORT_TIMEOUT_S."""
    return _TIMEOUT_S.value


def export_stall_s() -> float:
    """How long nobody may ask for the next piece: the setting NUAGES_EXPORT_STALL_S."""
    return _STALL_S.value


def export_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E059`."""
    return number_mistakes("nuages.E059", SETTINGS)
