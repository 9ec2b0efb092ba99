"""A member hidden from a principal does not exist: not in answers, questions, writes, errors, cursors or validators."""

import json
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q

from nuages import (
    API,
    Principal,
    Resource,
    anyone,
    authenticated,
    field,
    nested,
    owner,
    permission,
    staff,
    value,
    where,
)
from shop.models import Author, Book, Publisher, Review
from tests.http.asking import ask, send
from tests.http.rules_asked import As, guarded
from tests.http.shaded import HIDDEN, shaded_api, staff_user
from tests.http.writing import change, faults, shown


@pytest.fixture
def shaded(shop: Any) -> Any:
    """The API, asked by anybody, and by staff where a test says so."""
    return shaded_api()


def test_hidden_members_are_absent_everywhere(shaded: Any) -> None:  # Z14
    """In lists, members and at every depth; their names do not occur in the answer at all."""
    api, who = shaded
    for url in ("/books", "/books/3"):
        raw = send(api, url).body.decode()
        assert not any(f'"{name}"' in raw for name in (*HIDDEN[:4], "label", "born", "country")), raw
    assert list(ask(api, "/books/3")) == ["id", "title", "isbn", "author", "reviews"]
    assert list(ask(api, "/books/3")["author"]) == ["id", "name"]
    assert ask(api, "/books/3?include=author") == ask(api, "/books/3")
    who.principal = staff_user()
    book = ask(api, "/books/3")
    assert [name for name in book if name in HIDDEN] == HIDDEN
    assert list(book["author"]) == ["id", "name", "country", "born"]
    assert book["label"] == f"{book['title']}, {book['price']}"


def test_what_is_hidden_is_not_fetched(shaded: Any, statements: Any) -> None:  # Z14
    """The column is not in the statement."""
    api, who = shaded
    statements.clear()
    ask(api, "/books?fields=id,title,author,reviews")
    ask(api, "/authors")
    assert not any('"price"' in sql or '"born"' in sql or '"country"' in sql for sql in statements)
    who.principal = staff_user()
    ask(api, "/authors")
    assert '"price"' in statements[-1]


def test_two_audiences_have_two_entity_tags(shaded: Any) -> None:  # Z14
    """And the one's does not answer the other's condition; Last-Modified tells nothing of a hidden column."""
    api, who = shaded
    hidden = dict(send(api, "/books/3").headers)
    who.principal = staff_user()
    whole = dict(send(api, "/books/3").headers)
    assert hidden["ETag"] != whole["ETag"]
    assert ("Last-Modified" in hidden, "Last-Modified" in whole) == (False, True)
    assert send(api, "/books/3", if_none_match=hidden["ETag"]).status == 200
    assert send(api, "/books/3", if_none_match=whole["ETag"]).status == 304
    who.principal = None
    since = {"if_modified_since": whole["Last-Modified"]}
    assert send(api, "/books/3", **since).status == 200


