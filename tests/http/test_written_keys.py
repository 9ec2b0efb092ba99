"""Keys of rows and references to them: what may be written of them, by whatever kind they are."""

import datetime as dt
import uuid
from typing import Any

import pytest

from nuages import API, Resource, anyone, nested
from shop.models import Author
from tests.http.asking import ask
from tests.http.writing import change, faults, make_api, shown
from tests.http.written import OPEN, served
from tests.zoo.models import Badge, Country, Delivery, Depot, Keeper, Paper


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


def test_a_reference_that_a_put_repeats_stays(countries: API) -> None:
    """As it is shown, with its row; it does not go back to its default."""
    papers = served(Paper, ["id", "title", nested("country", "code", "name")], ["title", "country"])
    made = shown(change(papers, "POST", "/things", {"title": "one", "country": "FR"}))
    assert made["country"] == {"code": "FR", "name": "France"}
    assert shown(change(papers, "PUT", f"/things/{made['id']}", {**made, "title": "two"})) == {**made, "title": "two"}
    assert shown(change(papers, "PUT", f"/things/{made['id']}", {"title": "two"}))["country"] is None
