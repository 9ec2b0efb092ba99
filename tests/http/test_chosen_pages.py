"""What a function chooses by `Books.page(queryset)` is a list in every way, of those rows alone."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models import Avg, Count, F, Q, Value
from django.db.models.functions import Lower, Random

from nuages import Principal
from shop.models import Author, Book, Review, Tag
from tests.conftest import Statements
from tests.http.asking import ask, refusal, send
from tests.http.choosing import Chosen

pytestmark = pytest.mark.usefixtures("books")
STAFF = Principal(method="test", claims={}, user=type("User", (), {"is_staff": True, "pk": 1, "is_active": True})())


@pytest.fixture
def books(database: Any) -> None:
    """Twelve books by three authors, with tags and reviews; every fourth is out of print."""
    authors = [Author.objects.create(name=name, country=name[:2].upper()) for name in ("Fée", "Jo", "Us")]
    tags = [Tag.objects.create(name=name) for name in "ab"]
    for n in range(1, 13):
        book = Book.objects.create(
            id=n, title=f"Book {n:02}", price=n % 5 + 1, cost=20 - n, author=authors[n % 3], in_print=n % 4 != 0,
            published=dt.date(2000, 1, n) if n % 5 else None,
        )  # fmt: skip
        book.tags.set(tags[: n % 3])
        for stars in range(n % 4):
            Review.objects.create(book=book, stars=stars + 1)


def _by_two(first: Any, second: Any) -> Any:
    return Book.objects.filter(first).union(Book.objects.filter(second))


QUERYSETS: dict[str, Callable[[], Any]] = {
    "all": Book.objects.all,
    "manager": lambda: Book.objects,
    "filter": lambda: Book.objects.filter(author__country="FÉ", price__gte=2),
    "exclude": lambda: Book.objects.exclude(published=None),
    "expression": lambda: Book.objects.filter(Q(price__gt=F("id") / 3) | Q(title__iendswith="1")),
    "related": lambda: Author.objects.get(name="Jo").books,
    "to many": lambda: Book.objects.filter(tags__name__in=["a", "b"]),
    "distinct": lambda: Book.objects.filter(reviews__stars__gte=1).distinct(),
    "annotated": lambda: Book.objects.annotate(n=Count("reviews")).filter(n__gte=2),
    "sliced": lambda: Book.objects.order_by("-id")[1:8],
    "union": lambda: _by_two(Q(price=1), Q(id__lt=4)),
    "none": Book.objects.none,
    "deferred": lambda: Book.objects.defer("title").select_related("author").prefetch_related("tags"),
    "in": lambda: Book.objects.filter(pk__in=[1, 2, 3, 4, 99], author__in=Author.objects.filter(name__lt="K")),
}


@pytest.mark.parametrize("name", QUERYSETS)
def test_pages_walk_over_the_chosen_rows_once(name: str, statements: Statements) -> None:
    """All that were chosen and that the rule lets through, each once, by one statement a page; and no other."""
    chosen, queryset = Chosen(), QUERYSETS[name]
    wanted = {book.pk for book in queryset().all() if book.in_print}

    def choose() -> Any:
        return chosen.books.page(queryset())

    for query in ("limit=3", "limit=2&order=-price", "limit=2&order=published", "limit=4&page=1"):
        found = [item["id"] for item in chosen.walk(choose, query)]
        assert (sorted(found), len(found)) == (sorted(wanted), len(wanted)), query
    page = chosen.ask(choose, "count=exact&price__gte=3&fields=id")
    assert page["count"] == len(page["items"]) == Book.objects.filter(pk__in=wanted, price__gte=3).count()
    assert chosen.ask(choose, "count=estimated")["count"] >= 0
    groups = chosen.ask(choose, "group=in_print&aggregate=count()")["items"]
    assert [group["count"] for group in groups] == ([len(wanted)] if wanted else [])
    choose()  # what the function itself asks
    statements.clear()
    chosen.ask(lambda: chosen.books.page(QUERYSETS["filter"]()))
    assert len(statements) == 1


def test_rules_hold_at_every_depth() -> None:
    """A function widens nothing: rows, nested rows and fields are shown to those who see them in the list."""
    chosen = Chosen()

    def choose() -> Any:
        return chosen.books.page(Book.objects.filter(id__in=[3, 4]).order_by("-cost", "id"))

    (book,) = chosen.ask(choose)["items"]
    assert (book["id"], book["reviews"], "cost" in book) == (3, [], False)
    assert (chosen.send(choose, "order=cost").status, chosen.send(choose, "fields=cost").status) == (400, 400)
    chosen.who.principal = STAFF
    first, second = chosen.ask(choose)["items"]
    assert (first["id"], first["cost"], len(first["reviews"]), second["id"]) == (3, "17.00", 3, 4)
    closed = Chosen(queryset=_tagged)
    assert {item["id"] for item in closed.walk(lambda: closed.books.page(Book.objects.filter(price=3)))} == {2}


def test_plans_are_kept_by_shape(statements: Statements) -> None:
    """Querysets that differ in their values share a plan; those that differ in more do not."""
    chosen, texts = Chosen(), set()
    for country in ("FÉ", "JO", "US"):
        statements.clear()
        items = chosen.ask(lambda code=country: chosen.books.page(Book.objects.filter(author__country=code)))["items"]
        assert {item["author"]["name"][:2].upper() for item in items} == {country}
        texts.add(statements[0])
    assert (chosen.plan_count, len(texts)) == (1, 1)
    chosen.ask(lambda: chosen.books.page(Book.objects.filter(author__name="Jo")))
    assert chosen.plan_count == 2
    chosen.ask(lambda: chosen.books.page(Book.objects.filter(author__country="JO").order_by("title")))
    assert chosen.plan_count == 3


ORDERS: list[tuple[Any, Callable[[dict[str, Any]], Any]]] = [
    (["-price", "title"], lambda book: (-float(book["price"]), book["title"])),
    (["price", "-pk"], lambda book: (float(book["price"]), -book["id"])),
    ([F("published").asc(nulls_first=True)], lambda book: (book["published"] or "", book["id"])),
    (["-published"], lambda book: ([-ord(c) for c in book["published"] or ":"], book["id"])),
    (["author__name", "-id"], lambda book: (book["author"]["name"], -book["id"])),
]


@pytest.mark.parametrize(("order", "key"), ORDERS, ids=["two", "key", "nulls", "descending", "path"])
def test_the_order_of_the_queryset_is_the_usual_one(order: Any, key: Any) -> None:
    """It is walked by cursors; what the client asks for goes before it."""
    chosen = Chosen()
    chosen.who.principal = STAFF

    def choose() -> Any:
        return chosen.books.page(Book.objects.order_by(*order))

    found = chosen.walk(choose, "limit=5")
    assert [book["id"] for book in found] == [book["id"] for book in sorted(found, key=key)]
    assert len(found) == 12
    backwards = chosen.walk(lambda: chosen.books.page(Book.objects.order_by(*order).reverse()), "limit=5&fields=id")
    assert [book["id"] for book in backwards[:2]] == [book["id"] for book in found[:-3:-1]]
    assert len({book["id"] for book in backwards}) == len(backwards) == 12
    assert [book["id"] for book in chosen.walk(choose, "order=id")] == list(range(1, 13))


def test_a_declared_value_orders_what_is_annotated_by_its_name() -> None:
    """An order by it is the resource's own; a cursor of one order is none of another."""
    chosen = Chosen()
    rows = Book.objects.annotate(mean=Avg("reviews__stars")).order_by(F("mean").desc(nulls_last=True), "id")
    found = [book["mean"] for book in chosen.walk(lambda: chosen.books.page(rows), "limit=4")]
    assert found == sorted(found, key=lambda mean: -(mean or 0))
    following = chosen.ask(lambda: chosen.books.page(rows), "limit=4")["next"].partition("?")[2]
    assert chosen.send(lambda: chosen.books.page(rows), following).status == 200
    assert chosen.send(lambda: chosen.books.page(Book.objects.order_by("title")), following).status == 400