QUESTIONS = [
    "price=5",
    "price__gte=5",
    "price__gte!=5",
    "publisher__isnull=true",
    "publisher=1",
    "publisher__name=A",
    "author__country=FR",
    "author__born=2000-01-01",
    "author__books__price=5",
    "double=5",
    "stars__gt=3",
    "reviews__stars=3",
    "filter=price%3E5",
    "filter=price%20%3C%20double",
    "filter=NOT%20(title%3Da%20OR%20author.country%3DFR)",
    "filter=price:*",
    "filter=price%3Dnull",
    "order=price",
    "order=-title,price",
    "order=price__nulls_first",
    "order=publisher__name",
    "order=author__country",
    "order=double",
    "fields=price",
    "fields=id,publisher",
    "fields=publisher.name",
    "fields=author.country",
    "fields=author.born",
    "fields=double",
    "fields=label",
    "include=publisher",
    "group=price",
    "group=publisher__name",
    "group=author__country",
    "group=created_at__year",
    "aggregate=sum(price)",
    "aggregate=count(double)",
    "group=in_print&aggregate=max(price)&order=max_price",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hidden_name_is_an_unknown_name(question: str, shaded: Any, statements: Any) -> None:  # Z09, Z10, Z11, Z12
    """The refusal differs from that of a name that never was in the name alone, and costs no statement."""
    api, who = shaded
    names = ["price", "double", "publisher", "country", "born", "stars", "label", "created_at"]
    known, unknown = send(api, f"/books?{question}"), send(api, f"/books?{_spoilt(question, names)}")
    assert known.status == unknown.status == 400
    if question != "reviews__stars=3":  # the relation itself is seen
        assert statements == []
    said = json.loads(known.body)
    assert said["type"] == json.loads(unknown.body)["type"]
    for name in names:
        assert name in question or name not in said["detail"], said
        assert not re.search(f"(Did you mean|Known names:).*{name}", said["detail"]), said
    who.principal = staff_user()
    assert send(api, f"/books?{question}").status == 200


def _spoilt(question: str, names: list[str]) -> str:
    for name in names:
        question = question.replace(name, f"{name[:-1]}z")
    return question


@pytest.mark.parametrize("name", ["pricee", "prce", "publsher", "doubel", "zz"])
@pytest.mark.parametrize(
    "question", ["{}=1", "order={}", "fields={}", "include={}", "group={}", "aggregate=sum({})", "filter={}%3D1"]
)
def test_no_suggestion_names_what_is_hidden(name: str, question: str, shaded: Any) -> None:
    """Neither the nearest name nor the list of known names."""
    api, _ = shaded
    said = json.loads(send(api, f"/books?{question.format(name)}").body)
    words = said["detail"].replace(name, "")
    assert not any(hidden in words for hidden in (*HIDDEN[:4], "label", "country", "born")), said


def test_a_usual_order_leaves_out_what_is_hidden(shaded: Any) -> None:
    """A page in the order of a hidden column would tell its order, and a cursor its values."""
    api, who = shaded
    Book.objects.filter(pk=7).update(title="  first")
    Book.objects.filter(pk=9).update(price=9_999)
    assert [row["id"] for row in ask(api, "/books?limit=1")["items"]] == [7]
    who.principal = staff_user()
    assert [row["id"] for row in ask(api, "/books?limit=1")["items"]] == [9]


def test_a_nested_order_leaves_out_what_is_hidden(shaded: Any) -> None:
    """An author's books are not in the order of prices, reviews not in that of stars."""
    api, who = shaded
    Book.objects.update(author=1)
    Book.objects.filter(pk=5).update(price=0)
    Review.objects.update(book=5)
    assert [book["id"] for book in ask(api, "/authors/1")["books"]] == list(range(1, 21))
    reviews = [review["id"] for review in ask(api, "/books/5")["reviews"]]
    assert reviews == sorted(reviews)
    who.principal = staff_user()
    assert ask(api, "/authors/1")["books"][0]["id"] == 5


def test_the_cursor_of_one_audience_is_none_of_another(shaded: Any) -> None:
    """Its place has other columns."""
    api, who = shaded
    url = ask(api, "/books?limit=2")["next"]
    who.principal = staff_user()
    assert send(api, url).status == 400
    staffs = ask(api, "/books?limit=2")["next"]
    assert send(api, staffs).status == 200
    who.principal = None
    assert send(api, staffs).status == 400
    assert send(api, url).status == 200


def test_a_cursor_of_as_many_columns_is_none_of_another_audience_either(database: Any) -> None:
    """Two audiences that see one column each of an order of two."""
    for number in range(3):
        Author.objects.create(name=f"A{number}", born=f"190{number}-01-01")
    api, who = guarded(
        {"read": anyone},
        fields=["id", field("name", visible=staff), field("born", visible=~staff)],
        order="name,born",
        writable=[],
    )
    following = ask(api, "/authors?limit=1")["next"]
    assert send(api, following).status == 200
    who.principal = staff_user()
    assert send(api, following).status == 400


def test_search_does_not_look_into_what_is_hidden(shaded: Any) -> None:
    """Nor are there any hits, or a count of them."""
    api, who = shaded
    Publisher.objects.filter(pk=1).update(name="Zzyzx")
    Book.objects.filter(pk=4).update(publisher=1)
    assert ask(api, "/books?search=zzyzx&count=exact")["count"] == 0
    who.principal = staff_user()
    assert ask(api, "/books?search=zzyzx&count=exact")["count"] > 0


def test_a_path_to_another_resources_hidden_field_is_hidden(shaded: Any) -> None:
    """Which a resource hides is hidden wherever a path leads to it."""
    api, who = shaded
    for url in ("/authors?books__price=5", "/authors?books__publisher=1", "/reviews?book__price=5"):
        assert send(api, url).status == 400
    who.principal = staff_user()
    for url in ("/authors?books__price=5", "/authors?books__publisher=1", "/reviews?book__price=5"):
        assert send(api, url).status == 200


WRITES = [("POST", "/books"), ("PUT", "/books/3"), ("PATCH", "/books/3")]
WHOLE = {"title": "T", "isbn": None, "author": 1, "reviews": []}


@pytest.mark.parametrize(("method", "url"), WRITES)
@pytest.mark.parametrize("name", ["price", "publisher", "created_at", "double", "label"])
def test_a_hidden_member_cannot_be_written(method: str, url: str, name: str, shaded: Any) -> None:  # Z07
    """It is an unknown member, as one that never was."""
    api, _ = shaded
    before = Book.objects.values().get(pk=3)
    hidden = change(api, method, url, {**WHOLE, name: 1})
    unknown = change(api, method, url, {**WHOLE, "nosuch": 1})
    assert (hidden.status, faults(hidden)) == (422, [(f"/{name}", "unknown-member")])
    assert _without_hint(hidden, name) == _without_hint(unknown, "nosuch")
    assert Book.objects.values().get(pk=3) == before


def _without_hint(response: Any, name: str) -> str:
    words = response.body.decode().replace(name, "NAME").partition(" to write.")[0]
    assert not any(hidden in response.body.decode() for hidden in HIDDEN if hidden not in (name, "stars"))
    return str(words)


def test_replacing_a_member_keeps_what_its_writer_does_not_see(shaded: Any) -> None:
    """PUT neither wants it nor sets it back to its default; staff has to send it."""
    api, who = shaded
    Book.objects.filter(pk=3).update(price=12, publisher=2)
    before = Book.objects.get(pk=3)
    response = change(api, "PUT", "/books/3", WHOLE)
    after = Book.objects.get(pk=3)
    assert (response.status, after.title) == (200, "T")
    assert (after.price, after.publisher_id, after.created_at) == (before.price, 2, before.created_at)
    assert list(shown(response)) == ["id", "title", "isbn", "author", "reviews"]
    who.principal = staff_user()
    assert ("/price", "required") in faults(change(api, "PUT", "/books/3", WHOLE))
    assert change(api, "PUT", "/books/3", {**WHOLE, "price": "1.00", "publisher": None}).status == 200
    assert Book.objects.get(pk=3).publisher_id is None


def test_what_a_write_shows_is_what_its_writer_sees(shaded: Any) -> None:
    """Created, merged and many at once, as their own URL shows them."""
    api, who = shaded
    who.principal = staff_user()
    made = shown(change(api, "POST", "/books", {**WHOLE, "price": "3.00", "publisher": None}))
    who.principal = None
    seen = ask(api, f"/books/{made['id']}")
    assert shown(change(api, "PATCH", f"/books/{made['id']}", {"title": "T"})) == seen
    (bulk,) = shown(change(api, "PATCH", "/books", [{"id": made["id"], "title": "T"}]))["items"]
    assert bulk == seen
    hidden = change(api, "PATCH", "/books", [{"id": made["id"], "price": "1.00"}])
    assert faults(hidden) == [("/0/price", "unknown-member")]


def test_owned_rows_keep_what_their_writer_does_not_see(shaded: Any) -> None:
    """A child's hidden column can neither be sent nor is it missing nor lost."""
    api, who = shaded
    Review.objects.filter(book=3).delete()
    review = Review.objects.create(book_id=3, stars=4, user_name="x", body="b")
    document = {**WHOLE, "reviews": [{"id": review.pk}]}
    response = change(api, "PUT", "/books/3", document)
    assert (response.status, shown(response)["reviews"]) == (200, [{"id": review.pk}])
    assert Review.objects.get(pk=review.pk).stars == 4
    document["reviews"] = [{"id": review.pk, "stars": 1}]
    assert faults(change(api, "PUT", "/books/3", document)) == [("/reviews/0/stars", "unknown-member")]
    who.principal = staff_user()
    assert change(api, "PATCH", "/books/3", {"reviews": [{"id": review.pk, "stars": 1}]}).status == 200
    assert Review.objects.get(pk=review.pk).stars == 1


def test_a_repeated_hidden_member_is_not_taken_as_unchanged(shaded: Any) -> None:
    """What reading shows may be sent back; what it does not show may not, be it right or wrong."""
    api, who = shaded
    who.principal = staff_user()
    whole = ask(api, "/books/3")
    who.principal = None
    sent = {name: whole[name] for name in ("title", "publisher", "double", "stars")}
    assert {pointer for pointer, _ in faults(change(api, "PATCH", "/books/3", sent))} == {
        "/publisher",
        "/double",
        "/stars",
    }


def test_a_row_made_by_one_statement_hides_as_well(database: Any, transactional_db: Any, statements: Any) -> None:
    """Two audiences insert other columns and are shown others, through plans of their own."""
    api, who = guarded(
        {"read": anyone, "write": anyone},
        fields=["id", "name", field("country", visible=staff)],
        writable=["name", "country"],
    )
    statements.clear()
    assert list(shown(change(api, "POST", "/authors", {"name": "A"}))) == ["id", "name"]
    assert [sql.split()[0] for sql in statements] in (["WITH"], ["INSERT", "SELECT"])
    who.principal = staff_user()
    made = shown(change(api, "POST", "/authors", {"name": "B"}))
    assert (made["name"], made["country"]) == ("B", "")
    who.principal = None
    assert list(shown(change(api, "POST", "/authors", {"name": "C"}))) == ["id", "name"]
    assert faults(change(api, "POST", "/authors", {"name": "C", "country": "FR"})) == [("/country", "unknown-member")]


def test_hooks_get_what_was_sent_and_may_set_what_is_hidden(database: Any) -> None:
    """A hook is the server's own; it sees no name that its client may not send."""
    seen: list[dict[str, Any]] = []

    def replace(self: Any, row: Any, values: dict[str, Any], principal: Any) -> None:
        seen.append(values)
        Resource.replace(self, row, {**values, "country": "DE"}, principal)

    api, _ = guarded(
        {"read": anyone, "write": anyone},
        fields=["id", "name", field("country", visible=staff)],
        writable=["name", "country"],
        replace=replace,
    )
    author = Author.objects.create(name="A", country="FR")
    assert change(api, "PUT", f"/authors/{author.pk}", {"name": "B"}).status == 200
    assert seen == [{"name": "B"}]
    author.refresh_from_db()
    assert (author.name, author.country) == ("B", "DE")


def test_what_a_model_says_of_a_hidden_field_is_not_passed_on(database: Any, monkeypatch: Any) -> None:
    """Neither its name nor its words: only that something does not fit."""

    def clean(self: Author) -> None:
        raise ValidationError({"country": f"country {self.country} is odd"})

    monkeypatch.setattr(Author, "clean", clean)
    api, who = guarded(
        {"read": anyone, "write": anyone}, fields=["id", "name", field("country", visible=staff)], writable=["name"]
    )
    author = Author.objects.create(name="A", country="FR")
    response = change(api, "PATCH", f"/authors/{author.pk}", {"name": "B"})
    assert response.status == 422
    assert b"country" not in response.body
    assert b"FR" not in response.body
    who.principal = staff_user()
    assert faults(change(api, "PATCH", f"/authors/{author.pk}", {"name": "B"})) == [("/country", "invalid")]


def test_a_rule_is_asked_once_a_request_for_any_number_of_members(database: Any) -> None:
    """And an API without hidden members asks nothing."""
    asked: list[Principal] = []

    def seen(principal: Principal) -> bool:
        asked.append(principal)
        return principal.is_staff

    api, _ = guarded(
        {"read": anyone}, fields=["id", field("name", visible=seen), field("born", visible=seen)], writable=[]
    )
    assert ask(api, "/authors?limit=1")["items"] == []
    assert len(asked) == 1


def test_a_visibility_that_turns_out_to_be_about_rows_hides(database: Any) -> None:
    """Only a plain yes shows anything."""
    Author.objects.create(name="A")
    api, _ = guarded({"read": anyone}, fields=["id", field("name", visible=lambda _: Q(name="A"))], writable=[])
    (row,) = ask(api, "/authors")["items"]
    assert list(row) == ["id"]


def test_a_document_of_which_nothing_is_seen_is_empty(database: Any) -> None:
    """At the top and inside; there is still a row."""
    Author.objects.create(name="A")
    Book.objects.create(title="T", price=1, author=Author.objects.get())
    api, _ = guarded(
        {"read": anyone},
        fields=[field("name", visible=staff), nested("books", field("title", visible=staff))],
        writable=[],
    )
    assert ask(api, "/authors")["items"] == [{"books": [{}]}]
    api, _ = guarded({"read": anyone}, fields=[field("name", visible=staff)], writable=[])
    assert ask(api, "/authors")["items"] == [{}]


def test_several_rules_make_several_audiences(database: Any) -> None:
    """Each sees what its rules say, through plans of its own."""
    Author.objects.create(name="A", country="FR")
    api, who = guarded(
        {"read": anyone},
        fields=["id", field("name", visible=authenticated), field("country", visible=staff)],
        writable=[],
    )
    assert list(ask(api, "/authors")["items"][0]) == ["id"]
    who.principal = Principal(type(staff_user().user)(username="ann"))
    assert list(ask(api, "/authors")["items"][0]) == ["id", "name"]
    who.principal = staff_user()
    assert list(ask(api, "/authors")["items"][0]) == ["id", "name", "country"]
    who.principal = None
    assert list(ask(api, "/authors")["items"][0]) == ["id"]


def test_a_foreign_keys_column_is_hidden_with_its_row(database: Any) -> None:
    """The key of a hidden row is no less than the row; where it is shown on purpose, it may be asked for."""
    who = As()
    api = API(title="Keys", authenticate=[who])
    hidden = {
        "fields": ["id", nested("author", "name", visible=staff)],
        "filters": ["author"],
        "rules": {"read": anyone},
    }
    api.resource(Book)(type("Hidden", (Resource,), {**hidden, "writable": ["author"]}))
    column = {"fields": ["id", field("author", visible=staff)], "filters": ["author", "author__name"]}
    api.resource(Book)(type("Column", (Resource,), {**column, "rules": {"read": anyone}}))
    both = {
        "fields": ["id", "author_id", nested("author", "name", visible=staff)],
        "filters": ["author", "author__name"],
    }
    api.resource(Book)(type("Both", (Resource,), {**both, "rules": {"read": anyone}}))
    outer = {"fields": ["id", nested("books", "id", "author")], "rules": {"read": anyone}}
    api.resource(Publisher)(type("Outer", (Resource,), outer))
    Book.objects.create(
        title="T", price=1, author=Author.objects.create(name="A"), publisher=Publisher.objects.create()
    )
    found = {
        url: send(api, url).status
        for url in (
            *("/hidden?author=1", "/column?author=1", "/column?author__name=A"),
            *("/both?author=1", "/both?author__name=A"),
        )
    }
    assert found == dict(zip(found, [400, 400, 400, 200, 400], strict=True))
    assert list(ask(api, "/outer")["items"][0]["books"][0]) == ["id"]
    who.principal = staff_user()
    assert {send(api, url).status for url in found} == {200}
    assert list(ask(api, "/outer")["items"][0]["books"][0]) == ["id", "author"]


MISTAKES: list[Any] = [
    ("E039", [field("name", visible=True)], "visible of 'name': True is no rule"),
    ("E039", [nested("books", "id", field("price", visible=lambda: 1), visible=5)], "5 is no rule"),
    (
        "E039",
        ["id", value("v", python=len, visible=staff | where(lambda _: Q()))],
        "(staff | where(<lambda>)) is about rows",
    ),
    ("E039", ["id", nested("books", field("title", visible=~owner("author")))], "~owner('author') is about rows"),
    ("E039", [field("name", visible=permission("shpo.x"))], "there is no app 'shpo'"),
    ("E040", [field("id", visible=staff)], "'id' is a key"),
    ("E040", [nested("books", field("pk", visible=staff), "title")], "nested('books'): visible of 'pk'"),
    ("E002", [field("nmae", visible=staff)], "no field 'nmae'"),
]


@pytest.mark.parametrize(("code", "fields", "message"), MISTAKES)
def test_a_wrong_visibility_is_a_mistake(code: str, fields: list[Any], message: str) -> None:
    """Found at start-up, at every depth."""
    api, _ = guarded({"read": anyone}, fields=fields, writable=[])
    (found,) = api.mistakes()
    assert (found.id, message in found.message) == (f"nuages.{code}", True), found


def test_too_many_rules_are_a_mistake() -> None:
    """Seven rules would make 128 audiences."""
    fields = [value(f"v{n}", python=len, visible=lambda _, n=n: bool(n)) for n in range(7)]
    api, _ = guarded({"read": anyone}, fields=["id", *fields], writable=[])
    (found,) = api.mistakes()
    assert (found.id, "7 rules" in found.message) == ("nuages.E040", True)
    api, _ = guarded({"read": anyone}, fields=["id", *fields[:6]], writable=[])
    assert api.mistakes() == []
