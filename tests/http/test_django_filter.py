"""What docs/how-to/from-django-filter.md says of django-filter is so: its rows and ours, on both databases."""

import datetime as dt
import json
import warnings
from typing import Any
from urllib.parse import quote

import django_filters
import pytest
from django.db.models import Q
from django.forms import DecimalField
from django.http import QueryDict
from django.utils import timezone

from shop.models import Author, Book, Publisher, Tag
from tests.docs.asked import Asked, codes, documented_api, send, tables
from tests.docs.blocks import ROOT
from tests.docs.shelf import fill_shelf

TABLES = list(tables((ROOT / "docs/how-to/from-django-filter.md").read_text()))
ROWS = [row for table in TABLES for row in table if "FilterSet" in row]
URLS = [
    (codes(row["FilterSet"])[0], their_url, our_url)
    for row in ROWS
    for our_url in codes(row["ask"])
    for their_url in codes(row.get("its URL", f"`{our_url}`"))
]


class NumberInFilter(django_filters.BaseInFilter, django_filters.NumberFilter):
    """As django-filter's documentation writes it."""


class NumberRangeFilter(django_filters.BaseRangeFilter, django_filters.NumberFilter):
    """As django-filter's documentation writes it."""


NAMES = {
    **{name: getattr(django_filters, name) for name in dir(django_filters) if name.endswith("Filter")},
    **{"NumberInFilter": NumberInFilter, "NumberRangeFilter": NumberRangeFilter, "DecimalField": DecimalField},
    **{"Author": Author, "Publisher": Publisher, "Tag": Tag, "Q": Q},
    "COUNTRIES": [("FR", "France"), ("JP", "Japan"), ("US", "United States")],
}


def filterset(line: str) -> Any:
    """Write a FilterSet whose body, or whose Meta, is one line."""
    meta, body = (line, "pass") if line.startswith("fields =") else ("fields = []", line)
    source = (
        f"class Books(django_filters.FilterSet):\n    {body}\n    class Meta:\n        model = Book\n        {meta}\n"
    )
    scope = {**NAMES, "django_filters": django_filters, "Book": Book}
    exec(source, scope)
    return scope["Books"]


def theirs(line: str, url: str) -> list[int]:
    """The keys of the rows that django-filter leaves, each once, in its order."""
    asked = filterset(line)(QueryDict(quote(url, safe="=&%,()!:")), queryset=Book.objects.all())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a date compared with a timestamp, which RangeFilter makes
        return list(dict.fromkeys(asked.qs.values_list("pk", flat=True)))


def ours(url: str) -> list[int]:
    """The keys of the rows that Nuages leaves, in its order."""
    response = send(documented_api(), Asked("", f"GET /api/books?{url}"))
    assert response.status == 200, bytes(response.body)
    return [item["id"] for item in json.loads(bytes(response.body))["items"]]


def code_of(url: str) -> str:
    """The code of the problem with which Nuages refuses."""
    response = send(documented_api(), Asked("", f"GET /api/books?{url}"))
    assert response.status == 400
    return str(json.loads(bytes(response.body))["errors"][0]["code"])


@pytest.fixture
def shelf(database: Any) -> Any:
    """A few books on each database."""
    fill_shelf()
    return database


def test_the_page_has_both_tables() -> None:
    """The page is read."""
    same = [their_url == our_url for _, their_url, our_url in URLS]
    assert same.count(True) > 30
    assert same.count(False) > 15


@pytest.mark.parametrize(("line", "their_url", "our_url"), URLS)
def test_both_leave_the_same_rows(shelf: Any, line: str, their_url: str, our_url: str) -> None:
    """Neither none nor all, but where they are put in an order."""
    found, expected = ours(our_url), theirs(line, their_url)
    if "order=" in our_url:
        assert found == expected
    else:
        assert set(found) == set(expected)
        assert 0 < len(found) < Book.objects.count()


def test_two_parameters_over_one_relation(shelf: Any) -> None:
    """Chained there, one related row here; a row of its own behind NOT NOT."""
    line = 'fields = {"reviews__stars": ["exact"], "reviews__user_name": ["exact"]}'
    asked = "reviews__stars=5&reviews__user_name=Bob"
    assert theirs(line, asked) == [1]
    assert ours(asked) == []
    assert ours("filter=reviews.stars = 5 AND NOT NOT reviews.user_name = Bob") == [1]


@pytest.mark.parametrize(
    ("asked", "expected", "code"),
    [
        ("prise=12", 6, "unknown-parameter"),
        ("price=cheap", 6, "invalid-value"),
        ("price=", 6, "invalid-value"),
        ("price=1.2e1", 2, "invalid-value"),
        ("published=07/01/1920", 1, "invalid-value"),
    ],
)
def test_what_is_passed_over_there_is_refused_here(shelf: Any, asked: str, expected: int, code: str) -> None:
    """And so is what only forms can read."""
    assert len(theirs('fields = ["price", "published"]', asked)) == expected
    assert code_of(asked) == code


