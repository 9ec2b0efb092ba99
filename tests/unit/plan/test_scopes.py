"""A queryset of a hook or manager is read: a shape where it is plain filters, compiled each time where it is not."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Case, Count, Exists, F, FilteredRelation, Manager, OuterRef, Q, QuerySet, Value, When

from nuages.plan.scopes import has_plain_manager, queryset_shape, queryset_with_slots
from nuages.plan.slots import Slot
from shop.models import Author, Book, Review, Tag
from tests.zoo.models import Animal, Bird, Keeper, Note, Parrot, Shelf, Specimen

books, reviews = Book.objects.all(), Review.objects.all()

SHAPED: list[tuple[QuerySet[Any], tuple[Any, ...]]] = [
    (books, ()),
    (books.order_by("-title"), ()),
    (books.filter(), ()),
    (books.filter(price__lt=20), (Decimal(20),)),
    (books.filter(author=3, in_print=True), (3,)),
    (books.filter(author=Author(id=3)), (3,)),
    (books.filter(author__country="FR").exclude(publisher__name__gte="M"), ("FR", "M")),
    (books.filter(Q(title="a") | Q(isbn__gt="b") & ~Q(published=None)), ("a", "b")),
    (books.filter(tags__name="poetry"), ("poetry",)),
    (books.filter(published__lte="2024-05-31"), (dt.date(2024, 5, 31),)),
    (books.select_related("author").filter(title="a"), ("a",)),
    (reviews.filter(user=None), ()),
    (Specimen.objects.filter(boolean=True, float__lte=0.5), (0.5,)),
    (Animal.objects.all(), ()),
    (Shelf.objects.filter(label="a"), ("a",)),
    (books.filter(id=7), (7,)),
    (reviews.filter(stars__gte=4, book__id__lt=2), (2, 4)),
    (reviews.filter(stars=True), (1,)),
    (Specimen.objects.filter(big__lte=2**63 - 1), (2**63 - 1,)),
]

SHAPELESS: list[QuerySet[Any]] = [
    books.none(),
    books.filter(id__in=[]),
    books.filter(id__in=[1, 2]),
    books.filter(author__in=Author.objects.filter(country="FR")),
    books.filter(title__contains="a"),
    books.filter(published__year=2024),
    books.filter(price__range=(1, 2)),
    books.filter(id__gt=F("author_id")),
    books.filter(price=Value(1)),
    books.filter(Exists(Tag.objects.filter(books=OuterRef("pk")))),
    books.filter(Case(When(price__lt=20, then=True), default=False)),
    books.exclude(tags__name="poetry"),  # a subquery inside
    books.annotate(n=Count("reviews")),
    books.annotate(n=Count("reviews")).filter(n__gt=1),
    books.alias(n=F("price") * 2).filter(n__gt=1),
    books.annotate(poetry=FilteredRelation("tags", condition=Q(tags__name="poetry"))),
    books.distinct(),
    books.filter(tags__name="poetry").distinct(),
    books[:5],
    books[5:],
    books.filter(id=1).union(books.filter(id=2)),
    books.values("author").annotate(n=Count("id")),
    books.extra(where=["price > 5"]),  # nothing else reads it
    books.filter(id=2**63),
    Specimen.objects.filter(json__a=1),
    Specimen.objects.filter(uuid="0" * 32).filter(json={}),
    Shelf.objects.filter(pk=(1, "a")),
]


def _sql(queryset: QuerySet[Any]) -> tuple[str, list[Any]]:
    text, parameters = queryset.query.get_compiler("default").as_sql()
    return str(text).replace("(%s)", "%s"), list(parameters)  # Django puts expressions, and so slots, in parentheses


@pytest.mark.parametrize(("queryset", "values"), SHAPED, ids=range(len(SHAPED)))
def test_plain_filters_have_a_shape(queryset: QuerySet[Any], values: tuple[Any, ...]) -> None:
    """Each value gets a slot of its own where it stood, and the queryset itself keeps its values."""
    text, parameters = _sql(queryset)
    shape, found = queryset_shape(queryset)
    assert shape is not None
    assert found == values
    slotted, slots = _sql(queryset_with_slots(queryset, 5))
    assert slotted == text
    assert [slot.index for slot in slots if isinstance(slot, Slot)] == list(range(5, 5 + len(values)))
    assert _sql(queryset) == (text, parameters)


@pytest.mark.parametrize("queryset", SHAPELESS, ids=range(len(SHAPELESS)))
def test_whatever_is_not_plain_has_no_shape(queryset: QuerySet[Any]) -> None:
    """Read, not guessed: what is not known is not cached."""
    assert queryset_shape(queryset) == (None, ())


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (books.filter(title="a"), books.filter(title="b"), True),
        (books.filter(title="a").order_by("title"), books.filter(title="b"), True),
        (books.filter(author__country="FR", author=1), books.filter(author__country="JP", author=2), True),
        (books.filter(title="a"), books.filter(isbn="a"), False),
        (books.filter(title="a"), books.filter(title__gt="a"), False),
        (books.filter(title="a"), books.exclude(title="a"), False),
        (books.filter(in_print=True), books.filter(in_print=False), False),
        (books.filter(publisher=None), books.exclude(publisher=None), False),
        (books.filter(title="a", price=1), books.filter(Q(title="a") | Q(price=1)), False),
        (
            books.filter(tags__name="a", tags__name__gt="a"),
            books.filter(tags__name="a").filter(tags__name__gt="a"),
            False,
        ),
        (books.filter(author__name="a"), books.filter(publisher__name="a"), False),
        (books.filter(author__name="a"), books.filter(coauthors__name="a"), False),
        (books, Author.objects.all(), False),
        (Bird.objects.all(), Parrot.objects.all(), False),
        (Bird.objects.all(), Bird.everything.all(), False),
    ],
    ids=range(15),
)
def test_a_shape_is_equal_where_the_sql_is(one: QuerySet[Any], other: QuerySet[Any], is_same: bool) -> None:
    """Values aside: negations, joins, their number, and nullness all count."""
    shapes = [queryset_shape(queryset)[0] for queryset in (one, other)]
    assert None not in shapes
    assert (shapes[0] == shapes[1]) is is_same
    if is_same:
        assert len({_sql(queryset_with_slots(queryset.order_by(), 0))[0] for queryset in (one, other)}) == 1


class Plain(QuerySet[Any]):
    """A queryset with a method more, which shows every row all the same."""

    def cheap(self) -> "Plain":
        return self.filter(price__lt=20)


class Narrow(QuerySet[Any]):
    """A queryset that begins narrowed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.query.add_q(Q(pk__gt=0))


