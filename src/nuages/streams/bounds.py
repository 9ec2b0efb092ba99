"""How many streams there may be at once, and how often a silent one says that it is there: the settings."""

from __future__ import annotations

from collections.abc import Iterable

from nuages.errors import Misdeclared
from nuages.number_settings import NumberSetting, number_mistakes

# With all that belongs to them they take some 40 MB.
_MAX_STREAMS = NumberSetting("NUAGES_MAX_STREAMS", 1_000, "streams", is_whole=True)
# What the standard recommends; proxies give up after 60 s, some after 30.
_HEARTBEAT_S = NumberSetting("NUAGES_STREAM_HEARTBEAT_S", 15, "seconds")
SETTINGS = (_MAX_STREAMS, _HEARTBEAT_S)


def max_streams() -> int:
    """How many streams a process has open at once: the setting NUAGES_MAX_STREAMS."""
    return _MAX_STREAMS.count


def heartbeat_s() -> float:
    """After how long a silence a stream of events sends a comment: the setting NUAGES_STREAM_HEARTBEAT_S."""
    return _HEARTBEAT_S.value


def stream_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E074`."""
    return number_mistakes("nuages.E074", SETTINGS)
