"""Questions that need the same SQL have equal shapes, and values in the order of their slots."""

from typing import Any

import pytest

from nuages.errors import BadRequest
from nuages.parse.cursor import write_cursor
from nuages.parse.question import QuestionReader
from shop.api import api as shop_api

KEY = b"k" * 32


@pytest.fixture
def books() -> QuestionReader:
    """Reads the questions about books."""
    return QuestionReader(shop_api.build().specs["books"], cursor_key=KEY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "&&"),
        ("", "limit=50"),
        ("", "order="),
        ("limit=7", "limit=200"),
        ("price=1", "price=2"),
        ("price__gt=1&author=2", "author=3&price__gt=4"),
        ("author__in=1,2", "author__in=7,7"),
        ("author=1&author=2", "author=3&author=3"),
        ("published__isnull=true", "published__isnull=1"),
        ("order=price&tags__name=a", "tags__name=b&order=price"),
    ],
)
def test_questions_that_differ_in_values_only_have_one_shape(one: str, other: str, books: QuestionReader) -> None:
    """So one plan serves them."""
    assert books.read(one).shape == books.read(other).shape
    assert len(books.read(one).values) == len(books.read(other).values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "limit=49"),
        ("price=1", "price__gt=1"),
        ("price=1", "price=1&price=1"),
        ("author__in=1", "author__in=1,2"),
        ("author__in=1", "author=1"),
        ("author=1&author=2", "author__in=1,2"),
        ("published__isnull=true", "published__isnull=false"),
        ("order=price", "order=-price"),
        ("order=price", "order=price,id"),
        ("price=1", "author=1"),
    ],
)
def test_questions_that_need_other_sql_have_another_shape(one: str, other: str, books: QuestionReader) -> None:
    """What decides the SQL is in the shape."""
    assert books.read(one).shape != books.read(other).shape


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [((1, 2), (3, 4), True), ((None, 2), (None, 4), True), ((1, 2), (None, 4), False), ((None, 1), (1, 2), False)],
)
def test_which_values_of_a_place_are_null_is_in_the_shape(
    before: Any, after: Any, is_same: bool, books: QuestionReader
) -> None:
    """For nothing compares with null; and a place is another shape than none."""
    cursors = [write_cursor(place, scope=books.scope("published"), key=KEY) for place in (before, after)]
    one, other = (books.read(f"order=published&cursor={cursor}") for cursor in cursors)
    assert (one.shape == other.shape) is is_same
    assert books.read("order=published").shape not in (one.shape, other.shape)
    assert one.all_values(50) == tuple(value for value in before if value is not None)


def test_values_stand_in_the_order_of_their_slots(books: QuestionReader) -> None:
    """Filters as declared, then the place, then the limit if it is not the usual one; truths are no values."""
    cursor = write_cursor((9, 8), scope=books.scope("price"), key=KEY)
    question = books.read(f"limit=3&tags__name=t&order=price&published__isnull=1&author=1&author=2&cursor={cursor}")
    assert question.values == (1, 2, "t")
    assert question.all_values(50) == (1, 2, "t", 9, 8, 4)
    assert question.all_values(3) == (1, 2, "t", 9, 8)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["id"]),
        ("id", ["id"]),
        ("-id", ["-id"]),
        ("price", ["price", "id"]),
        ("-price,id", ["-price", "id"]),
        ("id,price", ["id", "price"]),
        (" -avg_stars , price ", ["-avg_stars", "price", "id"]),
    ],
)
def test_an_order_ends_in_the_key(order: str, names: list[str], books: QuestionReader) -> None:
    """So that it has no ties; a key that is named stays where it is."""
    terms = books.read(f"order={order}").order
    assert [f"{'-' if term.descending else ''}{term.operand.name}" for term in terms] == names


def test_the_first_fault_is_named_and_nothing_is_half_read(books: QuestionReader) -> None:
    """A question is wholly right or not asked."""
    with pytest.raises(BadRequest) as caught:
        books.read("price=1&nosuch=1&limit=x")
    assert [fault.pointer for fault in caught.value.faults] == ["?nosuch"]
