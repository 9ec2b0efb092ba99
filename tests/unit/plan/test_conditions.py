"""A Q is split into a shape and values only where the SQL is known not to depend on the values."""

import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Exists, ExpressionWrapper, F, Model, OuterRef, Q, Value
from django.db.models.functions import Lower
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.plan.conditions import shape_of, with_slots
from nuages.plan.slots import Slot
from shop.models import Author, Book, Review, Tag
from tests.zoo.models import Badge, Box, Keeper, Shelf, Specimen

DAY, MOMENT = dt.date(2024, 5, 31), dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC)
KEY = uuid.UUID(int=7)


class Stars(enum.IntEnum):
    FIVE = 5


# a condition, its model, and the values that its slots are filled with
SHAPED: list[tuple[Q, type[Model], tuple[Any, ...]]] = [
    (Q(), Book, ()),
    (Q(price__lt=Decimal(20)), Book, (Decimal(20),)),
    (Q(title="a", id__gte=2), Book, (2, "a")),
    (Q(published__lte=DAY) | ~Q(author=3), Book, (DAY, 3)),
    (Q(created_at__gt=MOMENT), Book, (MOMENT,)),
    (Q(author__country="FR", author__born__isnull=True), Book, (None, "FR")[1:]),
    (Q(in_print=True, publisher=None), Book, ()),
    (Q(stars__in=[4, 5]), Review, (4, 5)),
    (Q(stars__in=(5,)), Review, (5,)),
    (Q(book__in=[1, 2], stars=3), Review, (1, 2, 3)),
    (Q(book=Book(id=9)), Review, (9,)),
    (Q(book=SimpleLazyObject(lambda: Book(id=9))), Review, (9,)),
    (Q(book__author=Author(id=9)), Review, (9,)),
    (Q(stars=Stars.FIVE), Review, (5,)),
    (Q(size=Specimen.Size.SMALL), Specimen, ("s",)),
    (Q(pk=7), Book, (7,)),
    (Q(pk__gt=7), Book, (7,)),
    (Q(tags__name="poetry") ^ Q(tags=None), Book, ("poetry",)),
    (Q(chief=KEY), Keeper, (KEY,)),
    (Q(country=33), Keeper, (33,)),
    (Q(keeper=KEY), Badge, (KEY,)),
    (Q(integer=2**63 - 1, big=-(2**63)), Specimen, (-(2**63), 2**63 - 1)),
    (
        Q(duration__gt=dt.timedelta(1), time=dt.time(9), uuid=KEY, float__lt=0.5),
        Specimen,
        (dt.timedelta(1), 0.5, dt.time(9), KEY),
    ),
]

SHAPELESS: list[tuple[Q, type[Model]]] = [
    (Q(Exists(Tag.objects.filter(books=OuterRef("pk")))), Book),
    (Q(price__gt=F("id")), Book),
    (Q(title=Lower("title")), Book),
    (Q(title=Value("a")), Book),
    (Q(id__in=Book.objects.all()), Book),
    (Q(author__in=Author.objects.filter(country="FR")), Book),
    (Q(id__in=[]), Book),
    (Q(id__in=[1, None]), Book),
    (Q(id__in=list(range(101))), Book),
    (Q(id__in=iter([1])), Book),
    (Q(id__in={"1": 1}), Book),
    (Q(title__contains="a"), Book),
    (Q(title__iexact="a"), Book),
    (Q(title__regex="a"), Book),
    (Q(price__range=(1, 2)), Book),
    (Q(published__year=2024), Book),
    (Q(created_at__date=DAY), Book),
    (Q(created_at=dt.datetime(2024, 5, 31)), Book),  # a naive one is the case
    (Q(published=MOMENT), Book),
    (Q(created_at=DAY), Book),
    (Q(published="2024-05-31"), Book),
    (Q(price=20), Book),
    (Q(price=20.0), Book),
    (Q(title=7), Book),
    (Q(title=mark_safe("a")), Book),
    (Q(id="7"), Book),
    (Q(id=7.0), Book),
    (Q(id=Decimal(7)), Book),
    (Q(id=2**63), Book),
    (Q(id=-(2**63) - 1), Book),
    (Q(uuid="0" * 32), Specimen),
    (Q(json={}), Specimen),
    (Q(json__a=1), Specimen),
    (Q(address="::1", json__a__isnull=False), Specimen),
    (Q(nosuch=1), Book),
    (Q(author__nosuch=1), Book),
    (Q(tags=3), Book),
    (Q(reviews=3), Book),
    (Q(shelf=(1, "a")), Box),
    (Q(pk=(1, "a")), Shelf),
    (Q(author=Author()), Book),
    (Q(author=Book(id=3)), Book),  # Django refuses it: another model's key must not pass for an author's
]


def _slots(node: Q) -> Iterator[Slot]:
    for child in node.children:
        if isinstance(child, Q):
            yield from _slots(child)
        elif isinstance(child, ExpressionWrapper):
            yield from _slots(child.expression)
        elif isinstance(child, tuple) and isinstance(child[1], list):
            yield from child[1]
        elif isinstance(child, tuple) and isinstance(child[1], Slot):
            yield child[1]


