"""Which lookups each kind has is a table; the table and the API agree."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nuages.declare.kinds import COMPARABLE, FILTERABLE
from nuages.declare.spec import Operand
from nuages.parse.lookups import MAX_LIST_VALUES, lookups_of
from nuages.parse.values import READERS


def _paris(*moment: int) -> dt.datetime:
    """The time zone of the tests' settings, by its name."""
    return dt.datetime(*moment, tzinfo=ZoneInfo("Europe/Paris"))  # type: ignore[misc]  # year, month, day and so on


EQUAL = ["", "exact", "in"]
RANGE = ["", "exact", "gt", "gte", "lt", "lte", "range", "in"]
PATTERNS = ["iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"]
YEAR = ["year", "year__gt", "year__gte", "year__lt", "year__lte", "year__range", "year__in"]
DAY = ["date", "date__gt", "date__gte", "date__lt", "date__lte", "date__range", "date__in"]
TIME = ["time", "time__gt", "time__gte", "time__lt", "time__lte", "time__range"]
CALENDAR = [
    *("month", "month__gt", "month__gte", "month__lt", "month__lte", "month__range", "month__in"),
    *("day", "day__gt", "day__gte", "day__lt", "day__lte", "day__range", "day__in"),
    *("week", "week__gt", "week__gte", "week__lt", "week__lte", "week__range", "week__in"),
    *("week_day", "week_day__gt", "week_day__gte", "week_day__lt", "week_day__lte", "week_day__range", "week_day__in"),
    *("iso_week_day", "iso_week_day__gt", "iso_week_day__gte"),
    *("iso_week_day__lt", "iso_week_day__lte", "iso_week_day__range", "iso_week_day__in"),
    *("quarter", "quarter__gt", "quarter__gte", "quarter__lt", "quarter__lte", "quarter__range", "quarter__in"),
    *("iso_year", "iso_year__gt", "iso_year__gte", "iso_year__lt", "iso_year__lte", "iso_year__range", "iso_year__in"),
]
CLOCK = [
    *("hour", "hour__gt", "hour__gte", "hour__lt", "hour__lte", "hour__range", "hour__in"),
    *("minute", "minute__gt", "minute__gte", "minute__lt", "minute__lte", "minute__range", "minute__in"),
    *("second", "second__gt", "second__gte", "second__lt", "second__lte", "second__range", "second__in"),
]
SUFFIXES = {
    **{"integer": RANGE, "decimal": RANGE, "float": RANGE, "duration": RANGE},
    **{"text": RANGE + PATTERNS, "json_key": EQUAL + PATTERNS},
    **{"date": RANGE + YEAR + CALENDAR, "datetime": RANGE + YEAR + DAY + TIME + CALENDAR + CLOCK},
    **{"time": RANGE + CLOCK, "boolean": EQUAL, "uuid": EQUAL, "address": EQUAL},
    "json": ["has_key", "has_keys", "has_any_keys"],
    "array": ["", "contains", "contained_by", "overlap", "len", "len__gt", "len__gte", "len__lt", "len__lte"],
    "range": ["contains", "", "contained_by", "overlap", "fully_lt", "fully_gt", "adjacent_to"],
    **{"binary": [], "file": [], "hstore": [], "": []},
}


@pytest.mark.parametrize("kind", SUFFIXES)
def test_a_kind_has_its_lookups_and_no_others(kind: str) -> None:
    """Only what may be null may be asked whether it is."""
    required, optional = (Operand("x", kind, None, nullable=nullable) for nullable in (False, True))
    assert [lookup.suffix for lookup in lookups_of(required)] == SUFFIXES[kind]
    suffixes = [lookup.suffix for lookup in lookups_of(optional)]
    assert sorted(suffixes) == sorted(SUFFIXES[kind] + (["isnull"] if SUFFIXES[kind] else []))
    assert not [suffix for suffix in suffixes if "regex" in suffix]


def test_every_comparable_kind_can_be_read() -> None:
    """Whatever may be filtered by has a reader."""
    assert READERS.keys() >= COMPARABLE
    assert {kind for kind, suffixes in SUFFIXES.items() if suffixes} == FILTERABLE
    assert {kind for kind, suffixes in SUFFIXES.items() if "in" in suffixes} == COMPARABLE | {"json_key"}


