"""How long leases, pauses and drains are, how large a result may be: the settings. Who keeps to them, others know."""

from __future__ import annotations

from collections.abc import Iterable

from nuages.errors import Misdeclared
from nuages.number_settings import NumberSetting, number_mistakes

# So long after a worker was killed its job is run again; it is renewed three times as often.
_LEASE_S = NumberSetting("NUAGES_JOB_LEASE_S", 30, "seconds")
# How long a worker that has found nothing waits until it looks again.
_POLL_S = NumberSetting("NUAGES_JOB_POLL_S", 0.5, "seconds")
# What runs may go on for so long after SIGTERM; orchestrators kill 30 s after they have asked.
_DRAIN_S = NumberSetting("NUAGES_JOB_DRAIN_S", 20, "seconds")
# What was told to stop and goes on is killed after so long.
_GRACE_S = NumberSetting("NUAGES_JOB_GRACE_S", 5, "seconds")
_MAX_RESULT_BYTES = NumberSetting("NUAGES_JOB_MAX_RESULT_BYTES", 64 << 20, "bytes", is_whole=True)
SETTINGS = (_LEASE_S, _POLL_S, _DRAIN_S, _GRACE_S, _MAX_RESULT_BYTES)


def lease_s() -> float:
    """How long a worker has a job for itself without a sign of life: the setting NUAGES_JOB_LEASE_S."""
    return _LEASE_S.value


def poll_s() -> float:
    """How long a worker waits that has found nothing: the setting NUAGES_JOB_POLL_S."""
    return _POLL_S.value


def drain_s() -> float:
    """How long a job may go on after SIGTERM: the setting NUAGES_JOB_DRAIN_S."""
    return _DRAIN_S.value


def grace_s() -> float:
    """How long a job may take to stop: the setting NUAGES_JOB_GRACE_S."""
    return _GRACE_S.value


def max_result_bytes() -> int:
    """How large a result may be: the setting NUAGES_JOB_MAX_RESULT_BYTES."""
    return _MAX_RESULT_BYTES.count


def bound_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E075`."""
    return number_mistakes("nuages.E075", SETTINGS)