def _sql(model: type[Model], condition: Q) -> tuple[str, list[int]]:
    """Django's SQL for the condition, and the index of each slot in it; no database is asked."""
    text, parameters = model._default_manager.filter(condition).query.get_compiler("default").as_sql()
    return str(text), [parameter.index for parameter in parameters if isinstance(parameter, Slot)]


@pytest.mark.parametrize(("condition", "model", "values"), SHAPED)
def test_plain_comparisons_have_a_shape(condition: Q, model: type[Model], values: tuple[Any, ...]) -> None:
    """Each value has one slot, counted on from the first, in the order of the values; the original is left alone."""
    before = list(condition.children)
    shape, found = shape_of(condition, model)
    assert shape is not None
    assert (found, [*map(type, found)]) == (values, [*map(type, values)])
    slotted = with_slots(condition, model, 5)
    assert [slot.index for slot in _slots(slotted)] == list(range(5, 5 + len(values)))
    assert list(condition.children) == before
    assert set(_sql(model, slotted)[1]) == set(range(5, 5 + len(values)))


@pytest.mark.parametrize(("condition", "model"), SHAPELESS)
def test_whatever_is_not_plain_has_no_shape(condition: Q, model: type[Model]) -> None:
    """Alone, and with it all that it is a part of; it is then compiled with its values, by Django."""
    for whole in (condition, ~condition, Q(pk__isnull=False) & condition, Q(Q(Q(condition)))):
        assert shape_of(whole, model) == (None, ())


@pytest.mark.parametrize("verdict", [True, False])
def test_yes_and_no_are_shapes_of_their_own(verdict: bool) -> None:
    """And neither is that of a Q."""
    assert shape_of(verdict, Book) == ((verdict,), ())
    assert shape_of(verdict, Book) != shape_of(not verdict, Book)
    assert shape_of(verdict, Book)[0] != shape_of(Q(), Book)[0]


DIFFERENT = [
    *(Q(stars=1), Q(stars=True), Q(stars=False), Q(stars=None), Q(stars__in=[1]), Q(stars__in=[1, 0]), Q(stars__gte=1)),
    *(~Q(stars=1), Q(stars=1) | Q(id=1), Q(stars=1) & Q(id=1), Q(stars=1) ^ Q(id=1), Q(id=1), Q(stars__isnull=True)),
    *(Q(stars__isnull=False), Q(book=1), Q(book__id=1), Q(book__author=1), Q(), ~Q(), Q(~Q(stars=1)) | Q(id=1)),
]


def test_conditions_that_need_other_sql_have_other_shapes() -> None:
    """True is never 1, nor False 0: in shapes as little as in SQL."""
    shapes = [shape_of(condition, Review)[0] for condition in DIFFERENT]
    assert None not in shapes
    assert len(set(shapes)) == len(DIFFERENT)


LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.integers(-(2**63), 2**63 - 1),
    "price__lte": st.decimals(0, 100, places=2),
    "title": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5),
    "published__gt": st.dates(),
    "created_at__lt": st.datetimes(timezones=st.just(dt.UTC)),
    "author__country": st.sampled_from(["FR", "JP"]),
    "author": st.integers(1, 9) | st.builds(Author, id=st.integers(1, 9)),
    "tags__name__gte": st.sampled_from(["a", "b"]),
    "reviews__stars__in": st.lists(st.integers(1, 5), min_size=2, max_size=2),
    "author__in": st.lists(st.integers(1, 5), min_size=3, max_size=3),
}


@st.composite
def twins(draw: Any, depth: int = 2) -> tuple[Q, Q]:
    """Draw two conditions that differ in values only."""
    one, other = Q(_connector=draw(st.sampled_from(["AND", "OR", "XOR"]))), Q()
    for name in draw(st.lists(st.sampled_from(sorted(LEAVES)), min_size=1, max_size=3)):
        one.children.append((name, draw(LEAVES[name])))
        other.children.append((name, draw(LEAVES[name])))
    for mine, theirs in draw(st.lists(twins(depth - 1), max_size=2)) if depth else []:
        one.children.append(mine)
        other.children.append(theirs)
    other.connector = one.connector
    one.negated = other.negated = draw(st.booleans())
    return one, other


@settings(deadline=None)
@given(pair=twins())
def test_conditions_of_one_shape_have_one_sql_with_slots_in_the_order_of_values(pair: tuple[Q, Q]) -> None:
    """Whatever their values: so the plan of one serves the other."""
    (shape, values), (other_shape, other_values) = (shape_of(condition, Book) for condition in pair)
    assert shape is not None
    assert (shape, len(values)) == (other_shape, len(other_values))
    texts = [_sql(Book, with_slots(condition, Book, 0)) for condition in pair]
    assert texts[0] == texts[1]
    assert [slot.index for slot in _slots(with_slots(pair[0], Book, 3))] == list(range(3, 3 + len(values)))
