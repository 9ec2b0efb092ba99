"""Values at the edge of what a column or an answer holds, and what a client may repeat of a representation."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from nuages import API, Resource, value
from shop.models import Author, Book, Review
from tests.http.asking import ask, send
from tests.http.writing import change, faults, make_api, shown
from tests.http.written import OPEN, api, postgres_api, read_back, served, write
from tests.support.router import choose_database
from tests.zoo.models import Specimen


@pytest.mark.parametrize("text", ["P999999999D", "-P999999999D", "P106751992D"])
def test_a_duration_that_no_column_holds_is_a_422(text: str, database: Any) -> None:
    """SQLite counts microseconds in 64 bits; a longer one would be an OverflowError."""
    response = change(api, "POST", "/specimens", {"duration": text})
    assert response.status in {201, 422}, response.body
    if response.status == 201:
        read_back(api, "/specimens", shown(response))
    else:
        assert faults(response) == [("/duration", "invalid-value")]


@pytest.mark.parametrize(
    ("name", "number"),
    [("integer", 2**31), ("integer", -(2**31) - 1), ("small", 2**15), ("small", 65_536)],
)
def test_whole_numbers_have_their_fields_range_on_every_database(name: str, number: int, database: Any) -> None:
    """X08: SQLite stores them; PostgreSQL refuses without a pointer. Django's validators know the default database."""
    response = change(api, "POST", "/specimens", {name: number})
    assert response.status == 422, response.body
    assert [pointer for pointer, _ in faults(response)] == [f"/{name}"]
    assert Specimen.objects.count() == 0


def test_an_empty_patch_of_a_json_field_is_none(database: Any) -> None:
    """X16: {"json": {}} changes nothing; the field's validators look at the patch, not at what comes of it."""
    Specimen.objects.create(id=1, json={"a": 1})
    response = change(api, "PATCH", "/specimens/1", {"json": {}})
    assert (response.status, ask(api, "/specimens/1")["json"]) == (200, {"a": 1}), response.body


def _no_secret(value: Any) -> None:
    if set(value) != {"name", "age"}:
        raise ValidationError("name and age, please")


def test_validators_of_a_json_field_see_what_is_stored(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The merged document is what must be valid: neither more nor less."""
    monkeypatch.setitem(Specimen._meta.get_field("json").__dict__, "validators", [_no_secret])
    own = served(Specimen, ["id", "json"], ["json"])
    Specimen.objects.create(id=1, json={"name": "Ann", "age": 3})
    good = change(own, "PATCH", "/things/1", {"json": {"age": 4}})
    assert (good.status, ask(own, "/things/1")["json"]) == (200, {"name": "Ann", "age": 4}), good.body
    bad = change(own, "PATCH", "/things/1", {"json": {"name": None, "age": 4}})
    assert bad.status == 422, bad.body


@pytest.mark.django_db(databases=["postgres"])
@pytest.mark.parametrize("matrix", [[[1, 2], [3, 4]], [[-1]]])
def test_a_list_of_lists_is_read_back(matrix: Any) -> None:
    """ArrayField(ArrayField(IntegerField)): its numbers stay numbers."""
    with choose_database("postgres"):
        found = write(postgres_api, "POST", "/listings", {"matrix": matrix})
        assert read_back(postgres_api, "/listings", found)["matrix"] == matrix
        assert change(postgres_api, "POST", "/listings", {"matrix": [["1"]]}).status == 422


@pytest.mark.django_db(databases=["postgres"])
@pytest.mark.parametrize("matrix", [[[1, 2], [3]], [[1], None], [[]], [[], []], [1], [[1], 2]])
def test_a_crooked_list_of_lists_is_refused_or_read_back(matrix: Any) -> None:
    """PostgreSQL's arrays are rectangles, and an empty one is {}."""
    with choose_database("postgres"):
        response = change(postgres_api, "POST", "/listings", {"matrix": matrix})
        assert response.status in {201, 422}, response.body
        if response.status == 201:
            assert shown(response)["matrix"] == matrix


def test_many_wrong_names_make_no_long_answer(database: Any) -> None:
    """A thousand members an object, a hundred faults an answer."""
    body = json.dumps({f"a{number}": 0 for number in range(60_000)}).encode()
    response = change(api, "POST", "/specimens", body)
    assert response.status in {400, 422}
    assert len(response.body) < 100_000


def test_what_javascript_makes_of_a_representation_may_be_put_back(database: Any) -> None:
    """JSON.stringify(JSON.parse("4.0")) is "4": a read-only number is repeated by its value, not by its letters."""
    own = API(title="Averages")

    @own.resource(Book)
    class Books(Resource):
        fields = ["id", "title", value("stars", models.Avg("reviews__stars"))]
        writable = ["title"]
        rules = OPEN

    book = Book.objects.create(title="Gigi", price=1, author=Author.objects.create(name="Colette"))
    Review.objects.create(book=book, user_name="Ann", stars=4, body="")
    document = ask(own, f"/books/{book.pk}")
    assert document["stars"] == 4
    response = change(own, "PUT", f"/books/{book.pk}", {**document, "stars": 4})
    assert response.status == 200, response.body


def test_a_large_key_is_repeated_exactly(database: Any) -> None:
    """`is_same` compares floats: 2**53 + 1 passes for 2**53, and a wrong key in a PUT is passed over."""
    own = make_api()
    Author.objects.create(id=2**53, name="Colette")
    document = {**ask(own, f"/authors/{2**53}"), "id": 2**53 + 1}
    response = change(own, "PUT", f"/authors/{2**53}", document)
    assert (response.status, faults(response)) == (422, [("/id", "read-only")])


@pytest.mark.parametrize("number", ["1e-99999999999999999999", "0e99999999999999999999"])
def test_a_number_beyond_every_exponent_is_no_repetition(number: str, database: Any) -> None:
    """Decimal() raises for it: a 500, where a key that is another one is a 422."""
    own = make_api()
    author = Author.objects.create(name="Colette")
    response = change(own, "PUT", f"/authors/{author.pk}", b'{"id": %b, "name": "x"}' % number.encode())
    assert (response.status, ("/id", "read-only") in faults(response)) == (422, True)


def test_a_query_string_on_a_change_is_refused(database: Any) -> None:
    """Everywhere else an unknown parameter is a 400; here DELETE /tags/1?dry_run=1 deletes."""
    own = make_api()
    tag = shown(change(own, "POST", "/tags", {"name": "novel"}))["id"]
    assert send(own, f"/tags/{tag}?dry_run=1", "DELETE").status == 400
    assert ask(own, f"/tags/{tag}")["name"] == "novel"
