"""The edges of writing: keys, ranges, lists, sessions, and what else a client may do that nobody expects."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client

from nuages import API, Resource, anyone, value
from shop.models import Author, Book, Review
from tests.http.asking import ask, send
from tests.http.writing import change, faults, make_api, shown
from tests.http.written import OPEN, api, postgres_api, read_back, write
from tests.support.router import choose_database
from tests.zoo.models import Badge, Box, Claim, Country, Delivery, Depot, Keeper, Ledger, Specimen


def served(model: Any, fields: list[str], writable: list[str], **more: Any) -> API:
    """An API with one resource under /things."""
    api = API(title="Edges")
    declared = {"fields": fields, "writable": writable, "rules": OPEN, "path": "things", **more}
    api.resource(model)(type("Things", (Resource,), declared))
    return api


# 1. The key of a row, where it is writable


@pytest.fixture
def countries(database: Any) -> API:
    """Two countries whose text key a client may choose."""
    Country.objects.create(code="FR", number=33, name="France")
    Country.objects.create(code="ES", number=34, name="España")
    return served(Country, ["code", "number", "name"], ["code", "number", "name"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_of_the_key_overwrites_no_other_row(countries: API, method: str) -> None:
    """PUT /FR with the code of ES must not write into ES."""
    response = change(countries, method, "/things/FR", {"code": "ES", "number": 1, "name": "Overwritten"})
    assert response.status in {409, 422}, response.body
    assert sorted(Country.objects.values_list("code", "number", "name")) == [
        ("ES", 34, "España"),
        ("FR", 33, "France"),
    ]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_of_the_key_to_a_new_one_is_no_fault_of_the_server(countries: API, method: str) -> None:
    """422 at its place, or the row under its new key: never a 500."""
    response = change(countries, method, "/things/FR", {"code": "XX", "number": 33, "name": "France"})
    assert response.status in {200, 409, 422}, response.body
    assert Country.objects.count() == 2


def test_a_put_without_the_key_keeps_it(database: Any) -> None:
    """The default of a key makes a new one; a row has its own already."""
    keeper = Keeper.objects.create(id=uuid.UUID(int=1), name="Ann")
    keepers = served(Keeper, ["id", "name"], ["id", "name"])
    response = change(keepers, "PUT", f"/things/{keeper.pk}", {"name": "Bob"})
    assert response.status == 200, response.body
    assert list(Keeper.objects.values_list("id", "name")) == [(keeper.pk, "Bob")]


def test_a_key_that_is_a_reference_moves_nothing(database: Any) -> None:
    """A one-to-one key: PATCH to another keeper would write the other keeper's badge."""
    ann, bob = (Keeper.objects.create(name=name) for name in ("Ann", "Bob"))
    Badge.objects.create(keeper=ann, number=1)
    Badge.objects.create(keeper=bob, number=2)
    badges = served(Badge, ["keeper", "number"], ["keeper", "number"])
    response = change(badges, "PATCH", f"/things/{ann.pk}", {"keeper": str(bob.pk), "number": 9})
    assert response.status in {409, 422}, response.body
    assert sorted(Badge.objects.values_list("number", flat=True)) == [1, 2]


# 2. Values


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


# 3. References


@pytest.mark.parametrize("name", ["number", "address", "moment", "day", "uid", "word", "weight"])
def test_a_reference_by_any_kind_of_key_is_found(name: str, database: Any) -> None:
    """The keys are compared as texts, which the database and Python spell differently."""
    Depot.objects.create(
        id=1,
        number="12.50",
        address="10.0.0.7",
        moment=dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC),
        day=dt.date(2024, 5, 31),
        uid=uuid.UUID(int=7),
        word="it's",
        weight=2.5,
    )
    own = API(title="Keys")
    given = {"fields": ["id", name], "writable": [name], "rules": OPEN, "path": "things"}
    own.resource(Delivery)(type("Deliveries", (Resource,), given))
    own.resource(Depot)(type("Depots", (Resource,), {"fields": ["id", name], "rules": {"read": anyone}}))
    key = ask(own, "/depots/1")[name]
    response = change(own, "POST", "/things", {name: key})
    assert response.status == 201, (key, response.body)
    assert shown(response)[name] == key


