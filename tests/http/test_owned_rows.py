"""Rows that are part of their parent's document: made, changed and deleted with it, whole or not at all."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.signals import post_save

from nuages import API, Resource, anyone, nested, nobody, value
from shop.models import Author, Book, Review
from tests.http.asking import ask, send
from tests.http.writing import change, faults, shown
from tests.zoo.models import Leaf, Sample

OPEN = {"read": anyone, "write": anyone}


def make(reviews: Any = None, fields: tuple[str, ...] = ("id", "user_name", "stars", "body", "created_at")) -> API:
    """Books that own their reviews; `reviews` are the rules of a resource of reviews, if there is one."""
    api = API(title="Owned")
    shown = ["id", "title", "price", "author", nested("reviews", *fields, order="id", owned=True)]
    attributes = {"fields": shown, "writable": ["title", "price", "author", "reviews"], "rules": OPEN, "path": "books"}
    api.resource(Book)(type("Books", (Resource,), attributes))
    if reviews is not None:
        own = {"fields": ["id", "book", "stars"], "writable": ["stars"], "rules": reviews, "path": "reviews"}
        api.resource(Review)(type("Reviews", (Resource,), own))
    return api


api = make()


def review(stars: int = 4, **more: Any) -> dict[str, Any]:
    """A review as a client sends it."""
    return {"user_name": "Ann", "stars": stars, "body": "Good", **more}


@pytest.fixture
def author(database: Any) -> Author:
    """Who wrote everything."""
    return Author.objects.create(name="Colette")


@pytest.fixture
def book(author: Author) -> dict[str, Any]:
    """A book with three reviews, as it was created."""
    document = {"title": "Chéri", "price": "9.90", "author": author.pk, "reviews": [review(n) for n in (1, 2, 3)]}
    response = change(api, "POST", "/books", document)
    assert response.status == 201, response.body
    made: dict[str, Any] = shown(response)
    return made


def stars(document: dict[str, Any]) -> list[int]:
    """What is given, in the order in which it is shown."""
    return [each["stars"] for each in document["reviews"]]


def test_they_are_made_with_their_parent(book: dict[str, Any]) -> None:
    """In their order, with the defaults of their model, and as reading shows them."""
    assert stars(book) == [1, 2, 3]
    assert ask(api, f"/books/{book['id']}") == book


def test_what_get_gave_may_be_put_back(book: dict[str, Any], statements: Any) -> None:
    """Keys and read-only members are repeated; nothing is written."""
    statements.clear()
    response = change(api, "PUT", f"/books/{book['id']}", book)
    assert (response.status, shown(response)) == (200, book)
    assert not [sql for sql in statements if sql.startswith(("UPDATE", "INSERT", "DELETE"))]


def test_replacing_makes_changes_and_deletes(book: dict[str, Any]) -> None:
    """By key: one is kept and changed, one is new, two are gone."""
    kept = {**book["reviews"][1], "stars": 5}
    response = change(api, "PUT", f"/books/{book['id']}", {**book, "reviews": [kept, review(4)]})
    assert response.status == 200, response.body
    assert stars(shown(response)) == [5, 4]
    assert shown(response)["reviews"][0]["id"] == kept["id"]
    assert Review.objects.count() == 2


def test_merging_changes_what_is_named_and_keeps_the_rest(book: dict[str, Any]) -> None:
    """A row with a key is merged, one without is new; no row goes."""
    patch = {"reviews": [{"id": book["reviews"][0]["id"], "stars": 5}, review(4)]}
    response = change(api, "PATCH", f"/books/{book['id']}", patch)
    assert (response.status, stars(shown(response))) == (200, [5, 2, 3, 4])
    assert shown(response)["reviews"][0]["body"] == "Good"


def test_faults_name_their_place(book: dict[str, Any]) -> None:
    """All of them, beside those of the parent; nothing is written."""
    reviews = [review(9), "text", {"user_name": "Bob", "stars": 3, "body": "", "nosuch": 1}, {**review(), "id": 1}]
    response = change(api, "PUT", f"/books/{book['id']}", {**book, "price": "x", "reviews": reviews})
    assert response.status == 422
    assert sorted(faults(response)) == [
        ("/price", "invalid-value"),
        ("/reviews/0/stars", "max-value"),
        ("/reviews/1", "invalid-value"),
        ("/reviews/2/body", "blank"),
        ("/reviews/2/nosuch", "unknown-member"),
    ]
    assert ask(api, f"/books/{book['id']}") == book


def test_another_parents_row_is_not_there(book: dict[str, Any], author: Author) -> None:
    """A key of a row that belongs to another book is the same 422 as one of no row."""
    other = Review.objects.create(
        book=Book.objects.create(title="x", price=1, author=author), user_name="b", stars=1, body="c"
    )
    answers = [
        change(api, "PATCH", f"/books/{book['id']}", {"reviews": [{"id": key, "stars": 5}]})
        for key in (other.pk, other.pk + 1000)
    ]
    assert [(answer.status, faults(answer)) for answer in answers] == [(422, [("/reviews/0/id", "no-such-row")])] * 2
    assert answers[0].body == answers[1].body
    assert Review.objects.get(pk=other.pk).stars == 1


def test_a_key_twice_and_a_key_at_creation(book: dict[str, Any], author: Author) -> None:
    """Which one would be meant; and whose it would be."""
    twice = [{"id": book["reviews"][0]["id"], "stars": n} for n in (4, 5)]
    response = change(api, "PATCH", f"/books/{book['id']}", {"reviews": twice})
    assert (response.status, faults(response)) == (422, [("/reviews/1/id", "repeated")])
    document = {"title": "x", "price": "1", "author": author.pk, "reviews": [review(id=book["reviews"][0]["id"])]}
    response = change(api, "POST", "/books", document)
    assert (response.status, faults(response)) == (422, [("/reviews/0/id", "read-only")])


@pytest.mark.parametrize("given", [None, {}, "text", 1])
def test_what_is_no_list(given: Any, book: dict[str, Any]) -> None:
    """422 at its place."""
    response = change(api, "PATCH", f"/books/{book['id']}", {"reviews": given})
    assert (response.status, faults(response)) == (422, [("/reviews", "invalid-value")])


def test_as_many_statements_for_fifty_as_for_five(author: Author, statements: Any) -> None:
    """Made, changed and replaced together."""

    def count(many: int) -> list[int]:
        counts = []
        document = {"title": "x", "price": "1", "author": author.pk, "reviews": [review() for _ in range(many)]}
        statements.clear()
        made = shown(change(api, "POST", "/books", document))
        counts.append(len(statements))
        assert len(made["reviews"]) == many
        changed = {**made, "reviews": [{**each, "stars": 5} for each in made["reviews"]]}
        statements.clear()
        assert set(stars(shown(change(api, "PUT", f"/books/{made['id']}", changed)))) == {5}
        counts.append(len(statements))
        statements.clear()
        assert shown(change(api, "PUT", f"/books/{made['id']}", {**made, "reviews": []}))["reviews"] == []
        counts.append(len(statements))
        return counts

    assert count(5) == count(50)


def test_their_own_rules_have_their_say(book: dict[str, Any]) -> None:
    """Which may be made, changed and deleted is for the rules of their resource; closed where it has none."""
    url, first = f"/books/{book['id']}", book["reviews"][0]
    closed = make({"read": anyone})
    for reviews in ([{**first, "stars": 5}], [*book["reviews"], review()], []):
        response = change(closed, "PUT", url, {**book, "reviews": reviews})
        assert (response.status, faults(response)) == (403, [("/reviews", "not-allowed")])
    low = make({"read": anyone, "write": lambda _: Q(stars__lte=2)})
    assert change(low, "PATCH", url, {"reviews": [{"id": first["id"], "stars": 2}]}).status == 200
    assert change(low, "PATCH", url, {"reviews": [{"id": first["id"], "stars": 5}]}).status == 403
    assert change(low, "PATCH", url, {"reviews": [review(3)]}).status == 403
    assert change(low, "PUT", url, {**book, "reviews": []}).status == 403, "the third one may not be deleted"
    assert change(make({"read": anyone, "write": nobody}), "PUT", url, book).status in {200, 403}
    assert stars(ask(api, url)) == [2, 2, 3]


def test_hidden_rows_stay(book: dict[str, Any]) -> None:
    """What the client cannot see it does not replace."""
    own = make({"read": lambda _: Q(stars__gte=2), "write": anyone})
    seen = ask(own, f"/books/{book['id']}")
    assert stars(seen) == [2, 3]
    assert stars(shown(change(own, "PUT", f"/books/{book['id']}", {**seen, "reviews": []}))) == []
    assert stars(ask(api, f"/books/{book['id']}")) == [1]


def test_an_error_in_one_takes_everything_back(book: dict[str, Any], author: Author, monkeypatch: Any) -> None:
    """The parent too, which was written before."""

    def refuse(sender: Any, instance: Any, **_: Any) -> None:
        if instance.stars == 5:
            raise ValueError

    post_save.connect(refuse, sender=Review)
    try:
        document = {"title": "New", "price": "1", "author": author.pk, "reviews": [review(4), review(5)]}
        assert change(api, "POST", "/books", document).status == 500
        assert change(api, "PATCH", f"/books/{book['id']}", {"title": "y", "reviews": [review(5)]}).status == 500
    finally:
        post_save.disconnect(refuse, sender=Review)
    assert (Book.objects.count(), ask(api, f"/books/{book['id']}")) == (1, book)


def test_whoever_listens_hears_of_each(book: dict[str, Any]) -> None:
    """A receiver of a signal gets an instance of each row."""
    heard: list[int] = []

    def hear(sender: Any, instance: Any, **_: Any) -> None:
        heard.append(instance.stars)

    post_save.connect(hear, sender=Review)
    try:
        change(
            api, "PATCH", f"/books/{book['id']}", {"reviews": [{"id": book["reviews"][0]["id"], "stars": 5}, review(4)]}
        )
    finally:
        post_save.disconnect(hear, sender=Review)
    assert sorted(heard) == [4, 5]


def test_a_change_of_a_child_is_seen_by_if_match(book: dict[str, Any]) -> None:
    """The entity tag is of the whole document."""
    url = f"/books/{book['id']}"
    etag = send(api, url).header("ETag") or ""
    Review.objects.filter(pk=book["reviews"][0]["id"]).update(stars=5)
    assert change(api, "PATCH", url, {"title": "x"}, if_match=etag).status == 412


@pytest.mark.parametrize(
    ("member", "said"),
    [
        (nested("tags", "id", owned=True), "cannot be owned"),
        (nested("reviews", "stars", owned=True), "does not show its key"),
        (nested("reviews", "id", limit=3, owned=True), "cannot be owned"),
        (nested("reviews", "id", filter=Q(stars=1), owned=True), "cannot be owned"),
        (nested("reviews", "id"), "declare nested(..., owned=True)"),
    ],
)
def test_what_cannot_be_owned_is_a_mistake(member: Any, said: str) -> None:
    """Named at start-up."""
    wrong = API(title="Wrong")
    attributes = {"fields": ["id", member, value("n", Q(pk=1))][:2], "writable": [member.path], "rules": OPEN}
    wrong.resource(Book)(type("Books", (Resource,), attributes))
    (mistake,) = wrong.mistakes()
    assert (mistake.id, said in f"{mistake.message} {mistake.hint}") == ("nuages.E026", True)


def test_json_of_an_owned_row_is_merged_and_checked(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a document's own; what its validators see is what comes of it."""

    def with_a_name(data: Any) -> None:
        if "name" not in data:
            raise ValidationError("a name, please", code="nameless")

    monkeypatch.setitem(Leaf._meta.get_field("data").__dict__, "validators", [with_a_name])
    samples = API(title="Samples")
    fields = ["id", nested("leaves", "id", "data", order="id", owned=True)]
    samples.resource(Sample)(type("Samples", (Resource,), {"fields": fields, "writable": ["leaves"], "rules": OPEN}))
    document = {"leaves": [{"data": {"name": "a", "deep": {"x": 1, "y": 2}}}]}
    made = shown(change(samples, "POST", "/samples", document))
    url, key = f"/samples/{made['id']}", made["leaves"][0]["id"]
    response = change(samples, "PATCH", url, {"leaves": [{"id": key, "data": {"deep": {"x": None}, "more": 3}}]})
    assert shown(response)["leaves"][0]["data"] == {"name": "a", "deep": {"y": 2}, "more": 3}
    response = change(samples, "PATCH", url, {"leaves": [{"id": key, "data": {"name": None}}]})
    assert (response.status, faults(response)) == (422, [("/leaves/0/data", "nameless")])
    whole = change(samples, "PUT", url, {"leaves": [{"id": key, "data": {"name": "b"}}]})
    assert shown(whole)["leaves"][0]["data"] == {"name": "b"}