def test_the_backend_of_rest_framework_refuses_what_is_not_valid(shelf: Any) -> None:
    """It answers 400 where a FilterSet is not valid."""
    assert not filterset('fields = ["price"]')(QueryDict("price=cheap")).is_valid()


def test_a_parameter_given_twice(shelf: Any) -> None:
    """The last one there, any here."""
    assert len(theirs('fields = ["price"]', "price=7&price=12")) == 2
    assert len(ours("price=7&price=12")) == 3


def test_a_key_that_is_not_there(shelf: Any) -> None:
    """Not valid there, and so passed over; no rows here."""
    assert not filterset('fields = ["author"]')(QueryDict("author=99")).is_valid()
    assert ours("author=99") == []


def test_an_empty_text_and_white_space(shelf: Any) -> None:
    """Passed over and removed there; texts like any other here."""
    assert len(theirs('fields = ["title"]', "title=")) == 6
    assert ours("title=") == []
    assert theirs('fields = ["title"]', "title= Chéri ") == [1]
    assert ours("title= Chéri ") == []


def test_a_timestamp_without_an_offset(shelf: Any) -> None:
    """In the current time zone there, UTC here; with an offset they agree."""
    line = "created_at__lt = IsoDateTimeFilter(field_name='created_at', lookup_expr='lt')"
    assert theirs(line, "created_at__lt=2024-05-01T11:00:00") == []  # 09:00 in UTC
    assert ours("created_at__lt=2024-05-01T11:00:00") == [1]
    assert theirs(line, "created_at__lt=2024-05-01T11:00:00Z") == ours("created_at__lt=2024-05-01T11:00:00Z") == [1]


def test_booleans_as_digits(shelf: Any) -> None:
    """Passed over by BooleanFilter, read by REST framework's widget and here."""
    assert len(theirs("in_print = BooleanFilter()", "in_print=0")) == 6
    widget = "in_print = BooleanFilter(widget=django_filters.widgets.BooleanWidget)"
    assert set(theirs(widget, "in_print=0")) == set(ours("in_print=0")) == {4, 6}


def test_the_case_of_texts(shelf: Any) -> None:
    """On SQLite Django's lookups ignore the case of ASCII alone; ours are the same everywhere."""
    is_sqlite = shelf.vendor == "sqlite"
    line = 'fields = {"title": ["startswith", "icontains"]}'
    assert len(theirs(line, "title__startswith=the")) == (3 if is_sqlite else 0)
    assert ours("title__startswith=the") == []
    assert theirs(line, "title__icontains=CHÉRI") == ([] if is_sqlite else [1])
    assert ours("title__icontains=CHÉRI") == [1]


def test_absent_values_in_an_order(shelf: Any) -> None:
    """Where the database puts them there, last here."""
    found = theirs('order = OrderingFilter(fields=["published"])', "order=published")
    assert found.index(5) == (0 if shelf.vendor == "sqlite" else 5)
    assert ours("order=published")[-1] == 5
    assert ours("order=-published")[0] == 5


def test_rows_are_not_repeated(shelf: Any) -> None:
    """There they are, without distinct."""
    rows = filterset('fields = {"tags__name": ["in"]}')({"tags__name__in": "love,war"}, queryset=Book.objects.all()).qs
    assert len(rows) == 3
    assert ours("tags__name__in=love,war") == [1, 5]


@pytest.mark.parametrize(
    ("word", "spell"),
    [
        ("today", "published={0}"),
        ("yesterday", "published={1}"),
        ("week", "published__gte={7}"),
        ("month", "published__year={0:%Y}&published__month={0:%m}"),
        ("year", "published__year={0:%Y}"),
    ],
)
def test_the_words_of_date_ranges(shelf: Any, word: str, spell: str) -> None:
    """The client says the day."""
    today = timezone.now().date()  # as DateRangeFilter has it
    days = [today - dt.timedelta(days=days) for days in range(8)]
    for key, day in enumerate(days, start=100):
        Book.objects.create(id=key, title=f"{day}", price=1, published=day, author_id=1)
    found = set(theirs("published = DateRangeFilter()", f"published={word}"))
    assert found == set(ours(spell.format(*days)))
    assert found


def test_there_are_no_regular_expressions(shelf: Any) -> None:
    """They are parameters that nobody declares."""
    assert theirs('fields = {"title": ["iregex"]}', "title__iregex=^ch") == [1]
    assert code_of("title__iregex=^ch") == "unknown-parameter"
