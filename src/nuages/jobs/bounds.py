"""How long leases, pauses and drains are, and how large a result may be: the settings. Who keeps to them, others know.

Units: seconds, where the name ends with _S, and bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared

_DEFAULTS: dict[str, Any] = {
    # So long after a worker was killed its job is run again; it is renewed three times as often.
    "NUAGES_JOB_LEASE_S": 30,
    # How long a worker that has found nothing waits until it looks again.
    "NUAGES_JOB_POLL_S": 0.5,
    # What runs may go on for so long after SIGTERM; orchestrators kill 30 s after they have asked.
    "NUAGES_JOB_DRAIN_S": 20,
    # What was told to stop and goes on is killed after so long.
    "NUAGES_JOB_GRACE_S": 5,
    "NUAGES_JOB_MAX_RESULT_BYTES": 64 << 20,
}
_WHOLE = "NUAGES_JOB_MAX_RESULT_BYTES"


def lease_s() -> float:
    """How long a worker has a job for itself without a sign of life: the setting NUAGES_JOB_LEASE_S."""
    return float(_setting("NUAGES_JOB_LEASE_S"))


def poll_s() -> float:
    """How long a worker waits that has found nothing: the setting NUAGES_JOB_POLL_S."""
    return float(_setting("NUAGES_JOB_POLL_S"))


def drain_s() -> float:
    """How long a job may go on after SIGTERM: the setting NUAGES_JOB_DRAIN_S."""
    return float(_setting("NUAGES_JOB_DRAIN_S"))


def grace_s() -> float:
    """How long a job may take to stop: the setting NUAGES_JOB_GRACE_S."""
    return float(_setting("NUAGES_JOB_GRACE_S"))


def max_result_bytes() -> int:
    """How large a result may be: the setting NUAGES_JOB_MAX_RESULT_BYTES."""
    return int(_setting(_WHOLE))


def bound_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E075`."""
    for name, default in _DEFAULTS.items():
        given = _setting(name)
        is_number = isinstance(given, int | float) and not isinstance(given, bool) and 0 < given < float("inf")
        if not is_number or (name == _WHOLE and not isinstance(given, int)):
            what = "number of bytes" if name == _WHOLE else "number of seconds"
            yield Misdeclared(
                "nuages.E075", f"settings.{name}", f"is no {what} above 0: {given!r}.", f"Leave it out for {default:,}."
            )


def _setting(name: str) -> Any:
    return getattr(settings, name, _DEFAULTS[name])