def test_a_replaced_row_goes_back_to_its_defaults(database: Any) -> None:
    """What PUT does not say of an owned row is as in a new one; PATCH keeps it."""
    samples = API(title="Samples")
    fields = ["id", nested("leaves", "id", "data", order="id", owned=True)]
    samples.resource(Sample)(type("Samples", (Resource,), {"fields": fields, "writable": ["leaves"], "rules": OPEN}))
    made = shown(change(samples, "POST", "/samples", {"leaves": [{"data": {"a": 1}}]}))
    url, key = f"/samples/{made['id']}", made["leaves"][0]["id"]
    assert shown(change(samples, "PATCH", url, {"leaves": [{"id": key}]})) == made
    assert shown(change(samples, "PUT", url, {"leaves": [{"id": key}]}))["leaves"] == [{"id": key, "data": {}}]


def test_a_replaced_owned_row_goes_back_to_what_the_database_has_as_default(database: Any) -> None:
    """A plain value and one that it computes, for several rows at once; PATCH keeps them, and so does naming them."""
    own = API(title="Grown")
    fields = ["id", nested("leaves", "id", "size", "seen", order="id", owned=True)]
    attributes = {"fields": fields, "writable": ["leaves"], "rules": OPEN}
    own.resource(Sample)(type("Samples", (Resource,), attributes))
    url = f"/samples/{Sample.objects.create(number=1).pk}"
    long_ago = "2001-02-03T04:05:06Z"
    given = [{}, {"size": 5, "seen": long_ago}, {"size": 6, "seen": long_ago}, {"size": 7, "seen": long_ago}]
    made = shown(change(own, "PUT", url, {"leaves": given}))["leaves"]
    assert [leaf["size"] for leaf in made] == [3, 5, 6, 7]
    assert made[0]["seen"] > "2002"
    patched = [{"id": leaf["id"]} for leaf in made]
    assert shown(change(own, "PATCH", url, {"leaves": patched}))["leaves"] == made
    whole = [made[0], {"id": made[1]["id"]}, {"id": made[2]["id"], "seen": long_ago}, {"id": made[3]["id"], "size": 7}]
    now = shown(change(own, "PUT", url, {"leaves": whole}))["leaves"]
    assert now[0] == made[0]
    assert [leaf["size"] for leaf in now] == [3, 3, 3, 7]
    assert [leaf["seen"] > "2002" for leaf in now] == [True, True, False, True]


