"""Many members by one request: all of them or none, with every fault at its index."""

from typing import Any

import pytest
from django.db.models import F, Q, Window
from django.db.models.functions import Rank

from nuages import API, Resource, anyone, nested, value
from shop.models import Author, Book, Publisher, Review, Tag
from tests.http.asking import ask, send
from tests.http.writing import Authors, Books, Publishers, Tags, change, faults, shown
from tests.zoo.models import Keeper, Tick

OPEN = {"read": anyone, "write": anyone}


def make(rules: Any = None) -> API:
    """A shop where up to 100 members may be written at once; publishers one at a time."""
    api = API(title="Bulk")
    for model, declared in ((Book, Books), (Author, Authors), (Tag, Tags)):
        more = {"max_bulk": 100, **({"rules": rules} if rules and model is Tag else {})}
        api.resource(model)(type(declared.__name__, (declared,), more))
    api.resource(Publisher)(Publishers)
    return api


api = make()


def names(response: Any) -> list[str]:
    """The names of the items of an answer."""
    return [item["name"] for item in shown(response)["items"]]


@pytest.mark.parametrize("is_object", [False, True])
def test_many_are_made_and_shown_in_their_order(is_object: bool, database: Any, statements: Any) -> None:
    """As a list, or as the items of an object; the answer is read by one statement."""
    tags = [{"name": name} for name in ("novel", "epos", "tale")]
    statements.clear()
    response = change(api, "POST", "/tags", {"items": tags} if is_object else tags)
    assert (response.status, names(response)) == (201, ["novel", "epos", "tale"])
    assert len([sql for sql in statements if sql.startswith("SELECT")]) == 1
    assert ask(api, "/tags")["items"] == shown(response)["items"]


@pytest.mark.parametrize(("is_object", "top"), [(False, ""), (True, "/items")])
def test_every_fault_has_its_index(is_object: bool, top: str, database: Any) -> None:
    """Of all members, references too; nothing is stored."""
    author = Author.objects.create(name="Colette").pk
    good = {"title": "Gigi", "price": "1", "author": author, "tags": []}
    books = [good, {**good, "price": "x", "author": 999}, "text", {**good, "tags": [7]}, {"title": "t", "id": 1}]
    response = change(api, "POST", "/books", {"items": books} if is_object else books)
    assert response.status == 422
    assert sorted(faults(response)) == [
        (f"{top}/1/author", "no-such-row"),
        (f"{top}/1/price", "invalid-value"),
        (f"{top}/2", "invalid-value"),
        (f"{top}/3/tags/0", "no-such-row"),
        (f"{top}/4/author", "required"),
        (f"{top}/4/id", "read-only"),
        (f"{top}/4/price", "required"),
    ]
    assert Book.objects.count() == 0


def test_a_constraint_blames_the_member_that_broke_it(database: Any) -> None:
    """The first one; nothing is stored."""
    response = change(api, "POST", "/tags", [{"name": "novel"}, {"name": "tale"}, {"name": "novel"}])
    assert (response.status, faults(response)) == (409, [("/2/name", "taken")])
    assert Tag.objects.count() == 0


def test_many_are_merged_by_their_keys(database: Any) -> None:
    """What a document does not say stays; the answer is in the order of the request."""
    one, two = (Author.objects.create(name=name, country="FR") for name in ("Ann", "Bob"))
    response = change(api, "PATCH", "/authors", [{"id": two.pk, "name": "Bea"}, {"id": one.pk, "country": "ES"}])
    assert response.status == 200, response.body
    assert [(item["name"], item["country"]) for item in shown(response)["items"]] == [("Bea", "FR"), ("Ann", "ES")]


def test_a_merge_of_a_member_that_is_not_there_changes_none(database: Any) -> None:
    """Its key is blamed; a key that is missing or no key, too."""
    author = Author.objects.create(name="Ann")
    response = change(api, "PATCH", "/authors", [{"id": author.pk, "name": "x"}, {"id": author.pk + 1, "name": "y"}])
    assert (response.status, faults(response)) == (422, [("/1/id", "no-such-row")])
    response = change(api, "PATCH", "/authors", [{"name": "x"}, {"id": "one", "name": "y"}])
    assert faults(response) == [("/0/id", "required"), ("/1/id", "invalid-value")]
    twice = [{"id": author.pk, "name": "x"}, {"id": author.pk, "name": "y"}]
    assert change(api, "PATCH", "/authors", twice).status == 400
    assert Author.objects.get().name == "Ann"


def test_rules_are_asked_for_each(database: Any) -> None:
    """One member that may not be written takes all of them back; a hidden one is not there."""
    own = make({"read": lambda _: ~Q(name="hidden"), "write": lambda _: ~Q(name="closed")})
    assert change(own, "POST", "/tags", [{"name": "a"}, {"name": "closed"}]).status == 401
    assert Tag.objects.count() == 0
    keys = [Tag.objects.create(name=name).pk for name in ("open", "closed", "hidden")]
    assert change(own, "PATCH", "/tags", [{"id": keys[0], "name": "x"}, {"id": keys[1], "name": "y"}]).status == 401
    response = change(own, "PATCH", "/tags", [{"id": keys[0], "name": "x"}, {"id": keys[2], "name": "y"}])
    assert (response.status, faults(response)) == (422, [("/1/id", "no-such-row")])
    response = change(own, "POST", "/tags", [{"name": "seen"}, {"name": "hidden2"}])
    assert names(response) == ["seen", "hidden2"]
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["closed", "hidden", "hidden2", "open", "seen"]