def test_the_pointer_of_a_reference_counts_what_was_sent(database: Any) -> None:
    """A key that is given twice does not move those behind it."""
    author = Author.objects.create(name="Colette")
    own = make_api()
    tag = shown(change(own, "POST", "/tags", {"name": "novel"}))["id"]
    document = {"title": "Gigi", "price": "1", "author": author.pk, "tags": [tag, tag, 98]}
    response = change(own, "POST", "/books", document)
    assert faults(response) == [("/tags/2", "no-such-row")]


def test_a_fault_in_a_list_of_references_names_the_item(database: Any) -> None:
    """/tags/1, not /tags."""
    author = Author.objects.create(name="Colette")
    document = {"title": "Gigi", "price": "1", "author": author.pk, "tags": [1, "two", None]}
    pointers = [pointer for pointer, _ in faults(change(make_api(), "POST", "/books", document))]
    assert pointers == ["/tags/1", "/tags/2", "/tags/0"], "the row that is missing is told beside them"


# 4. Declarations


@pytest.mark.parametrize(("model", "name"), [(Specimen, "notes"), (Box, "shelf")])
def test_a_relation_without_a_column_is_e026(model: Any, name: str) -> None:
    """Generic relations, and references by two columns."""
    own = served(model, ["id"], [name])
    assert [(one.id, name in one.message) for one in own.mistakes()] == [("nuages.E026", True)]


def test_a_name_that_is_writable_twice_is_a_mistake() -> None:
    """`chief_id` and `chief` are one; the client would have to know which."""
    assert [one.id for one in served(Keeper, ["id"], ["chief_id", "chief"]).mistakes()] != []


# 6. Constraints


def test_a_clash_in_another_table_blames_no_member(database: Any) -> None:
    """A hook writes a row of its own, whose column is called as one of ours."""
    own = API(title="Ledger")

    @own.resource(Claim)
    class Claims(Resource):
        fields = ["id", "code"]
        writable = ["code"]
        rules = OPEN

        def create(self, values: Any, principal: Any) -> Any:
            Ledger.objects.create(code="same")
            return super().create(values, principal)

    Ledger.objects.create(code="same")
    response = change(own, "POST", "/claims", {"code": "a"})
    assert response.status == 409
    assert faults(response) == []


def test_a_unique_expression_blames_its_member(database: Any) -> None:
    """UniqueConstraint(Lower("name")) has a name to blame."""
    own = served(Claim, ["id", "code", "name"], ["code", "name", "room"])
    assert change(own, "POST", "/things", {"code": "a", "name": "Ann", "room": 1}).status == 201
    response = change(own, "POST", "/things", {"code": "b", "name": "ANN", "room": 2})
    assert (response.status, faults(response)) == (409, [("/name", "taken")])


def test_a_check_blames_every_column_that_it_names(database: Any) -> None:
    """Q(low__lte=F("high")): `low__lte` is not found by its word boundary, and so isn't `stars__range`."""
    own = served(Claim, ["id", "code", "low", "high"], ["code", "low", "high"])
    response = change(own, "POST", "/things", {"code": "a", "low": 2, "high": 1})
    assert faults(response) == [("/low", "check-failed"), ("/high", "check-failed")]


def test_a_check_without_words_of_its_own_does_not_show_its_name(database: Any) -> None:
    """Django's message is 'Constraint “zoo_claim_low_to_high” is violated.': a name of the schema, and no help."""
    own = served(Claim, ["id", "code", "low", "high"], ["code", "low", "high"])
    response = change(own, "POST", "/things", {"code": "a", "low": 2, "high": 1})
    assert (response.status, b"zoo_claim" in response.body) == (422, False), response.body


# 7. Sessions


@pytest.mark.django_db
def test_csrf_with_tokens_in_the_session(settings: Any) -> None:
    """CSRF_USE_SESSIONS = True: Django's check wants request.session."""
    settings.CSRF_USE_SESSIONS = True
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann", is_staff=True))
    response = client.post("/api/tags", {"name": "x"}, content_type="application/json")
    assert response.status_code == 403, response.content


# 8. Whatever a client may repeat


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


def test_a_query_string_on_a_change_is_refused(database: Any) -> None:
    """Everywhere else an unknown parameter is a 400; here DELETE /tags/1?dry_run=1 deletes."""
    own = make_api()
    tag = shown(change(own, "POST", "/tags", {"name": "novel"}))["id"]
    assert send(own, f"/tags/{tag}?dry_run=1", "DELETE").status == 400
    assert ask(own, f"/tags/{tag}")["name"] == "novel"
