"""A day is over when it is over everywhere in UTC."""

import datetime as dt
from typing import Any

import pytest

from nuages.identify.until import end_of


@pytest.mark.parametrize("day", ["2027-03-31", dt.date(2027, 3, 31)])
def test_a_day_ends_at_midnight(day: Any) -> None:
    """That of UTC, whatever the project's zone."""
    assert end_of(day) == dt.datetime(2027, 4, 1, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("day", ["", "soon", "2027-02-30", None, 5, True, dt.datetime(2027, 1, 1, tzinfo=dt.UTC)])
def test_what_is_no_day_has_no_end(day: Any) -> None:
    """ValueError, so that a start-up can say so."""
    with pytest.raises(ValueError, match=r".*"):
        end_of(day)
