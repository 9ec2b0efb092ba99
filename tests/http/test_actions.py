"""An action is a function of the author's behind a URL: found, locked, judged, called once, and answered as it says."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.core.management.color import no_style
from django.db import OperationalError

from nuages import API, Resource, anyone
from nuages.errors import DeclarationError
from nuages.models import IdempotentAnswer
from shop.models import Author, Book, Tag
from tests.http.acting import Books, Repricing, api, as_user, call_it_poem, reprice
from tests.http.asking import ask, send
from tests.http.writing import change, faults, shown


@pytest.fixture
def book(database: Any) -> Book:
    """Two books in print, one of them dear, and one that is not."""
    author = Author.objects.create(id=1, name="Colette")
    Book.objects.create(id=6, title="La Chatte", price=100, author=author)
    Book.objects.create(id=7, title="Sido", price=5, author=author, in_print=False)
    made = Book.objects.create(id=5, title="Chéri", isbn="9780000000005", price="12.50", author=author)
    for statement in database.ops.sequence_reset_sql(no_style(), [Book]):  # a copy's key is none of these
        database.cursor().execute(statement)
    return made


def problem(response: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status, shown(response)["type"].rpartition(":")[2]


def test_a_member_is_answered_as_reading_shows_it(book: Book) -> None:
    """The bytes and the entity tag of its own URL, which Content-Location names."""
    response = change(api, "POST", "/books/5/reprice", {"price": "8.00", "reason": "sale"})
    assert response.status == 200, response.body
    read = send(api, response.header("Content-Location") or "")
    assert (read.body, read.header("ETag")) == (response.body, response.header("ETag"))
    assert (shown(response)["price"], shown(response)["title"]) == ("8.00", "sale")


def test_nothing_is_a_204(book: Book) -> None:
    """No body, no type; the change is made."""
    response = send(api, "/books/5/withdraw", "POST")
    assert (response.status, response.body, response.header("Content-Type")) == (204, b"", None)
    assert Book.objects.get(pk=5).in_print is False


def test_a_member_that_can_no_longer_be_read_is_a_204(book: Book) -> None:
    """The action itself has put it out of sight."""
    assert send(api, "/books/5/print-run", "PUT").status == 204
    assert send(api, "/books/5").status == 404


def test_a_document_is_json(book: Book) -> None:
    """Of dataclasses: decimals are texts, timestamps RFC 3339."""
    lines = [{"book": 5, "copies": 2}, {"book": 6}]
    response = change(api, "POST", "/books/price-basket", {"lines": lines})
    assert (response.status, response.header("Content-Type")) == (200, "application/json")
    assert shown(response) == [
        {"book": 5, "total": "25.00", "at": "2024-05-31T12:00:00Z"},
        {"book": 6, "total": "100.00", "at": "2024-05-31T12:00:00Z"},
    ]


def test_a_new_member_is_shown_under_its_own_url(book: Book) -> None:
    """Not under that of the action."""
    response = change(api, "POST", "/books/copy-first", [{"book": 5}])
    assert (response.status, shown(response)["title"]) == (200, "Chéri, again")
    assert response.header("Content-Location") == f"/books/{shown(response)['id']}"


def test_every_fault_of_a_body_is_told_at_once(book: Book) -> None:
    """With pointers, and nothing is called."""
    response = change(api, "POST", "/books/5/reprice", {"reason": "far too long", "prise": 1})
    assert problem(response) == (422, "invalid-document")
    assert faults(response) == [("/reason", "max-length"), ("/prise", "unknown-member"), ("/price", "required")]
    response = change(api, "POST", "/books/price-basket", {"lines": [{"copies": 0}, {"book": "x"}, 5]})
    assert faults(response) == [
        ("/lines/0/copies", "min-value"), ("/lines/0/book", "required"), ("/lines/1/book", "invalid-value"),
        ("/lines/2", "invalid-value"),
    ]  # fmt: skip
    assert problem(change(api, "POST", "/books/5/reprice", [])) == (400, "invalid-document")
    assert Book.objects.get(pk=5).price == Decimal("12.50")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b'{"price": 1', {}, 400),
        (b'{"price": 1, "price": 2}', {}, 400),
        (b'{"price": 1}', {"content_type": "text/plain"}, 415),
        (b'{"price": 1}', {"content_type": "application/merge-patch+json"}, 415),
        (b'{"price": 1}', {"content_encoding": "gzip"}, 415),
        (b'{"price": 1}', {"content_length": "99"}, 400),
        (b'{"price": 1}', {"content_length": "9999999999"}, 413),
        (b'{"price": "NaN"}', {}, 422),
        (b'{"price": "1e1000000"}', {}, 422),
    ],
)
def test_a_body_is_as_strict_as_that_of_a_change(body: bytes, headers: Any, status: int, book: Book) -> None:
    """Its JSON, its type, its coding, its length, its numbers."""
    for method, url in (("POST", "/books/5/reprice"), ("PATCH", "/books/5/odd")):
        assert change(api, method, url, body, **{"media_type": "application/json", **headers}).status == status
    assert Book.objects.get(pk=5).price == Decimal("12.50")


def test_a_length_must_be_told(book: Book) -> None:
    """A body in chunks that is cut off looks whole."""
    body = b'{"price": "1.00"}'
    assert send(api, "/books/5/reprice", "POST", body=body, content_type="application/json").status == 411


def test_an_action_without_a_body_reads_none(book: Book) -> None:
    """Whatever its type; what is not read is not waited for."""
    assert change(api, "POST", "/books/5/withdraw", b"anything", media_type="text/plain").status == 204


def test_an_action_takes_no_parameters_but_its_own(book: Book) -> None:
    """What would be passed over unsaid is refused."""
    response = send(api, "/books/5/withdraw?really=1", "POST")
    assert (problem(response), faults(response)) == ((400, "unknown-parameter"), [("?really", "unknown-parameter")])


def test_who_may_not_is_told_as_for_a_change(book: Book) -> None:
    """A rule's no, a Q that the row does not satisfy, a row that is hidden, one that never was, no key at all."""
    assert problem(send(api, "/books/5/say-who", "POST")) == (401, "not-identified")
    assert problem(send(api, "/books/5/wipe", "POST")) == (401, "not-identified")
    assert problem(send(api, "/books/6/withdraw", "POST")) == (401, "not-identified")
    hidden, unknown = (send(api, f"/books/{key}/withdraw", "POST") for key in (7, 8))
    assert (problem(hidden), hidden.body.replace(b"/7/", b"/8/")) == ((404, "not-found"), unknown.body)
    assert problem(send(api, "/books/007/withdraw", "POST")) == (404, "not-found")
    assert problem(send(api, "/books/x/withdraw", "POST")) == (404, "not-found")
    ann = as_user("ann")
    assert problem(send(api, "/books/6/withdraw", "POST", **ann)) == (403, "not-allowed")
    assert problem(send(api, "/books/5/wipe", "POST", **ann)) == (403, "not-allowed")
    assert problem(send(api, "/books/5/review", "POST", **ann)) == (403, "not-allowed")
    assert Book.objects.filter(in_print=True).count() == 2


