"""Create, replace, merge and delete: what is written is what is read; what is refused leaves nothing behind."""

from typing import Any

import pytest
from django.db.models import Q

from nuages import API, nested, nobody
from shop.models import Author, Book, Review, Tag
from tests.http.asking import ask, send
from tests.http.writing import MERGE, Books, change, faults, make_api, shown

api = make_api()


@pytest.fixture
def book(database: Any) -> Book:
    """A book with an author and a tag."""
    author = Author.objects.create(id=7071, name="Colette", country="FR")
    made = Book.objects.create(id=5005, title="Chéri", isbn="9780000000005", price="12.50", author=author)
    made.tags.add(Tag.objects.create(id=3003, name="novel"))
    return made


NEW = {"title": "Gigi", "isbn": "9780000000001", "price": "9.90", "author": 7071, "tags": [3003]}


def test_a_created_member_is_where_location_says(book: Book) -> None:
    """201, the representation, and an entity tag that the next GET has too."""
    response = change(api, "POST", "/books", NEW)
    assert response.status == 201, response.body
    location = response.header("Location") or ""
    read = send(api, location)
    assert (read.body, read.header("ETag")) == (response.body, response.header("ETag"))
    document = shown(response)
    assert document["in_print"] is True, "the model's default"
    assert (document["price"], document["author"], document["tags"]) == ("9.90", 7071, [{"id": 3003, "name": "novel"}])


def test_replacing_gives_declared_defaults_back(book: Book) -> None:
    """PUT is the whole writable representation."""
    whole = {**NEW, "published": None, "in_print": False}
    assert shown(change(api, "PUT", "/books/5005", whole))["in_print"] is False
    del whole["in_print"]
    response = change(api, "PUT", "/books/5005", whole)
    assert (response.status, shown(response)["in_print"]) == (200, True)
    response = change(api, "PUT", "/books/5005", {"title": "Only a title"})
    assert response.status == 422
    assert sorted(faults(response)) == [
        (f"/{name}", "required") for name in ("author", "isbn", "price", "published", "tags")
    ]
    assert ask(api, "/books/5005")["title"] == "Gigi"


def test_what_get_gave_may_be_put_back(book: Book, statements: Any) -> None:
    """Read-only members may be repeated as they are; nothing changes, and nothing is written."""
    before = send(api, "/books/5005")
    statements.clear()
    response = change(api, "PUT", "/books/5005", shown(before))
    assert (response.status, response.body, response.header("ETag")) == (200, before.body, before.header("ETag"))
    assert not [sql for sql in statements if sql.startswith(("UPDATE", "INSERT", "DELETE"))]
    response = change(api, "PUT", "/books/5005", {**shown(before), "id": 5006})
    assert (response.status, faults(response)) == (422, [("/id", "read-only")])


