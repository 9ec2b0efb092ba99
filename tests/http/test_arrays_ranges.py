"""Arrays and ranges of PostgreSQL are compared as Django's own lookups compare them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.db.models import Q

from nuages import API, Resource, anyone
from tests.http.filtering import get, keys, problem
from tests.support.router import choose_database
from tests.zoo.models import Listing

pytestmark = pytest.mark.django_db(databases=["postgres"])

NUMBERS = [None, [], [1], [1, 2], [2, 1], [1, 1, 2], [3, 4, 5], [None], [1, None], [-1, 2**31 - 1]]
PRICES = [None, [], [Decimal("1.50")], [Decimal("1.5"), Decimal("2.00")], [Decimal("0.00"), None]]
SPANS = [
    None,
    (1, 5, "[)"),
    (5, 10, "[)"),
    (1, 10, "[]"),
    (None, 5, "()"),
    (5, None, "[)"),
    (None, None, "()"),
    "empty",
]
DAYS = [None, ("2024-01-01", "2024-02-01"), ("2024-02-01", "2024-03-01"), (None, "2024-01-15"), ("9999-12-30", None)]
LISTS = {
    "": [],
    "1": [1],
    "2,1": [2, 1],
    "1,2": [1, 2],
    "3,4,5,6": [3, 4, 5, 6],
    "-1": [-1],
    "7": [7],
    "2147483647": [2**31 - 1],
}
ARRAY_LOOKUPS = ["", "contains", "contained_by", "overlap"]
RANGE_LOOKUPS = ["", "contained_by", "overlap", "fully_lt", "fully_gt", "adjacent_to"]
RANGES = ["[1,5)", "[1,4]", "(0,5)", "[5,10)", "[5,10]", "(,5]", "[10,)", "(,)", "[3,3]", "[3,3)", "(,1)", "[100,200]"]
DAY_RANGES = [
    "[2024-01-01,2024-02-01)",
    "[2024-01-01,2024-01-31]",
    "(,2024-01-15)",
    "[2024-03-01,)",
    "(,)",
    "[9999-12-30,)",
]

api = API(title="Arrays")


@api.resource(Listing)
class Listings(Resource):
    """Every kind that only PostgreSQL has."""

    fields = ["id"]
    filters = ["numbers", "prices", "span", "days"]
    rules = {"read": anyone}


@pytest.fixture(autouse=True)
def listings() -> Any:
    """A row a value."""
    with choose_database("postgres"):
        for numbers in NUMBERS:
            Listing.objects.create(numbers=numbers)
        for prices in PRICES[1:]:
            Listing.objects.create(prices=prices)
        for span in SPANS[1:]:
            Listing.objects.create(span=NumericRange(empty=True) if span == "empty" else NumericRange(*span))
        for low, high in DAYS[1:]:
            Listing.objects.create(days=DateRange(_day(low), _day(high)))
        yield


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def check(name: str, lookup: str, text: str, wanted: Any) -> None:
    """Compare one lookup with Django's, its negation with the complement."""
    parameter = f"{name}__{lookup}" if lookup else name
    everything = set(Listing.objects.values_list("pk", flat=True))
    expected = set(Listing.objects.filter(Q(**{f"{name}__{lookup or 'exact'}": wanted})).values_list("pk", flat=True))
    assert keys(api, "/listings", (parameter, text)) == expected, (parameter, text)
    assert keys(api, "/listings", (f"{parameter}!", text)) == everything - expected, (parameter, text)


@pytest.mark.parametrize("lookup", ARRAY_LOOKUPS)
def test_an_array_is_compared_as_by_django(lookup: str) -> None:
    """Its elements are read each by its kind; an empty text is an empty array."""
    for text, wanted in LISTS.items():
        check("numbers", lookup, text, wanted)
    for text in ("1.5", "1.50,2", "2,1.5", "0"):
        check("prices", lookup, text, [Decimal(part) for part in text.split(",")])


def test_an_array_is_compared_by_its_length() -> None:
    """An empty one has none; an absent one has no length."""
    for lookup in ("len", "len__gt", "len__gte", "len__lt", "len__lte"):
        for number in (0, 1, 2, 3, 9):
            check("numbers", lookup, str(number), number)