def test_only_the_owned_rows_are_locked(book: dict[str, Any]) -> None:
    """PostgreSQL locks no row that an outer join may lack."""
    own = make({"read": lambda _: Q(user__is_staff=True) | Q(user__isnull=True), "write": anyone})
    patch = {"reviews": [{"id": book["reviews"][0]["id"], "stars": 5}]}
    assert change(own, "PATCH", f"/books/{book['id']}", patch).status == 200


def _hooked() -> API:
    """Books whose hooks say who has written each new or changed review, which no client may."""
    hooked = API(title="Hooked")

    def signed(values: dict[str, Any]) -> dict[str, Any]:
        for child in values["reviews"].rows:
            if child.key is None or "stars" in child.values:
                child.values["user_name"] = f"{child.pointer} {child.values.get('stars')}"
        return values

    @hooked.resource(Book)
    class Books(Resource):
        fields = ["id", "title", "price", "author", nested("reviews", "id", "stars", "body", order="id", owned=True)]
        writable = ["title", "price", "author", "reviews"]
        rules = OPEN

        def create(self, values: dict[str, Any], principal: Any) -> Any:
            return super().create(signed(values), principal)

        def merge(self, row: Any, values: dict[str, Any], principal: Any) -> None:
            super().merge(row, signed(values), principal)

    return hooked