def test_the_parameters_of_the_function_are_none_of_the_list(caplog: pytest.LogCaptureFixture) -> None:
    """They go with the links; what neither knows is refused as in a list."""
    chosen = Chosen()
    url = "/chosen/of/JO?least=2&limit=1"
    found = []
    while url:
        page = ask(chosen.api, url)
        found += page["items"]
        url = page["next"]
        assert url is None or "least=2&limit=1&cursor=" in url
    assert {book["id"] for book in found} == {1, 7} | {13} & {n for n in range(13) if n % 5 + 1 >= 2}
    assert refusal(chosen.api, "/chosen/of/JO?leas=2")[:2] == (400, "unknown-parameter")
    assert refusal(chosen.api, "/chosen/of/JO?least=x&price=2")[:2] == (400, "invalid-value")
    assert send(chosen.api, "/taken").status == 500
    assert "takes the parameter 'page'" in caplog.text


def test_functions_of_every_sort_choose(statements: Statements) -> None:
    """Coroutines; those that change something, whose rows of the same transaction are shown, with a status."""
    chosen = Chosen()
    response = send(chosen.api, "/coming?fields=id")
    assert response.coming is not None
    come = async_to_sync(response.coming)()
    assert {book["id"] for book in json.loads(come.body)["items"]} == {1, 6, 11}
    assert come.header("ETag")
    statements.clear()
    response = send(chosen.api, "/bought?title=Sido&fields=title", "POST")
    assert (response.status, response.body, response.header("X-Bought")) == (201, b'{"title":"Sido"}', "Sido")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Author.objects.all, "Books.page(...) got rows of shop.Author, and shows those of shop.Book."),
        (lambda: [1], "Books.page(...) wants a queryset of shop.Book, not a list."),
        (lambda: Book.objects.values("id"), "whole rows"),
        (Book.objects.select_for_update, "locks nothing"),
        (lambda: Book.objects.order_by("?"), "cannot follow the order '?'"),
        (lambda: Book.objects.order_by(Random()), "cannot follow the order Random()"),
        (lambda: Book.objects.order_by(Lower("title")), "cannot follow the order"),
        (lambda: Book.objects.order_by("publisher__name"), "what `ordering` of Books declares"),
        (lambda: Book.objects.annotate(rank=Value(1)).order_by("rank"), "cannot follow the order 'rank'"),
        (lambda: Book.objects.extra(order_by=["id"]), "cannot follow the order extra"),
    ],
    ids=["model", "list", "values", "lock", "chance", "random", "expression", "path", "annotation", "extra"],
)
def test_what_cannot_be_a_page_is_named(make: Callable[[], Any], words: str, caplog: pytest.LogCaptureFixture) -> None:
    """The author is told what was given and what is wanted."""
    chosen = Chosen()
    assert chosen.send(lambda: chosen.books.page(make())).status == 500
    assert words in caplog.text