def _range(kind: Any, read: Any, text: str) -> Any:
    low, high = [read(bound) if bound else None for bound in text[1:-1].split(",")]
    return kind(low, high, text[0] + text[-1])


@pytest.mark.parametrize("lookup", RANGE_LOOKUPS)
def test_a_range_is_compared_as_by_django(lookup: str) -> None:
    """Of numbers and of days; bounds included or not, absent, empty."""
    for text in RANGES:
        check("span", lookup, text, _range(NumericRange, int, text))
    for text in DAY_RANGES:
        check("days", lookup, text, _range(DateRange, _day, text))


def test_a_range_contains_a_value() -> None:
    """Its lower bound, not its upper one."""
    for number in (-(2**31), 0, 1, 4, 5, 9, 10, 2**31 - 1):
        check("span", "contains", str(number), number)
    for day in ("2024-01-01", "2024-01-31", "2024-02-01", "0001-01-01", "9999-12-31"):
        check("days", "contains", day, _day(day))


def test_absent_values_are_asked_for_by_name() -> None:
    """An empty array is a value."""
    for name in ("numbers", "prices", "span", "days"):
        check(name, "isnull", "true", True)
        check(name, "isnull", "false", False)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("numbers:1", [("numbers__contains", "1")]),
        ("numbers.len > 1 AND numbers:2", [("numbers__len__gt", "1"), ("numbers__contains", "2")]),
        ("span:4", [("span__contains", "4")]),
        ("NOT span:4", [("span__contains!", "4")]),
        ('span.overlap = "[1,5)"', [("span__overlap", "[1,5)")]),
        ('numbers = "1,2"', [("numbers", "1,2")]),
        ("numbers:*", [("numbers__isnull", "false")]),
        ("days = null", [("days__isnull", "true")]),
        ("days:2024-01-31", [("days__contains", "2024-01-31")]),
    ],
)
def test_a_filter_says_the_same(text: str, pairs: list[tuple[str, str]]) -> None:
    """A colon asks for an element of an array, and for a value of a range."""
    assert keys(api, "/listings", ("filter", text)) == keys(api, "/listings", *pairs)


REFUSED = {
    "numbers": ["x", "1,,2", "1,", "{1,2}", "1.5", ",".join(["1"] * 201), "99999999999999999999"],
    "prices": ["x", "1e5", "NaN"],
    "numbers__len": ["x", "-", "1.5", ""],
    "span": ["", "1", "[1,5", "1,5)", "[5,1)", "[1;5)", "[a,b)", "[1,2,3)", "empty", '["1","2")', "[1,5)]", "[ 1,5)"],
    "span__contains": ["", "x", "[1,2)", "1.5"],
    "days": ["[2024-01-01,2023-01-01)", "[2024-13-01,)", "[today,)", "[infinity,)"],
    "days__contains": ["2024", "infinity", ""],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_array_and_no_range_is_refused_unasked(name: str, statements: Any) -> None:
    """By the parameter's name."""
    statements.clear()
    for text in REFUSED[name]:
        assert problem(get(api, "/listings", (name, text)))["errors"][0]["pointer"] == f"?{name}", text
    assert statements == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("numbers__contains", "9223372036854775807"),
        ("numbers", "2147483648"),
        ("span__contains", "9223372036854775807"),
        ("span__overlap", "[1,9223372036854775807)"),
        ("span__contains", "2147483648"),
        ("numbers__len", "9223372036854775807"),
        ("numbers__len__gt", "2147483648"),
        ("prices__contains", "123456789012345678901234567890.123"),
        ("days__overlap", "[0001-01-01,9999-12-31]"),
        ("span__overlap", "[2147483647,2147483647]"),
    ],
)
def test_values_beyond_the_column_are_no_fault_of_the_server(name: str, text: str) -> None:
    """Nothing holds them, and they are told as such or found nowhere: never a 500."""
    assert get(api, "/listings", (name, text)).status in (200, 400)
