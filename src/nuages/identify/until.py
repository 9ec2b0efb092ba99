"""Read until when something is taken that is to go: a day that is declared, and that ends by itself."""

from __future__ import annotations

import datetime as dt


def end_of(day: object) -> float:
    """When a day is over, everywhere in UTC.

    Shapes: `"2027-03-31"`, or a date.
    Units: seconds since the epoch.
    Raises: ValueError for what is no day.
    """
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise ValueError("no day")
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() + dt.timedelta(days=1).total_seconds()