def test_a_repeated_reference_stays_where_it_has_a_default(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that is shown as an object is passed over, and is not absent for that."""
    other = Author.objects.create(name="Verne").pk
    field = Book._meta.get_field("author")
    monkeypatch.setitem(field.__dict__, "default", other)
    monkeypatch.setitem(field.__dict__, "_get_default", lambda: other)
    own = API(title="Defaults")
    fields = ["id", "title", nested("author", "id", "name")]
    own.resource(Book)(type("Books", (Books,), {"fields": fields, "writable": ["title", "author"]}))
    before = ask(own, "/books/5005")
    response = change(own, "PUT", "/books/5005", {**before, "title": "Gigi"})
    assert (response.status, shown(response)) == (200, {**before, "title": "Gigi"})
    del before["author"]
    assert shown(change(own, "PUT", "/books/5005", before))["author"]["name"] == "Verne"


@pytest.mark.parametrize("media_type", ["application/json", MERGE])
def test_merging_keeps_what_is_absent_and_clears_what_is_null(book: Book, media_type: str) -> None:
    """RFC 7396: null clears, absent keeps."""
    response = change(api, "PATCH", "/books/5005", {"isbn": None, "price": "1.00"}, media_type=media_type)
    assert response.status == 200, response.body
    assert {name: shown(response)[name] for name in ("title", "isbn", "price", "author")} == {
        "title": "Chéri",
        "isbn": None,
        "price": "1.00",
        "author": 7071,
    }
    response = change(api, "PATCH", "/books/5005", {"title": None}, media_type=media_type)
    assert (response.status, faults(response)) == (422, [("/title", "null")])


def test_an_empty_patch_changes_nothing(book: Book) -> None:
    """The entity tag stays."""
    before = send(api, "/books/5005")
    assert change(api, "PATCH", "/books/5005", {}).header("ETag") == before.header("ETag")


def test_deleting(book: Book) -> None:
    """204, and then there is no such member, to whoever asks how."""
    assert (send(api, "/books/5005", "DELETE").status, send(api, "/books/5005").status) == (204, 404)
    gone = {send(api, "/books/5005", "DELETE").body, change(api, "PATCH", "/books/5005", {}).body}
    assert len(gone) == 1
    assert send(api, "/books/abc", "DELETE").status == 404


def test_every_fault_is_told_at_once(book: Book) -> None:
    """Types, lengths, ranges, choices of the validators, unknown and read-only names: each with its pointer."""
    document = {
        "title": "x" * 201,
        "isbn": 9780000000001,
        "price": "-1",
        "published": "2024-02-30",
        "in_print": "yes",
        "author": "one",
        "tags": 3,
        "id": 9,
        "tilte": "?",
    }
    response = change(api, "POST", "/books", document)
    assert response.status == 422
    assert sorted(faults(response)) == [
        ("/author", "invalid-value"),
        ("/id", "read-only"),
        ("/in_print", "invalid-value"),
        ("/isbn", "invalid-value"),
        ("/price", "min-value"),
        ("/published", "invalid-value"),
        ("/tags", "invalid-value"),
        ("/tilte", "unknown-member"),
        ("/title", "max-length"),
    ]
    assert Book.objects.count() == 1


def test_references_that_lead_nowhere_are_told_at_once(book: Book, statements: Any) -> None:
    """A key of no row, of one in a list too, found in one statement."""
    statements.clear()
    response = change(api, "POST", "/books", {**NEW, "author": 99, "tags": [3003, 98, 97]})
    assert response.status == 422
    assert faults(response) == [("/author", "no-such-row"), ("/tags/1", "no-such-row"), ("/tags/2", "no-such-row")]
    assert len([sql for sql in statements if sql.startswith("SELECT")]) <= 2
    assert Book.objects.count() == 1


def test_a_hidden_row_cannot_be_pointed_at(book: Book) -> None:
    """The answer is that of a row that is not there, byte for byte."""
    Author.objects.create(id=2, name="Hidden")
    own = make_api(Authors={"read": lambda _: ~Q(name="Hidden")})
    hidden = change(own, "POST", "/books", {**NEW, "author": 2})
    missing = change(own, "POST", "/books", {**NEW, "author": 3})
    assert (hidden.status, hidden.body) == (422, missing.body)
    nobodys = make_api(Authors={"read": nobody})
    assert change(nobodys, "POST", "/books", NEW).body == missing.body


def test_what_is_taken_is_a_conflict(book: Book) -> None:
    """409 with the pointer; nothing is stored, of the relations neither."""
    response = change(api, "POST", "/books", {**NEW, "isbn": "9780000000005"})
    assert (response.status, faults(response)) == (409, [("/isbn", "taken")])
    assert Book.objects.count() == 1
    response = change(api, "POST", "/tags", {"name": "novel"})
    assert (response.status, faults(response)) == (409, [("/name", "taken")])


def test_a_row_that_others_need(book: Book) -> None:
    """Deleting follows the model's on_delete: reviews go with their book."""
    Review.objects.create(book=book, user_name="Ann", stars=4, body="Good")
    assert send(api, "/books/5005", "DELETE").status == 204
    assert Review.objects.count() == 0


def test_a_rule_that_answers_a_q_guards_the_row_before_and_after(book: Book) -> None:
    """A row outside may not be changed; one inside may not leave."""
    own = make_api(Books={"read": lambda _: Q(), "write": lambda _: Q(price__lt=20)})
    assert change(own, "PATCH", "/books/5005", {"price": "19.00"}).status == 200
    assert change(own, "PATCH", "/books/5005", {"price": "21.00"}).status == 401
    assert ask(own, "/books/5005")["price"] == "19.00"
    assert change(own, "POST", "/books", {**NEW, "price": "21.00"}).status == 401
    Book.objects.filter(id=5005).update(price=30)
    assert change(own, "PATCH", "/books/5005", {"price": "1.00"}).status == 401
    assert send(own, "/books/5005", "DELETE").status == 401
    assert Book.objects.count() == 1


def test_a_hidden_member_is_not_there(book: Book) -> None:
    """404, the same as for a key of no row."""
    own = make_api(Books={"read": lambda _: Q(price__lt=1), "write": lambda _: Q()})
    for method, document in (("PATCH", {"price": "1.00"}), ("PUT", NEW), ("DELETE", None)):
        hidden, missing = (change(own, method, f"/books/{key}", document) for key in (5005, 5006))
        assert hidden.status == missing.status == 404
        assert hidden.body.replace(b"/5005", b"/5006") == missing.body


def test_if_match_lets_one_state_pass(book: Book) -> None:
    """A strong tag, a list, `*`; never a weak one."""
    etag = send(api, "/books/5005").header("ETag") or ""
    for wanted in ('"other"', f"W/{etag}", "garbage"):
        assert change(api, "PATCH", "/books/5005", {"price": "1.00"}, if_match=wanted).status == 412
        assert send(api, "/books/5005", "DELETE", if_match=wanted).status == 412
    assert change(api, "PATCH", "/books/5005", {"price": "2.00"}, if_match=f'"x", {etag}').status == 200
    assert change(api, "PATCH", "/books/5005", {"price": "3.00"}, if_match=etag).status == 412
    assert change(api, "PATCH", "/books/5005", {"price": "3.00"}, if_match="*").status == 200
    assert change(api, "PUT", "/books/5005", {**NEW, "published": None}, if_none_match="*").status == 412
    assert change(api, "PATCH", "/books/5006", {"price": "3.00"}, if_match='"other"').status == 404


def test_prefer_minimal(book: Book) -> None:
    """No representation, and nothing read for one."""
    response = change(api, "POST", "/tags", {"name": "tale"}, prefer="return=minimal")
    assert (response.status, response.body) == (201, b"")
    assert ask(api, response.header("Location") or "")["name"] == "tale"
    response = change(api, "PATCH", "/books/5005", {"price": "1.00"}, prefer="return=minimal")
    assert (response.status, response.header("Preference-Applied")) == (204, "return=minimal")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"title": "a", "title": "b"}', "application/json", 400),
        (b'{"price": NaN}', "application/json", 400),
        (b'{"title": "\\u0000"}', "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/json; charset=latin-1", 415),
        (b"{}", MERGE, 415),
    ],
)
def test_bodies_that_are_no_documents(body: bytes, media_type: str, status: int, book: Book) -> None:
    """Refused before anything is asked of the database."""
    response = change(api, "POST", "/books", body, media_type=media_type)
    assert response.status == status, response.body
    assert Book.objects.count() == 1


def test_statements(book: Book, statements: Any) -> None:
    """A flat resource is created, replaced and merged in three at most, beside what opens and ends the transaction."""

    def count(method: str, url: str, document: Any) -> int:
        statements.clear()
        assert change(api, method, url, document).status < 300
        return len([sql for sql in statements if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"))])

    whole = {"name": "Anaïs", "country": "FR", "born": None}
    assert count("POST", "/authors", whole) <= 2
    assert count("PUT", "/authors/7071", {**whole, "name": "Other"}) <= 3
    assert count("PATCH", "/authors/7071", {"name": "Third"}) <= 3
    assert count("POST", "/books", NEW) <= 6, "two references in one, the row, its tag in two, the answer"


@pytest.mark.parametrize(("method", "url"), [("POST", "/tags"), ("PUT", "/tags/3003"), ("PATCH", "/tags/3003")])
def test_a_body_without_a_length_is_refused(method: str, url: str, book: Book) -> None:
    """One in chunks that is cut off looks whole on some servers; half of what was meant must not be stored."""
    response = send(api, url, method, body=b'{"name": "x"}', content_type="application/json")
    assert (response.status, Tag.objects.get().name) == (411, "novel")