@pytest.mark.parametrize(
    ("suffix", "text", "values"),
    [("", "7", [7]), ("gte", "-7", [-7]), ("in", "7", [7]), ("in", "7,8,7", [7, 8, 7]), ("isnull", "false", [False])],
)
def test_a_lookup_reads_its_values(suffix: str, text: str, values: list[int]) -> None:
    """One value, several, or a truth, whatever the kind."""
    lookup = next(one for one in lookups_of(Operand("x", "integer", None, nullable=True)) if one.suffix == suffix)
    assert lookup.read(Operand("x", "integer", None), text) == values


def _read(kind: str, suffix: str, text: str) -> list[Any]:
    operand = Operand("x", kind, None)
    return next(one for one in lookups_of(operand) if one.suffix == suffix).read(operand, text)


@pytest.mark.parametrize(
    ("kind", "suffix", "text", "values"),
    [
        ("integer", "range", "-1,7", [-1, 7]),
        ("text", "icontains", "50%_off,", ["50%_off,"]),
        ("date", "year", "2024", [dt.date(2024, 1, 1), dt.date(2024, 12, 31)]),
        ("date", "year__gt", "2024", [dt.date(2024, 12, 31)]),
        ("date", "year__gte", "2024", [dt.date(2024, 1, 1)]),
        ("date", "year__lt", "2024", [dt.date(2024, 1, 1)]),
        ("date", "year__lte", "2024", [dt.date(2024, 12, 31)]),
        ("date", "month__in", "1,12", [1, 12]),
        ("date", "week_day", "7", [7]),
        ("date", "iso_year", "2024", [2024]),
        ("time", "hour", "0", [0]),
        ("datetime", "time__gte", "09:30", [dt.time(9, 30)]),
        ("datetime", "date", "2024-05-31", [_paris(2024, 5, 31), _paris(2024, 5, 31, 23, 59, 59, 999_999)]),
        ("datetime", "date__lte", "2024-01-31", [_paris(2024, 1, 31, 23, 59, 59, 999_999)]),
        ("datetime", "year__gte", "2024", [_paris(2024, 1, 1)]),
        ("json", "has_keys", "a,b", ["a", "b"]),
        ("json_key", "in", "a,b", ["a", "b"]),
    ],
)
def test_a_lookup_of_a_part_reads_numbers_and_bounds(kind: str, suffix: str, text: str, values: list[Any]) -> None:
    """A year and a day become the range of their moments, in the project's time zone; any other part is a number."""
    assert _read(kind, suffix, text) == values


@pytest.mark.parametrize(
    ("kind", "suffix", "texts"),
    [
        ("date", "year", ["0", "10000", "-1", "", "2024.0", "MMXXIV", "\u0662\u0660\u0662\u0664"]),
        ("date", "month", ["0", "13", "-1", "", "1.5", "May", "1,2", "999999999999"]),
        ("date", "day__in", ["1,32", "1,", ",".join(["1"] * (MAX_LIST_VALUES + 1))]),
        ("date", "week", ["0", "54"]),
        ("date", "week_day", ["0", "8"]),
        ("date", "iso_week_day", ["0", "8"]),
        ("date", "quarter", ["0", "5"]),
        ("time", "hour", ["24", "-1", "noon"]),
        ("time", "minute", ["60"]),
        ("time", "second", ["60"]),
        ("datetime", "date", ["2024-02-30", "2024-05-31T00:00:00Z", ""]),
        ("datetime", "time", ["24:00", "9:30"]),
        ("integer", "range", ["1", "1,2,3", "1,", ",2", "", "1,x"]),
        ("text", "contains", ["x" * 2_001, "\x00"]),
        ("json", "has_any_keys", [",".join(["k"] * (MAX_LIST_VALUES + 1)), "a,\x00"]),
    ],
)
def test_a_lookup_refuses_what_its_part_never_is(kind: str, suffix: str, texts: list[str]) -> None:
    """By a ValueError with a sentence, as every reader."""
    for text in texts:
        with pytest.raises(ValueError, match=r"^(is|holds|lists) "):
            _read(kind, suffix, text)


@pytest.mark.parametrize("text", ["", ",", "7,", ",7", "7,,8", "7, 8", "7;8", "7," * MAX_LIST_VALUES + "7"])
def test_a_list_with_a_hole_or_too_many_values_is_refused(text: str) -> None:
    """An empty member is no number, and two hundred are enough."""
    lookup = next(one for one in lookups_of(Operand("x", "integer", None)) if one.suffix == "in")
    with pytest.raises(ValueError, match=r"no whole number|more than 200"):
        lookup.read(Operand("x", "integer", None), text)