def test_a_resource_of_another_api_is_none_of_this_one(caplog: pytest.LogCaptureFixture) -> None:
    """Its name is said."""
    assert Chosen().send(lambda: Chosen().books.page(Book.objects.all())).status == 500
    assert "Books is not registered with the API of this function" in caplog.text


def test_one_member_is_shown_as_under_its_own_url(statements: Statements, caplog: pytest.LogCaptureFixture) -> None:
    """By one statement, to those who may see it; with its validators and what the client wants of it."""
    chosen, book = Chosen(), Book.objects.get(pk=3)
    statements.clear()
    shown = chosen.ask(lambda: chosen.books.member(book), "fields=id,author.name")
    assert (shown, len(statements)) == ({"id": 3, "author": {"name": "Fée"}}, 1)
    response = chosen.send(lambda: chosen.books.member(Book.objects.filter(title="Book 03")))
    assert response.header("Last-Modified")
    again = chosen.send(lambda: chosen.books.member(book), if_none_match=response.header("ETag") or "")
    assert again.status == 304
    for hidden in (Book.objects.get(pk=4), Book.objects.filter(pk=99)):
        assert chosen.send(lambda of=hidden: chosen.books.member(of)).status == 404
    for wrong, words in ((Book.objects.all(), "several rows"), (Author.objects.get(name="Jo"), "got rows of shop.Aut")):
        assert chosen.send(lambda of=wrong: chosen.books.member(of)).status == 500
        assert words in caplog.text


def _tagged(_resource: Any, _principal: Principal) -> Any:
    return Book.objects.filter(tags__name="b")
