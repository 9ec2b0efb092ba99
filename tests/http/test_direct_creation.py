"""Where nobody could tell the difference a row is made by one statement; everywhere else by its model."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model, Q
from django.db.models.signals import post_save

from nuages import API, Resource, anyone
from nuages.change.direct import fillings
from shop.models import Author, Book, Review
from tests.http.asking import ask, send
from tests.http.writing import Reviews, change, faults, make_api, shown
from tests.support.oracle import represent
from tests.zoo.models import Bird, Sample

api = make_api()
REVIEW = {"book": 5, "user_name": "Ann", "stars": 4, "body": 'It\'s "fine", vérité'}


@pytest.fixture
def book(database: Any, transactional_db: Any) -> Book:
    """A book that is really stored: inside a test's own transaction nothing is made directly."""
    return Book.objects.create(id=5, title="Chéri", price=1, author=Author.objects.create(name="Colette"))


def _writing(statements: list[str]) -> list[str]:
    return [sql.split()[0] for sql in statements]


def test_a_row_and_its_answer_are_one_statement(book: Book, database: Any, statements: Any) -> None:
    """On SQLite the row is read back by a second one; what comes is what reading gives."""
    for _ in range(2):
        statements.clear()
        response = change(api, "POST", "/reviews", REVIEW)
        assert response.status == 201, response.body
        assert _writing(statements) == (["WITH"] if database.vendor == "postgresql" else ["INSERT", "SELECT"])
        read = send(api, response.header("Location") or "")
        assert (read.body, read.header("ETag")) == (response.body, response.header("ETag"))
    assert {name: shown(response)[name] for name in REVIEW} == REVIEW
    assert Review.objects.count() == 2


@pytest.mark.parametrize(
    ("document", "status", "blamed"),
    [
        ({**REVIEW, "book": 6}, 422, [("/book", "no-such-row")]),
        ({**REVIEW, "stars": 9}, 422, [("/stars", "max-value")]),
        ({**REVIEW, "user_name": "x" * 81}, 422, [("/user_name", "max-length")]),
    ],
)
def test_what_is_refused_is_told_as_ever(document: Any, status: int, blamed: Any, book: Book) -> None:
    """The long way finds out why; nothing is stored."""
    response = change(api, "POST", "/reviews", document)
    assert (response.status, faults(response)) == (status, blamed)
    assert Review.objects.count() == 0


def test_a_value_that_is_taken(book: Book) -> None:
    """The constraint decides."""
    assert change(api, "POST", "/tags", {"name": "novel"}).status == 201
    response = change(api, "POST", "/tags", {"name": "novel"})
    assert (response.status, faults(response)) == (409, [("/name", "taken")])


@pytest.fixture
def saved() -> Iterator[list[Any]]:
    """Every instance whose saving was told."""
    heard: list[Any] = []

    def hear(sender: Any, instance: Any, **_: Any) -> None:
        heard.append(instance)

    post_save.connect(hear, sender=Review)
    yield heard
    post_save.disconnect(hear, sender=Review)


def test_whoever_wants_to_hear_of_it_does(book: Book, saved: list[Any], statements: Any) -> None:
    """A receiver of a signal gets its instance."""
    document = shown(change(api, "POST", "/reviews", REVIEW))
    assert [row.pk for row in saved] == [document["id"]]


def test_rules_about_rows_are_asked(book: Book) -> None:
    """A Q of the rule, and one on what is pointed at, want the long way."""
    own = make_api(Reviews={"read": anyone, "write": lambda _: Q(stars__gte=4)})
    assert change(own, "POST", "/reviews", REVIEW).status == 201
    assert change(own, "POST", "/reviews", {**REVIEW, "stars": 3}).status == 401
    hidden = make_api(Books={"read": lambda _: ~Q(id=5)})
    assert faults(change(hidden, "POST", "/reviews", REVIEW)) == [("/book", "no-such-row")]
    assert Review.objects.count() == 1


def test_an_answer_that_is_not_wanted(book: Book, statements: Any) -> None:
    """Nothing is shown then, and the row is there."""
    response = change(api, "POST", "/reviews", REVIEW, prefer="return=minimal")
    assert (response.status, response.body) == (201, b"")
    assert ask(api, response.header("Location") or "")["stars"] == 4


def _spec(model: type[Model], **attributes: Any) -> Any:
    api = make_api()
    declared = type("Things", (Reviews,), {"fields": ["pk"], "writable": [], **attributes})
    api.resource(model)(declared)
    return api.build().specs["things"]


class Loud(Review):
    """A model that does something of its own when saved."""

    class Meta:
        proxy = True
        app_label = "shop"

    def save(self, *arguments: Any, **options: Any) -> None:
        super().save(*arguments, **options)


class Strict(Review):
    """A model that looks at its values together."""

    class Meta:
        proxy = True
        app_label = "shop"

    def clean(self) -> None:
        raise AssertionError


def test_which_models_make_their_rows_themselves() -> None:
    """Own saving, own checks, a parent's table, an own hook."""
    assert fillings(_spec(Review)) is not None
    for model in (Loud, Strict, Bird):
        assert fillings(_spec(model)) is None

    def create(self: Any, values: Any, principal: Any) -> Any:
        return Review(**values)

    assert fillings(_spec(Review, create=create)) is None


KINDS: dict[str, Any] = {
    "number": -5,
    "big": -(2**63),
    "price": "-12.500",
    "weight": 2.5,
    "is_open": False,
    "word": 'it\'s "ä" %s \\ \n$1',
    "day": "2024-02-29",
    "moment": "2024-05-31T12:00:00.000001+00:00",
    "clock": "09:30:00.5",
    "length": "-P1DT00H00M01.500000S",
    "uid": "00000000-0000-0000-0000-000000000007",
    "raw": "AP9hYg==",
    "json": {"a": [1, 2.5, None, "ä", {"b": True}]},
    "address": "2001:db8::1",
}


@pytest.mark.parametrize("document", [KINDS, {}, {"number": None, "json": []}, {"number": 2**30 - 1, "json": "text"}])
def test_every_kind_is_stored_as_its_model_would(
    document: Any, database: Any, transactional_db: Any, statements: Any
) -> None:
    """Values, nulls, defaults, stamps, generated columns and those that the database fills."""
    names = [*KINDS, "made_at", "touched", "doubled", "level"]
    samples = API(title="Samples")
    attributes = {"fields": ["id", *names], "writable": list(KINDS), "rules": {"read": anyone, "write": anyone}}
    samples.resource(Sample)(type("Samples", (Resource,), attributes))
    statements.clear()
    response = change(samples, "POST", "/samples", document)
    assert response.status == 201, response.body
    assert _writing(statements)[0] == ("WITH" if database.vendor == "postgresql" else "INSERT")
    made = shown(response)
    assert send(samples, f"/samples/{made['id']}").body == response.body
    assert {name: made[name] for name in document} == document
    row = Sample.objects.get()
    assert made == represent(row, ["id", *names])
    assert (row.level, row.touched is not None, row.made_at is not None) == (7, True, True)


def test_defaults_are_the_models_own(book: Book) -> None:
    """A callable default is called for each row."""
    first, second = (json.loads(change(api, "POST", "/reviews", REVIEW).body) for _ in range(2))
    assert first["created_at"] < second["created_at"]
    assert Review.objects.filter(user__isnull=True).count() == 2
