"""Questions that need the same SQL have equal shapes, and values in the order of their slots."""

from typing import Any

import pytest

from nuages.errors import BadRequest
from nuages.parse.condition import Junction
from nuages.parse.cursor import Cursor, Place, write_cursor
from nuages.parse.pairs import read_pairs
from nuages.parse.question import Question, QuestionReader
from shop.api import api as shop_api

KEY = b"k" * 32


class Books:
    """Reads the questions about books, given as query strings."""

    def __init__(self) -> None:
        self.reader = QuestionReader(shop_api.build().specs["books"], cursor_key=KEY)

    def read(self, query: str) -> Question:
        """Read a query string's question."""
        return self.reader.read(read_pairs(query))

    def cursor(self, order: str, place: Place, *, is_backwards: bool = False) -> str:
        """Write a cursor for an order of this list."""
        return write_cursor(Cursor(place, is_backwards), scope=self.read(f"order={order}").window.scope, key=KEY)


@pytest.fixture
def books() -> Books:
    """A reader that has read nothing yet."""
    return Books()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "&&"),
        ("", "order="),
        ("limit=7", "limit=199"),
        ("limit=51", "limit=49"),
        ("", "limit=50"),
        ("price!=1", "price!=2"),
        ("price__range=1,2", "price__range=3,4"),
        ("published__year=2024", "published__year=1999"),
        ("search=sea", "search=moon"),
        ("filter=price < 3 OR author = 1", "filter=price<4 OR author=2"),
        ("price=1", "price=2"),
        ("price__gt=1&author=2", "author=3&price__gt=4"),
        ("author__in=1,2", "author__in=7,7"),
        ("author=1&author=2", "author=3&author=3"),
        ("published__isnull=true", "published__isnull=1"),
        ("order=price&tags__name=a", "tags__name=b&order=price"),
    ],
)
def test_questions_that_differ_in_values_only_have_one_shape(one: str, other: str, books: Books) -> None:
    """So one plan serves them."""
    first, second = books.read(one), Books().read(other)
    assert first.shape == second.shape
    assert len(first.values) == len(second.values)


@pytest.mark.parametrize(
    "query", ["price={}", "author={}&price__gt=2", "order=price&price__lt={}&limit=7", "filter=price < {}"]
)
def test_a_question_asked_again_has_one_shape_whatever_its_values(query: str, books: Books) -> None:
    """From the second time on its parameters are known, and no more plans come of it."""
    books.read(query.format(1))
    assert len({books.read(query.format(number)).shape for number in range(1, 9)}) == 1
    assert len({books.read(query.format(number)).values for number in range(1, 9)}) == 8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "limit=51"),
        ("limit=20", "limit=25"),
        ("price=1", "price!=1"),
        ("price=1", "filter=NOT price = 1"),
        ("filter=price < 3 AND author = 1", "filter=price < 3 OR author = 1"),
        ("filter=price < 3 AND author = 1", "filter=author < 3 AND price = 1"),
        ("search=sea", "search=old sea"),
        ("order=published", "order=published__nulls_first"),
        ("", "count=exact"),
        ("count=exact", "count=capped"),
        ("", "fields=id"),
        ("fields=id", "fields=id,title"),
        ("limit=1", "limit=1&count=exact"),
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
def test_questions_that_need_other_sql_have_another_shape(one: str, other: str, books: Books) -> None:
    """What decides the SQL is in the shape, whether a set of parameters is read for the first time or again."""
    for _ in range(3):
        assert books.read(one).shape != books.read(other).shape