def test_a_rule_of_everybody_and_one_of_staff(book: Book) -> None:
    """The principal is handed over, and rules are combined as ever."""
    response = send(api, "/books/5/say-who", "POST", **as_user("ann"))
    assert (response.status, shown(response)) == (200, {"who": "ann", "title": "Chéri"})
    sam = as_user("sam", is_staff=True)
    assert send(api, "/books/7/review", "POST", **sam).status == 204
    assert send(api, "/books/7/withdraw", "POST", **sam).status == 204


def test_a_resource_that_nobody_reads_has_no_members(book: Book) -> None:
    """As for a change."""
    assert problem(send(api, "/unread/1/find", "POST")) == (404, "not-found")


def test_a_row_may_leave_the_rule_that_let_it_in(book: Book) -> None:
    """The rule is asked before, not after: to pay is to leave the unpaid."""
    assert change(api, "POST", "/books/5/reprice", {"price": "99.00"}).status == 200
    assert change(api, "POST", "/books/5/reprice", {"price": "98.00"}).status == 401


def test_preconditions_are_those_of_a_change(book: Book) -> None:
    """If-Match and If-None-Match, before the body is looked at."""
    etag = send(api, "/books/5").header("ETag") or ""
    wrong = {"prise": 1}
    assert change(api, "POST", "/books/5/reprice", wrong, if_match='"other"').status == 412
    assert change(api, "POST", "/books/5/reprice", wrong, if_none_match=etag).status == 412
    assert change(api, "POST", "/books/5/reprice", wrong, if_match=etag).status == 422
    assert change(api, "POST", "/books/5/reprice", {"price": "9"}, if_match=etag).status == 200
    assert change(api, "POST", "/books/5/reprice", {"price": "8"}, if_match=etag).status == 412


