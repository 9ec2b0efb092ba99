"""How long a statement may take, and what it is called when it took longer. What ends it is each database's own."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

DEFAULT_S = 10  # a client has gone by then, and a thread that waits for its database answers nobody else
_LONGEST_MS = 2**31 - 1  # PostgreSQL keeps statement_timeout in an int
_NAME = "NUAGES_STATEMENT_TIMEOUT_S"


class OutOfTime(OperationalError):
    """A statement was ended because its time was up; the driver's own error is its cause.

    Units: `limit_s` in seconds, as it was in force on the connection.
    """

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"The statement took longer than {limit_s:g} s.")
        self.limit_s = limit_s


@cache
def statement_timeout_s() -> float | None:
    """How long a statement may take: the setting NUAGES_STATEMENT_TIMEOUT_S, read once.

    Units: seconds; None where there is no limit, which None and 0 in the settings say.
    Raises: ImproperlyConfigured for what is no number of seconds.
    """
    given = getattr(settings, _NAME, DEFAULT_S)
    try:
        limit_s = float(given or 0)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{_NAME} is no number of seconds: {given!r}.") from error
    if not limit_s >= 0:  # a NaN is not either
        raise ImproperlyConfigured(f"{_NAME} is no number of seconds: {given!r}.")
    return limit_s or None


def milliseconds(limit_s: float) -> int:
    """Say a limit in PostgreSQL's unit: at least 1, since 0 would be no limit, and at most what it can hold."""
    return max(1, round(min(limit_s * 1000, _LONGEST_MS)))
