"""Turn the text of a year, a day or another part of a date into numbers and bounds. Knows no field and no request."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.utils import timezone

CALENDAR_PARTS = ("month", "day", "week", "week_day", "iso_week_day", "quarter", "iso_year")
CLOCK_PARTS = ("hour", "minute", "second")
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_HIGHEST = {
    **{"month": 12, "day": 31, "week": 53, "week_day": 7, "iso_week_day": 7, "quarter": 4, "iso_year": 9999},
    **{"hour": 23, "minute": 59, "second": 59},
}

Bounds = tuple[Any, Any]


def read_part(part: str, text: str) -> int:
    """Read a part of a date or time within its range.

    Raises: ValueError with a sentence.
    Source: Django's lookups of the same names; `week_day` counts from Sunday = 1, `iso_week_day` from Monday = 1.
    """
    lowest = 0 if part in CLOCK_PARTS else 1
    if not _NUMBER.fullmatch(text) or not lowest <= int(text) <= _HIGHEST[part]:
        raise ValueError(f"is no {part.replace('_', ' ')} from {lowest} to {_HIGHEST[part]}")
    return int(text)


def read_year(text: str) -> int:
    """Read a year that dates can have."""
    if not _NUMBER.fullmatch(text) or not dt.MINYEAR <= int(text) <= dt.MAXYEAR:
        raise ValueError(f"is no year from {dt.MINYEAR} to {dt.MAXYEAR}")
    return int(text)


def year_bounds(year: int, kind: str) -> Bounds:
    """The first and the last date, or moment, of a year."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return (first, last) if kind == "date" else (day_bounds(first)[0], day_bounds(last)[1])


def day_bounds(day: dt.date) -> Bounds:
    """The first and the last moment of a day in the project's time zone (TIME_ZONE), to the microsecond."""
    return _moment(day, dt.time.min), _moment(day, dt.time.max.replace(fold=1))  # an hour may be there twice


def _moment(day: dt.date, time: dt.time) -> dt.datetime:
    moment = dt.datetime.combine(day, time)
    if not settings.USE_TZ:
        return moment
    try:
        return moment.replace(tzinfo=timezone.get_default_timezone()).astimezone(dt.UTC)
    except OverflowError:  # the first or the last day that there is, west or east of Greenwich
        return moment.replace(tzinfo=dt.UTC)