def test_no_two_parameters_ever_have_one_shape(books: Books) -> None:
    """Alone, in pairs, and three times each: a plan of the one must never serve the other."""
    texts = {"price": "1", "price__gt": "1", "price__in": "1", "author": "1", "tags__name": "1", "avg_stars__lt": "1"}
    asked = [(one,) for one in texts] + [(one, other) for one in texts for other in texts if one < other]
    shapes: dict[Any, set[tuple[str, ...]]] = {}
    for _ in range(3):
        for names in asked:
            question = books.read("&".join(f"{name}={texts[name]}" for name in names))
            shapes.setdefault(question.shape, set()).add(names)
    assert [names for names in shapes.values() if len(names) > 1] == []


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [((1, 2), (3, 4), True), ((None, 2), (None, 4), True), ((1, 2), (None, 4), False), ((None, 1), (1, 2), False)],
)
def test_which_values_of_a_place_are_null_is_in_the_shape(before: Any, after: Any, is_same: bool, books: Books) -> None:
    """For nothing compares with null; and a place is another shape than none."""
    cursors = [books.cursor("published", place) for place in (before, after)]
    _, one, other = (books.read(f"order=published&cursor={cursor}") for cursor in (cursors[0], *cursors))
    assert (one.shape == other.shape) is is_same
    assert books.read("order=published").shape not in (one.shape, other.shape)
    assert one.values == tuple(value for value in before if value is not None)


def test_the_direction_of_a_cursor_is_in_the_shape(books: Books) -> None:
    """The same place is left by other SQL in the other direction."""
    ahead, back = (books.cursor("price", (1, 2), is_backwards=is_backwards) for is_backwards in (False, True))
    _, one, other = (books.read(f"order=price&cursor={cursor}") for cursor in (ahead, ahead, back))
    assert one.shape != other.shape
    assert one.values == other.values
    assert (one.window.is_backwards, other.window.is_backwards) == (False, True)


def test_values_stand_in_the_order_of_their_slots(books: Books) -> None:
    """Filters by their names, then the place, then the limit if one is given; truths are no values."""
    cursor = books.cursor("price", (9, 8))
    query = f"limit=4&tags__name=t&order=price&published__isnull=1&author=1&author=2&cursor={cursor}"
    assert books.read(query).values == (1, 2, "t", 9, 8, 5)
    assert books.read(query.replace("limit=4&", "")).values == (1, 2, "t", 9, 8)
    plain = "tags__name=t&limit=4&price__lt=5&author=2"  # without what is read in full each time
    assert [books.read(plain).values for _ in range(2)] == [(2, 5, "t", 5)] * 2


def test_the_ways_to_give_a_condition_are_one(books: Books) -> None:
    """Parameters come first, by their names, then `filter`, then `search`, and all of them hold together."""
    question = books.read("search=sea&filter=price < 3 OR author = 1&tags__name=t&price__gte=1")
    assert question.values == (1, "t", 3, 1, "sea", "sea")
    condition = question.asked.condition()
    assert isinstance(condition, Junction)
    assert (condition.connector, len(condition.children)) == ("AND", 4)


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
def test_an_order_ends_in_the_key(order: str, names: list[str], books: Books) -> None:
    """So that it has no ties; a key that is named stays where it is."""
    terms = books.read(f"order={order}").order.terms
    assert [f"{'-' if term.descending else ''}{term.operand.name}" for term in terms] == names


@pytest.mark.parametrize(
    ("order", "placed"),
    [
        ("published", [False, False]),
        ("-published", [True, True]),
        ("published__nulls_first", [True, False]),
        ("-published__nulls_last", [False, False]),
        ("-published__nulls_last,-id", [False, True]),
    ],
)
def test_absent_values_stand_last_or_where_they_are_asked_for(order: str, placed: list[bool], books: Books) -> None:
    """First where the order descends, as in an index of PostgreSQL; the opposite way has them at the other end."""
    terms = books.read(f"order={order}").order.terms
    assert [term.nulls_first for term in terms][: 1 + order.count(",")] == placed[: 1 + order.count(",")]
    assert [term.reversed().nulls_first for term in terms] == [not term.nulls_first for term in terms]
    assert [term.reversed().reversed() for term in terms] == list(terms)


def test_the_first_fault_is_named_and_nothing_is_half_read(books: Books) -> None:
    """A question is wholly right or not asked."""
    with pytest.raises(BadRequest) as caught:
        books.read("price=1&nosuch=1&limit=x")
    assert [fault.pointer for fault in caught.value.faults] == ["?nosuch"]
