"""A rule's Q hides rows in lists, details, nested lists, filters and orders alike, for each principal its own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Q
from django.test import Client

from shop.models import Author, Book, Publisher, Review, Tag
from tests.http.asking import ask, serve
from tests.http.client import without_ids
from tests.zoo import private

pytestmark = pytest.mark.urls("tests.zoo.private")


@pytest.fixture
def shop(database: Any) -> None:
    """Six books by a French, a Japanese and an American author."""
    authors = [Author.objects.create(id=n, name=name, country=c) for n, (name, c) in enumerate(AUTHORS, start=1)]
    press = Publisher.objects.create(id=1, name="Press")
    tags = [Tag.objects.create(id=n, name=name) for n, name in enumerate("ab", start=1)]
    owner = User.objects.create_user("Aki")
    User.objects.create_user("boss", is_staff=True)
    for n in range(1, 7):
        book = Book.objects.create(
            id=n, title=f"Book {n}", price=Decimal(5 * n), author=authors[n % 3], publisher=press, in_print=n != 3,
            published=dt.date(2000, 1, n),
        )  # fmt: skip
        book.tags.set(tags[: n % 3])
        for stars in (n % 4 + 1, 5):
            Review.objects.create(id=n * 10 + stars, book=book, stars=stars, user=owner if n == 1 else None)


AUTHORS = [("Fée", "FR"), ("Aki", "JP"), ("Bob", "US")]


def get(path: str, user: str | None = None) -> Any:
    """Ask as somebody, or as anybody."""
    client = Client()
    if user:
        client.force_login(User.objects.get(username=user))
    return client.get(f"/private/{path}")


def ids(path: str, user: str | None = None) -> list[int]:
    """The keys of one page."""
    response = get(path, user)
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["items"]]


@pytest.mark.parametrize(("user", "names"), [(None, ["Fée"]), ("Aki", ["Fée", "Aki"]), ("boss", ["Fée"])])
def test_a_list_shows_what_the_rule_lets_through(user: str | None, names: list[str], shop: None) -> None:
    """To each principal its own rows, from one plan."""
    assert [row["name"] for row in get("authors", user).json()["items"]] == names


def test_a_hidden_row_is_as_absent_as_one_that_never_was(shop: None) -> None:
    """Detail of a hidden row and of no row: the same answer, but for the path and the request's own id."""
    assert get("authors/1").status_code == 200
    hidden, unknown = get("authors/2"), get("authors/99")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert without_ids(hidden.json()) == without_ids(unknown.json())
    assert hidden.headers.keys() == unknown.headers.keys()
    assert get("authors/2", "Aki").status_code == 200


def test_a_hidden_row_is_null_or_missing_where_it_is_nested(shop: None) -> None:
    """At every depth: a book by a hidden author shows null, and within the author's books again."""
    books = {row["id"]: row for row in get("books").json()["items"]}
    assert books[1]["author"] is None
    assert books[3]["author"]["name"] == "Fée"
    assert [inner["author"]["name"] for inner in books[3]["author"]["books"]] == ["Fée", "Fée"]
    assert [len(book["reviews"]) for book in books.values()] == [1] * 6
    assert {review["stars"] for book in books.values() for review in book["reviews"]} == {5}


def test_the_same_nested_rows_open_for_whom_they_are(shop: None) -> None:
    """The owner sees the own review beside those open to all, staff sees every one."""
    own = {row["id"]: row for row in get("books", "Aki").json()["items"]}
    assert [review["id"] for review in own[1]["reviews"]] == [12, 15]
    assert own[1]["author"]["name"] == "Aki"
    assert [review["id"] for review in own[2]["reviews"]] == [25]
    all_of_them = get("books", "boss").json()["items"]
    assert [len(book["reviews"]) for book in all_of_them] == [2] * 6


def test_a_rule_that_says_no_empties_what_is_nested(shop: None) -> None:
    """Nobody reads tags, so no book shows any; publishers are null to the anonymous."""
    anonymous, known = get("books").json()["items"], get("books", "Aki").json()["items"]
    assert {len(book["tags"]) for book in anonymous} == {0}
    assert {book["publisher"] is None for book in anonymous} == {True}
    assert {book["publisher"]["name"] for book in known} == {"Press"}


