"""Tell when a line of crontab(5) was due last, in the project's TIME_ZONE. Asks no clock and no database.

What is due at fixed hours follows the clock on the wall when it is put forward or back: once a day stays once a day.
What is due each hour or each so many minutes follows the time that passes.
Source: crontab(5) and cron(8) of Debian, "Daylight Saving Time", as cronsim has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from cronsim import CronSim, CronSimError
from django.utils.timezone import get_default_timezone

_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_WINDOWS = (dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=32), dt.timedelta(days=366 * 8))


def last_slot(line: str, since: dt.datetime, until: dt.datetime) -> dt.datetime | None:
    """The last moment after `since`, and not after `until`, at which a line is due; None where there is none."""
    for window in _WINDOWS:  # from a near moment on: of the slots of a year only the last one counts
        start = max(since, until - window)
        last: dt.datetime | None = None
        for slot in _from(line, start):
            if slot > until:
                break
            last = slot if slot > since else last
        if last is not None or start == since:
            return last
    return None


def _from(line: str, start: dt.datetime) -> Iterable[dt.datetime]:
    """The slots from a moment on. One of an hour that there is twice is the first of both."""
    for slot in CronSim(line, start.astimezone(get_default_timezone())):
        yield slot.astimezone(dt.UTC)


def cron_complaint(line: object) -> str:
    """What is wrong with a line; empty where nothing is."""
    if not isinstance(line, str):
        return f"is {line!r}, which is no text."
    fields = line.split()
    if len(fields) != len(_FIELDS):
        return f"is {line!r}, which has {len(fields)} fields; there are five: {', '.join(_FIELDS)}."
    for index, name in enumerate(_FIELDS):
        alone = ["*"] * len(_FIELDS)
        alone[index] = fields[index]
        try:
            CronSim(" ".join(alone), dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
        except CronSimError:
            return f"is {line!r}, whose {name} is {fields[index]!r}."
    try:
        next(CronSim(line, dt.datetime(2024, 1, 1, tzinfo=dt.UTC)))
    except (CronSimError, StopIteration):
        return f"is {line!r}, which no day is."
    return ""
