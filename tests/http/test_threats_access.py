"""What somebody may not see or change is, to them, not there: rows of another user, other tables, other routes.

The ids are those of the threat list. Z01, Z14: tests/bookshop/test_access.py, test_visible.py; Z05: in
test_threats_injection.py; Z07: in test_written_kinds.py; Z09, Z10, Z12: in both of these and test_visible.py; Z13: in
test_filters.py and test_random_secrets.py.
"""

import json
from typing import Any

import pytest

from nuages import API, Principal, Resource, anyone, authenticated, nested, owner
from shop.api import api as shop_api
from shop.models import Author, Book, Publisher, Review, Tag
from tests.http.asking import ask, send
from tests.http.rules_asked import As, user
from tests.http.writing import change, faults, shown

REVIEW = {"book": 1, "user_name": "n", "stars": 3, "body": "b"}


class Reviews(Resource):
    fields = ["id", "book", "user_name", "stars", "body"]
    writable = ["book", "user_name", "stars", "body"]
    filters = ["stars", "book__title"]
    max_bulk = 100
    paging = ["cursor", "offset", "page"]
    rules = {"read": owner("user"), "write": owner("user"), "create": authenticated}

    def create(self, values: dict[str, Any], principal: Any) -> Any:
        return super().create({**values, "user": principal.user}, principal)


class Books(Resource):
    """A user's books are those with a review of the user's."""

    fields = ["id", "title", "author", nested("reviews", "id", "stars", owned=True), nested("tags", "id")]
    writable = ["title", "author", "reviews", "tags"]
    rules = {"read": owner("reviews__user"), "write": owner("reviews__user")}


class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": owner("books__reviews__user"), "write": owner("books__reviews__user"), "create": anyone}


@pytest.fixture
def two(database: Any) -> tuple[API, As]:
    """Two users with a book, a tag and ten reviews each; those of ann are odd."""
    who = As()
    api = API(title="Two", authenticate=[who])
    for model, declared in ((Review, Reviews), (Book, Books), (Tag, Tags)):
        api.resource(model)(declared)
    author = Author.objects.create(name="A")
    for key, name in ((1, "ann"), (2, "bob")):
        own = user(name)
        book = Book.objects.create(pk=key, title=f"of {name}", price=1, author=author)
        book.tags.add(Tag.objects.create(pk=key, name=f"tag of {name}"))
        Review.objects.bulk_create(
            Review(pk=key + 2 * number, book=book, user=own, user_name=name, stars=1 + number % 5, body="b")
            for number in range(10)
        )
        if name == "ann":
            who.principal = Principal(own)
    return api, who


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(("path", "hidden"), [("reviews", 2), ("books", 2), ("tags", 2)])
def test_a_row_of_somebody_else_is_not_there(method: str, path: str, hidden: int, two: Any) -> None:  # Z02
    """404, to the byte and the header that of an id of no row."""
    api, _ = two
    document = {"GET": None, "HEAD": None, "DELETE": None}.get(method, {"reviews": REVIEW}.get(path, {}))
    if path != "reviews" and document is not None:
        document = {"name": "x"} if path == "tags" else {"title": "x", "author": 1, "tags": [], "reviews": []}
    answers = []
    for key in (hidden, 987654):
        response = change(api, method, f"/{path}/{key}", document)
        headers = [pair for pair in response.headers if pair[0] != "Server-Timing"]
        answers.append((response.status, response.body.replace(str(key).encode(), b"KEY"), headers))
    lengths = {len(text) for _, text, _ in answers}
    assert answers[0][0] == 404
    assert answers[0][:2] == answers[1][:2]
    assert len(lengths) == 1
    assert Review.objects.filter(user_name="bob").count() == 10


def test_one_foreign_row_among_many_changes_none(two: Any) -> None:  # Z03
    """Ninety-nine of one's own, and one that is not."""
    api, who = two
    own = {"book_id": 1, "user": who.principal.user, "user_name": "ann", "stars": 1}
    more = [Review(pk=1001 + number, **own) for number in range(99)]
    Review.objects.bulk_create(more)
    changes = [{"id": row.pk, "stars": 5} for row in more] + [{"id": 2, "stars": 5}]
    response = change(api, "PATCH", "/reviews", changes)
    assert (response.status, faults(response)) == (422, [("/99/id", "no-such-row")])
    assert not Review.objects.filter(pk__gt=1000, stars=5).exists()
    assert change(api, "PATCH", "/reviews", changes[:-1]).status == 200