def test_a_precondition_may_be_demanded(book: Book) -> None:
    """requires_match holds for actions too."""
    assert problem(change(api, "POST", "/authors/1/rename", {"name": "x"})) == (428, "precondition-required")
    etag = send(api, "/authors/1").header("ETag") or ""
    response = change(api, "POST", "/authors/1/rename", {"name": "Sidonie"}, if_match=etag)
    assert (response.status, shown(response)["name"]) == (200, "Sidonie")


def test_the_answer_may_be_left_out(book: Book) -> None:
    """Prefer: return=minimal; a document of the action's own is its only place, and comes."""
    response = change(api, "POST", "/books/5/reprice", {"price": "8.00"}, prefer="return=minimal")
    assert (response.status, response.header("Preference-Applied")) == (204, "return=minimal")
    lines = {"lines": [{"book": 5}]}
    assert change(api, "POST", "/books/price-basket", lines, prefer="return=minimal").status == 200


def test_the_same_key_is_answered_again(book: Book) -> None:
    """POST and PATCH are done once."""
    first = change(api, "POST", "/books/copy-first", [{"book": 5}], idempotency_key="k-1")
    again = change(api, "POST", "/books/copy-first", [{"book": 5}], idempotency_key="k-1")
    assert (again.status, again.body, again.header("ETag")) == (200, first.body, first.header("ETag"))
    assert again.header("Idempotency-Replayed") == "true"
    assert Book.objects.count() == 4
    response = change(api, "POST", "/books/copy-first", [{"book": 6}], idempotency_key="k-1")
    assert problem(response) == (422, "idempotency-key-reused")
    assert send(api, "/books/5/withdraw", "POST", idempotency_key="k-1").status == 204
    assert IdempotentAnswer.objects.count() == 2
    assert problem(send(api, "/books/5/withdraw", "POST", idempotency_key="a b")) == (400, "invalid-idempotency-key")