def test_a_hook_adds_to_the_values_of_an_owned_row(author: Author, statements: Any) -> None:
    """What it adds is stored with the rest, in as many statements; what no hook touches stays."""
    hooked = _hooked()
    document = {"title": "x", "price": "1", "author": author.pk, "reviews": [{"stars": n, "body": "b"} for n in (1, 2)]}
    made = shown(change(hooked, "POST", "/books", document))
    assert list(Review.objects.order_by("id").values_list("user_name", flat=True)) == ["/reviews/0 1", "/reviews/1 2"]
    first, second = (each["id"] for each in made["reviews"])
    statements.clear()
    patch = {"reviews": [{"id": second, "stars": 5}, {"id": first, "body": "c"}]}
    assert change(hooked, "PATCH", f"/books/{made['id']}", patch).status == 200
    assert len([sql for sql in statements if sql.startswith("UPDATE")]) == 1
    rows = Review.objects.order_by("id").values_list("user_name", "stars", "body")
    assert list(rows) == [("/reviews/0 1", 1, "c"), ("/reviews/0 5", 5, "b")]


def test_what_a_hook_adds_cannot_be_sent(author: Author) -> None:
    """A column that is not shown is no member."""
    document = {"title": "x", "price": "1", "author": author.pk, "reviews": [review()]}
    response = change(_hooked(), "POST", "/books", document)
    assert (response.status, faults(response)) == (422, [("/reviews/0/user_name", "unknown-member")])