def test_nothing_can_point_at_a_row_of_somebody_else(two: Any) -> None:  # Z04
    """As at a row that never was: creating, moving one's own, and through rows that a document owns."""
    api, _ = two
    for method, url in (("POST", "/reviews"), ("PATCH", "/reviews/1"), ("PUT", "/reviews/1")):
        foreign, missing = (change(api, method, url, {**REVIEW, "book": key}) for key in (2, 987654))
        assert (foreign.status, foreign.body) == (missing.status, missing.body)
        assert faults(foreign) == [("/book", "no-such-row")]
    for key in (2, 987654):
        response = change(api, "PATCH", "/books/1", {"reviews": [{"id": key, "stars": 5}]})
        assert (response.status, faults(response)) == (422, [("/reviews/0/id", "no-such-row")])
        response = change(api, "PATCH", "/books/1", {"tags": [1, key]})
        assert (response.status, faults(response)) == (422, [("/tags/1", "no-such-row")])
    assert Review.objects.filter(book=2).count() == 10
    assert Review.objects.get(pk=2).stars == 1


PATHS = ["/books/1/", "/Books/1", "//books/1", "/books//1", "/books%2f1", "/books/1.json", "/books/1%00", "/books/./1"]


@pytest.mark.parametrize("path", PATHS)
def test_another_spelling_of_a_path_is_another_path(path: str, two: Any) -> None:  # Z06
    """And leads nowhere, whatever the verb."""
    api, _ = two
    for method in ("GET", "DELETE", "PATCH"):
        assert change(api, method, path, {} if method == "PATCH" else None).status == 404
    assert Book.objects.count() == 2


def test_a_verb_is_the_one_that_was_sent(two: Any) -> None:  # Z06
    """No header makes another of it; HEAD says what GET does, OPTIONS asks no rule and names no row."""
    api, who = two
    for name in ("x_http_method_override", "x_http_method", "x_method_override"):
        assert send(api, "/reviews/1", "GET", **{name: "DELETE"}).status == 200
    assert Review.objects.filter(pk=1).exists()
    for url in ("/reviews", "/reviews/1", "/reviews/2"):
        got, head = send(api, url), send(api, url, "HEAD")
        assert (got.status, head.body) == (head.status, b"")
        assert got.header("ETag") == head.header("ETag")
    assert send(api, "/reviews/1", "OPTIONS").headers[:1] == send(api, "/reviews/987654", "OPTIONS").headers[:1]
    who.principal = None
    assert send(api, "/reviews/1", "OPTIONS").body == b""


def test_an_answer_holds_what_is_declared_and_nothing_else(database: Any) -> None:  # Z08
    """Every resource of the bookshop, with a user behind a review; no secret of that user is anywhere."""
    reader = user("ann", password="a secret", email="ann@example.org")
    book = Book.objects.create(title="T", price=1, author=Author.objects.create(name="A"), cost=1)
    book.tags.add(Tag.objects.create(name="t"))
    Publisher.objects.create(name="P")
    Review.objects.create(book=book, user=reader, user_name="n", stars=1, body="b")
    expected = {
        "books": "id title isbn price published in_print author tags reviews review_count avg_stars",
        "reviews": "id book user_name stars body created_at",
        "authors": "id name country born book_count",
        "publishers": "id name",
        "tags": "id name",
    }
    for name, members in expected.items():
        raw = send(shop_api, f"/{name}").body
        (row,) = json.loads(raw)["items"]
        assert " ".join(row) == members
        for secret in (reader.password, "md5$", "pbkdf2_", "argon2", "ann@example.org", '"ann"', "password"):
            assert secret.encode() not in raw
    (row,) = ask(shop_api, "/books")["items"]
    assert [list(row["author"]), list(row["tags"][0])] == [["id", "name"], ["id", "name"]]
    assert list(row["reviews"][0]) == ["id", "user_name", "stars", "body"]


INCLUDED = [
    "author.groups.user_set.posts",
    "author.books.author.books",
    ".".join(["reviews"] * 50),
    "reviews.user",
    "reviews.book",
    "publisher",
    "coauthors",
    ",".join(["tags"] * 1000),
    "*",
    "author.*",
    "__all__",
    "reviews,,tags",
    "tags.books_set",
]


@pytest.mark.parametrize("text", INCLUDED)
def test_only_declared_relations_can_be_followed(text: str, two: Any, statements: Any) -> None:  # Z11
    """Any depth, any number: refused before the database hears of it."""
    response = send(shop_api, f"/books?include={text}")
    assert response.status == 400
    assert len(response.body) < 1_500
    assert statements == []