def test_the_limit(database: Any) -> None:
    """More than declared is refused before anything is read; without one, members are written one at a time."""
    response = change(api, "POST", "/tags", [{"name": f"t{number}"} for number in range(101)])
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:too-many-members")
    assert change(api, "POST", "/publishers", [{"name": "a"}]).status == 400
    assert send(api, "/publishers", "PATCH").status == 405
    assert Tag.objects.count() == 0


def test_nothing_is_something_too(database: Any) -> None:
    """An empty list makes nothing."""
    response = change(api, "POST", "/tags", [])
    assert (response.status, shown(response)) == (201, {"items": []})


def test_minimal_and_repeated(database: Any) -> None:
    """Prefer and Idempotency-Key hold for many as for one."""
    response = change(api, "POST", "/tags", [{"name": "a"}], prefer="return=minimal", idempotency_key="k")
    again = change(api, "POST", "/tags", [{"name": "a"}], prefer="return=minimal", idempotency_key="k")
    assert [(each.status, each.body) for each in (response, again)] == [(201, b"")] * 2
    assert Tag.objects.count() == 1
    assert Review.objects.count() == 0


def test_members_are_shown_as_under_their_own_urls(database: Any) -> None:
    """Rows of their own model inside them, and windows over all rows, are not those of the request alone."""
    keepers = API(title="Keepers")
    fields = ["id", "name", "chief", nested("staff", "name"), value("rank", Window(Rank(), order_by=F("name").asc()))]
    attributes = {"fields": fields, "writable": ["name", "chief"], "max_bulk": 9, "rules": OPEN, "order": "-name"}
    keepers.resource(Keeper)(type("Keepers", (Resource,), attributes))
    ann = Keeper.objects.create(name="Ann")
    Keeper.objects.create(name="Bob", chief=ann)
    documents = [{"id": str(ann.pk), "name": "Cid"}]
    merged = shown(change(keepers, "PATCH", "/keepers", documents))["items"]
    made = shown(change(keepers, "POST", "/keepers", [{"name": "Dot", "chief": str(ann.pk)}, {"name": "Abe"}]))["items"]
    assert merged == [{**ask(keepers, f"/keepers/{ann.pk}"), "staff": [{"name": "Bob"}], "rank": 2}]
    assert made == [ask(keepers, f"/keepers/{item['id']}") for item in made]
    assert [item["rank"] for item in made] == [4, 1]


def test_many_do_not_get_round_if_match(database: Any) -> None:
    """Where a change must say which state it means, one request for many cannot."""
    author = Author.objects.create(name="Ann")
    own = API(title="Strict")
    own.resource(Author)(type("Authors", (Authors,), {"max_bulk": 9, "requires_match": True}))
    assert change(own, "PATCH", "/authors", [{"id": author.pk, "name": "x"}]).status == 428
    assert Author.objects.get().name == "Ann"


@pytest.mark.parametrize("key", [True, [1], {}, 1.5])
def test_what_is_no_key(key: Any, database: Any) -> None:
    """422 at its place, whatever it is."""
    response = change(api, "PATCH", "/authors", [{"id": key, "name": "x"}])
    assert (response.status, faults(response)) == (422, [("/0/id", "invalid-value")])


def test_only_the_members_are_locked(database: Any) -> None:
    """PostgreSQL locks no row that an outer join may lack."""
    hidden = API(title="Joined")
    rules = {"read": lambda _: Q(publisher__name="x") | Q(publisher__isnull=True), "write": anyone}
    hidden.resource(Book)(type("Books", (Books,), {"max_bulk": 9, "rules": rules}))
    book = Book.objects.create(title="Gigi", price=1, author=Author.objects.create(name="Colette"))
    assert change(hidden, "PATCH", "/books", [{"id": book.pk, "title": "x"}]).status == 200
    assert change(hidden, "PATCH", f"/books/{book.pk}", {"title": "y"}).status == 200


def test_a_moment_is_a_key_like_any_other(database: Any) -> None:
    """SQLite gives it back as text without an offset; the members are shown all the same."""
    ticks = API(title="Ticks")
    attributes = {"fields": ["at", "word"], "writable": ["at", "word"], "max_bulk": 9, "rules": OPEN}
    ticks.resource(Tick)(type("Ticks", (Resource,), attributes))
    documents = [{"at": f"2024-05-31T23:30:0{n}.000125+00:00", "word": "a"} for n in (2, 1)]
    response = change(ticks, "POST", "/ticks", documents)
    assert (response.status, shown(response)["items"]) == (201, documents)