def test_other_methods_keep_no_answer(book: Book) -> None:
    """PUT and DELETE may be repeated as they are."""
    assert send(api, "/books/5/print-run", "PUT", idempotency_key="k-1").status == 204
    assert send(api, "/books/6/print-run", "DELETE", idempotency_key="k-1").status == 204
    assert (IdempotentAnswer.objects.count(), Book.objects.filter(pk=6).count()) == (0, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_session_without_a_token_does_nothing(method: str, book: Book) -> None:
    """403 for every method that may change something."""
    cookie = as_user("sam", is_staff=True)["cookie"]
    path = {"POST": "withdraw", "PATCH": "odd"}.get(method, "print-run")
    response = change(api, method, f"/books/5/{path}", {"price": 1}, cookie=cookie)
    assert problem(response) == (403, "csrf-failed")
    assert Book.objects.filter(pk=5, in_print=True, price="12.50").exists()


def test_a_get_wants_no_token(book: Book) -> None:
    """It changes nothing."""
    cookie = as_user("sam", is_staff=True)["cookie"]
    assert ask(api, "/books/5/cover", cookie=cookie) == {"title": "Chéri", "size": 100, "staff": True}


def test_methods_are_told_apart(book: Book) -> None:
    """405 with Allow; OPTIONS tells what there is, and PATCH's one type."""
    response = send(api, "/books/5/print-run", "POST")
    assert (response.status, response.header("Allow")) == (405, "DELETE, OPTIONS, PUT")
    assert (send(api, "/books/5/withdraw").status, send(api, "/books/5/reprice", "PATCH").status) == (405, 405)
    options = send(api, "/books/5/odd", "OPTIONS")
    assert (options.status, options.header("Allow"), options.header("Accept-Patch")) == (
        204, "OPTIONS, PATCH", "application/json",
    )  # fmt: skip
    patches = "application/merge-patch+json, application/json-patch+json, application/json"
    assert send(api, "/books/5", "OPTIONS").header("Accept-Patch") == patches


@pytest.mark.parametrize(
    "path",
    [
        *("/books/5/withdraw/", "/books/5//withdraw", "/books//5/withdraw", "/books/5/Withdraw", "/books/5/WITHDRAW"),
        *("/books/5/withdraw.json", "/books/5%2Fwithdraw", "/books/withdraw", "/books/5/price-basket", "/5/withdraw"),
        *("/books/5/say_who", "/books/5/take-out-of-print", "/books/price-basket/5", "/books/5/withdraw/x"),
    ],
)
def test_an_action_has_one_url(path: str, book: Book) -> None:  # Z06
    """No other spelling leads past its rule, nor anywhere else."""
    for method in ("POST", "GET", "HEAD", "PUT"):
        assert send(api, path, method).status in {401, 404, 405}, (method, path)
    assert Book.objects.get(pk=5).in_print is True


@pytest.mark.parametrize(
    ("how", "status", "code", "blamed"),
    [
        ("conflict", 409, "sold-out", [("/name", "sold-out")]),
        ("validation", 422, "invalid-document", [("/name", "bad-name")]),
        ("plain validation", 422, "invalid-document", [("", "invalid")]),
        ("absent", 404, "not-found", []),
        ("http404", 404, "not-found", []),
        ("denied", 401, "not-identified", []),
        ("number", 422, "beyond-range", []),
        ("anything", 500, "internal-error", []),
    ],
)
def test_what_a_function_raises_is_told_and_takes_everything_back(
    how: str, status: int, code: str, blamed: Any, database: Any
) -> None:
    """Problems as they are, Django's own exceptions as what they mean, any other as a 500 that shows nothing."""
    Tag.objects.create(id=3003, name="novel")
    response = change(api, "POST", "/tags/3003/break-down", {"how": how})
    assert (problem(response), faults(response)) == ((status, code), blamed)
    assert b"secret" not in response.body
    assert list(Tag.objects.values_list("name", flat=True)) == ["novel"]
    safely = send(api, f"/tags/3003/break-down?how={how.replace(' ', '%20')}")
    assert (problem(safely), faults(safely)) == ((status, code), blamed)


def test_a_constraint_blames_what_the_client_named(database: Any) -> None:
    """A member of the body that is a field too; nothing, where the function chose the value."""
    Tag.objects.create(id=3003, name="novel")
    Tag.objects.create(id=3004, name="poem")
    response = change(api, "POST", "/tags/3003/call-it", {"name": "poem"})
    assert (problem(response), faults(response)) == ((409, "taken"), [("/name", "taken")])
    response = send(api, "/tags/3003/call-it-poem", "POST")
    assert (problem(response), faults(response)) == ((409, "taken"), [])
    assert change(api, "POST", "/tags/3003/call-it", {"name": "tale"}).status == 200


@pytest.mark.parametrize("reason", ["None", "row", "other"])
def test_an_answer_of_another_type_is_a_fault_of_the_authors(
    reason: str, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    """500, logged with the place of the function; nothing is stored."""
    assert change(api, "PATCH", "/books/5/odd", {"price": "1.00", "reason": reason}).status == 500
    assert "Books.odd answered" in caplog.text or "unsupported" in caplog.text
    assert Book.objects.get(pk=5).price == Decimal("12.50")


def test_a_rule_about_rows_that_there_are_not_is_a_fault_of_the_authors(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    """Closed, and said in the log."""
    assert send(api, "/books/misruled", "POST").status == 500
    assert "Books.misruled answered a Q" in caplog.text


def test_one_statement_locks_one_reads_back(book: Book, database: Any, statements: Any) -> None:
    """Beside those of the function itself and the savepoint; the row is locked where the database can."""
    statements.clear()
    assert change(api, "POST", "/books/5/reprice", {"price": "8.00"}).status == 200
    kinds = [sql.split()[0] for sql in statements]
    assert kinds == ["SAVEPOINT", "SELECT", "UPDATE", "SELECT", "RELEASE"]
    assert ("FOR UPDATE" in statements[1]) == (database.vendor == "postgresql")


def test_a_get_opens_no_transaction_and_locks_nothing(book: Book, statements: Any) -> None:
    """One statement finds the row."""
    statements.clear()
    assert send(api, "/books/5/cover").status == 200
    assert [sql.split()[0] for sql in statements] == ["SELECT"]
    assert "FOR UPDATE" not in statements[0]


class Adding(msgspec.Struct):
    words: list[str]


def _gave_way() -> OperationalError:
    error, cause = OperationalError("deadlock detected"), Exception()
    cause.sqlstate = "40P01"  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


def test_a_lost_transaction_is_run_again_from_its_start(database: Any, transactional_db: None) -> None:
    """The row is found anew and the body read anew, since the first attempt may have changed both."""
    own, seen = API(title="Retried"), []

    @own.resource(Tag)
    class Tags(Resource):
        fields = ["id", "name"]
        rules = {"read": anyone}

    @Tags.action(rule=anyone)
    def add(row: Tag, data: Adding) -> Tag:
        seen.append((row.name, list(data.words)))
        data.words.append("more")
        row.name = " ".join([row.name, *data.words])
        row.save()
        if len(seen) < 3:
            raise _gave_way()
        return row

    Tag.objects.create(id=3003, name="a")
    response = change(own, "POST", "/tags/3003/add", {"words": ["b"]})
    assert (response.status, shown(response)["name"]) == (200, "a b more")
    assert seen == [("a", ["b"])] * 3


def test_a_function_stays_what_it_is(book: Book) -> None:
    """The decorator gives it back: it may be called, and tested, by itself."""
    assert reprice(book, Repricing(Decimal("3.00"))) is book


def test_a_class_inherits_its_actions(book: Book) -> None:
    """With its own rules; what it declares anew replaces what it has inherited."""
    own = API(title="Heir")

    @own.resource(Book)
    class Fewer(Books):
        path = "books"
        rules = {"read": anyone, "withdraw": anyone, "wipe": anyone}

    @Fewer.action(rule=anyone)
    def reprice(row: Book) -> None:
        Book.objects.filter(pk=row.pk).update(price=1)

    assert send(own, "/books/6/reprice", "POST").status == 204
    assert Book.objects.get(pk=6).price == 1
    assert send(own, "/books/6/withdraw", "POST").status == 204
    assert send(api, "/books/5/reprice", "POST").status == 415, "the first one is as it was"


def test_an_action_that_comes_too_late_is_refused(book: Book) -> None:
    """It would never be served, and nobody would know."""
    api.build()
    with pytest.raises(DeclarationError, match=r"nuages\.E031.*'later' comes after the API was built"):

        @Books.action(rule=anyone)
        def later(row: Book) -> None:
            """Too late."""


def test_an_action_counts_as_an_endpoint() -> None:
    """Of each method and path one."""
    own = API(title="Counted")

    @own.resource(Tag)
    class Tags(Resource):
        fields = ["id"]
        rules = {"read": anyone}

    assert own.build().endpoint_count == 3
    again = API(title="Counted")
    again.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))
    declared: Any = again._classes[0][0]
    declared.action(rule=anyone)(call_it_poem)
    assert again.build().endpoint_count == 4