def test_the_same_relation_twice_is_once(two: Any, statements: Any) -> None:  # Z11
    """One statement, one member."""
    statements.clear()
    once, twice = send(shop_api, "/books?include=tags"), send(shop_api, "/books?include=tags,tags,tags.")
    assert (once.status, twice.status) == (200, 400)
    assert send(shop_api, "/books?include=tags,tags").body == once.body
    assert len(statements) == 2


def test_counts_and_pages_are_of_visible_rows(two: Any) -> None:  # Z13, Z15
    """Also where a filter, an offset or a page leads beyond them; no number of rows is beyond the bound."""
    api, _ = two
    for how in ("exact", "capped"):
        assert ask(api, f"/reviews?count={how}")["count"] == 10
        assert ask(api, f"/reviews?count={how}&book__title=of bob")["count"] == 0
    page = ask(api, "/reviews?offset=9&limit=5&count=exact")
    assert (len(page["items"]), page["next"]) == (1, None)
    assert ask(api, "/reviews?page=2&limit=10")["items"] == []
    for text in ("limit=0", "limit=-1", "limit=1000000000", "limit=abc", "offset=1000000000", "page=0"):
        assert send(api, f"/reviews?{text}").status == 400


@pytest.mark.parametrize(("method", "status"), [("DELETE", 405), ("PUT", 405), ("PATCH", 405)])
def test_no_change_is_one_of_all_rows(method: str, status: int, two: Any) -> None:  # Z16
    """A collection is not deleted or changed; many members are changed only by their keys."""
    api, _ = two
    for document in ({}, {"title": "x"}, [], None):
        assert change(api, method, "/books", document).status == status
    assert change(api, "DELETE", "/reviews?stars=1").status == 400
    assert change(api, "PATCH", "/reviews", {"stars": 1}).status == 400
    assert change(api, "PATCH", "/reviews?stars=1", [{"stars": 1}]).status == 400
    assert faults(change(api, "PATCH", "/reviews", [{"stars": 1}])) == [("/0/id", "required")]


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_a_condition_does_not_tell_of_a_hidden_row(method: str, header: str, two: Any) -> None:  # Z17
    """404 comes before 412."""
    api, _ = two
    for wanted in ('"wrong"', "*"):
        document = None if method == "DELETE" else REVIEW
        for key in (2, 987654):
            conditional: dict[str, Any] = {header: wanted}
            assert change(api, method, f"/reviews/{key}", document, **conditional).status == 404


def test_a_taken_value_does_not_tell_whose_it_is(two: Any) -> None:  # Z18
    """The constraint is the database's; the answer is the same for one's own and another's."""
    api, _ = two
    Book.objects.get(pk=1).tags.add(Tag.objects.create(pk=3, name="another of ann"))
    mine, foreign = (change(api, "PATCH", "/tags/1", {"name": name}) for name in ("another of ann", "tag of bob"))
    assert (mine.status, faults(mine)) == (409, [("/name", "taken")])
    assert mine.body == foreign.body


def test_what_is_not_declared_is_not_there(database: Any) -> None:  # Z20, Z22
    """A model has more fields, and a project more models, than anybody can see or ask for."""
    api = API(title="Little")
    api.resource(Book)(type("Books", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))
    book = Book.objects.create(title="T", price=1, author=Author.objects.create(name="A"))
    assert ask(api, f"/books/{book.pk}") == {"id": book.pk}
    assert list(ask(api, "/")["resources"]) == ["books"]
    for field in Book._meta.get_fields():
        for question in (f"{field.name}=1", f"order={field.name}", f"group={field.name}", f"include={field.name}"):
            assert send(api, f"/books?{question}").status == 400, question
        if field.name != "id":
            assert send(api, f"/books?fields={field.name}").status == 400
    for path in ("/authors", "/reviews", "/users", "/.env", "/admin", "/schema", "/debug", "/metrics"):
        assert send(api, path).status == 404
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert change(api, method, "/books", {}).status == 405


def test_the_other_users_rows_are_there_for_the_other_user(two: Any) -> None:
    """What all of the above would miss, if nobody saw anything."""
    api, who = two
    assert [row["id"] for row in ask(api, "/reviews")["items"]] == list(range(1, 20, 2))
    assert change(api, "PATCH", "/reviews/1", {"stars": 4}).status == 200
    who.principal = Principal(type(who.principal.user).objects.get(username="bob"))
    assert [row["id"] for row in ask(api, "/reviews")["items"]] == list(range(2, 21, 2))
    assert shown(change(api, "PATCH", "/reviews/2", {"stars": 5}))["stars"] == 5