class Narrowing(Manager[Any]):
    """A manager whose `all` is narrower."""

    def all(self) -> QuerySet[Any]:
        return super().all().filter(pk__gt=0)


@pytest.mark.parametrize(
    ("manager", "is_plain"),
    [
        (Manager(), True),
        (Manager.from_queryset(Plain)(), True),
        (Plain.as_manager(), True),
        (Manager.from_queryset(Narrow)(), False),
        (Narrowing(), False),
    ],
    ids=["manager", "from_queryset", "as_manager", "narrow queryset", "narrowing all"],
)
def test_a_manager_is_plain_where_it_shows_every_row(manager: Any, is_plain: bool, monkeypatch: Any) -> None:
    """Methods of its own do not matter, what it begins with does."""
    monkeypatch.setattr(Note._meta, "local_managers", [manager])
    manager.contribute_to_class(Note, "objects")
    Note._meta._expire_cache()
    try:
        assert has_plain_manager(Note) is is_plain
    finally:
        monkeypatch.undo()
        Note._meta._expire_cache()


@pytest.mark.parametrize(
    ("model", "is_plain"),
    [(Book, True), (Specimen, True), (Keeper, True), (Animal, False), (Bird, False), (Parrot, False)],
)
def test_the_managers_of_models_are_judged(model: Any, is_plain: bool) -> None:
    """A child, of a table of its own or a proxy, inherits its parent's manager."""
    assert has_plain_manager(model) is is_plain