@pytest.mark.parametrize(
    ("question", "user", "keys"),
    [
        ("author__name=Aki", None, []),
        ("author__name=Aki", "Aki", [1, 4]),
        ("author__country=US", "boss", []),
        ("author__name=Fée", None, [3, 6]),
        ("tags__name=a", "boss", []),
        ("publisher__name=Press", None, []),
        ("publisher__name=Press", "Aki", [1, 2, 3, 4, 5, 6]),
        ("reviews__stars=2", None, []),
        ("reviews__stars=2", "Aki", [1]),
        ("reviews__stars=2", "boss", [1, 5]),
        ("author__name__isnull=true", None, [1, 2, 4, 5]),
        ("author__name__isnull=false", None, [3, 6]),
        ("tags__name__isnull=true", "boss", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_filters_see_only_rows_that_the_principal_may_see(
    question: str, user: str | None, keys: list[int], shop: None
) -> None:
    """A hidden row can be neither read nor probed."""
    assert ids(f"books?{question}", user) == keys


def test_an_order_does_not_give_a_hidden_value_away(shop: None) -> None:
    """Hidden authors all sort as null, so that their order is that of the key."""
    assert ids("books?order=author__name") == [3, 6, 1, 2, 4, 5]
    assert ids("books?order=-author__name,-id") == [5, 4, 2, 1, 6, 3]
    assert ids("books?order=author__name", "Aki") == [1, 4, 3, 6, 2, 5]


def test_a_condition_over_many_repeats_no_row(shop: None) -> None:
    """A book with both tags is shown once."""
    assert ids("tagged-books") == [1, 2, 4, 5]


def test_what_has_no_shape_is_compiled_each_time_and_right(shop: None) -> None:
    """EXISTS, F and text lookups in a rule: correct, and never kept as somebody's plan."""
    pipeline = private.api.build().pipeline
    kept = len(pipeline.plans)
    assert ids("shapeless-books") == [1, 2, 3, 4, 5, 6]
    Review.objects.filter(book__in=[1, 2]).delete()
    assert ids("shapeless-books") == [2, 3, 4, 5, 6]
    assert len(pipeline.plans) == kept


def test_a_hook_narrows_lists_details_and_what_is_nested(shop: None) -> None:
    """What its queryset leaves out exists nowhere, and what it depends on is asked anew each time."""
    assert ids("hooked-books") == [6]
    assert ids("hooked-books", "Aki") == [3, 6]
    assert (get("hooked-books/3").status_code, get("hooked-books/3", "Aki").status_code) == (404, 200)
    shown = get("hooked-publishers", "Aki").json()["items"]
    assert [[book["id"] for book in row["books"]] for row in shown] == [[3, 6]]
    token = private.tenant.set("JP")
    try:
        assert ids("hooked-books", "Aki") == [4]
        assert ids("hooked-books") == []
    finally:
        private.tenant.reset(token)
    assert ids("hooked-books", "Aki") == [3, 6]


def test_a_hook_may_cut_and_deduplicate(shop: None) -> None:
    """A slice of distinct rows is honoured as it is, then ordered and paged as asked."""
    assert ids("cut-books") == [2, 4, 5]


def test_principals_share_plans_and_never_rows(shop: None, statements: Any) -> None:
    """Twenty users with rows of their own: one plan, twenty different answers."""
    pipeline = private.api.build().pipeline
    for n in range(20):
        user = User.objects.create_user(f"user{n}")
        Author.objects.create(id=100 + n, name=f"user{n}", country="XX")
        Review.objects.create(id=1000 + n, book_id=2, stars=1, user=user)
    get("books/2", "user0")
    kept = len(pipeline.plans)
    for n in range(20):
        assert [row["id"] for row in get("books/2", f"user{n}").json()["reviews"]] == [25, 1000 + n]
    assert len(pipeline.plans) == kept


@pytest.mark.parametrize(
    ("path", "user", "status"),
    [
        ("tags", None, 401),
        ("tags", "boss", 403),
        ("tags/1", None, 401),
        ("publishers", None, 401),
        ("publishers", "Aki", 200),
        ("keepers", "Aki", 403),
        ("tags?nonsense=1", None, 401),
    ],
)
def test_a_resource_that_says_no_answers_401_to_anybody_and_403_to_somebody(
    path: str, user: str | None, status: int, shop: None
) -> None:
    """Closed before anything of the question is looked at."""
    response = get(path, user)
    assert response.status_code == status
    assert response.headers["Content-Type"] == f"application/{'json' if status == 200 else 'problem+json'}"
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_rule_that_answers_nonsense_opens_nothing(shop: None) -> None:
    """A rule that cannot answer has not said yes: to nobody, staff included, and inside another resource too."""
    assert get("animals").status_code == 403
    assert get("keepers", "boss").status_code == 403


def test_an_inactive_user_is_nobody(shop: None) -> None:
    """A session outlives its user's dismissal; what it opens does not."""
    client = Client()
    client.force_login(User.objects.get(username="boss"))
    assert client.get("/private/keepers").status_code == 403  # its nested rule is nonsense, but staff gets so far
    User.objects.filter(username="boss").update(is_active=False)
    assert client.get("/private/keepers").status_code == 401


def test_one_of_two_conditions_keeps_its_rows_in_any_order(database: Any) -> None:
    """An exclusive or of lists of references leaves the joins of an order alone: rows without the other row stay."""
    first, second = (Author.objects.create(name=name) for name in ("Ann", "Ben"))
    north, south = (Publisher.objects.create(name=name) for name in ("North", "South"))
    made = [(first, None), (first, north), (second, north), (second, None), (first, south)]
    for key, (author, publisher) in enumerate(made, start=1):
        Book.objects.create(id=key, title="A book", price=1, author=author, publisher=publisher)
    for listed, keys in (([north.pk], {1, 3, 5}), ([north.pk, south.pk], {1, 3})):
        rule = Q(author=first.pk) ^ Q(publisher__in=listed)
        attributes = {"fields": ["id"], "ordering": ["publisher__name"], "rules": {"read": lambda _, rule=rule: rule}}
        api = serve(books=(Book, attributes))
        for order in ("publisher__name", "-publisher__name", "id"):
            query = "" if order == "id" else f"?order={order}"
            assert {item["id"] for item in ask(api, f"/books{query}")["items"]} == keys
