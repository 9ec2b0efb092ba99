"""PATCH by operations (RFC 6902): applied to what GET shows, read as PUT is read, written whole or not at all."""

import json
from typing import Any

import jsonpatch
import pytest
from django.db import transaction
from django.db.models import F, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages import API, Resource, anyone, nested, value
from shop.models import Author, Book, Review, Tag
from tests.http.asking import ask, send
from tests.http.writing import PATCH, change, faults, shown
from tests.http.written import OPEN, served
from tests.support.json_patches import A_13, APPENDIX_A, MALFORMED, patches
from tests.zoo.models import Sample, Specimen

URL = "/books/5005"


def make(rules: Any = OPEN, **more: Any) -> API:
    """Books that show their references as objects, and own their reviews; tags and reviews have resources too."""
    api = API(title="Patched")
    fields = [
        *("id", "title", "isbn", "price", "published", "in_print"),
        nested("author", "id", "name"),
        nested("tags", "id", "name", order="id", **more.pop("tags", {})),
        nested("reviews", "id", "user_name", "stars", "body", value("more", F("stars") + 1), order="id", owned=True),
        value("twice", python=lambda row: row["title"] * 2),
    ]
    writable = ["title", "isbn", "price", "published", "in_print", "author", "tags", "reviews", "coauthors"]
    attributes = {"fields": fields, "writable": writable, "rules": rules, "path": "books", **more}
    api.resource(Book)(type("Books", (Resource,), attributes))
    for model, path in ((Tag, "tags"), (Author, "authors")):
        own = {"fields": ["id", "name"], "rules": {"read": lambda _: ~Q(name="hidden")}, "path": path}
        api.resource(model)(type(path.title(), (Resource,), own))
    return api


api = make()


@pytest.fixture
def book(database: Any) -> dict[str, Any]:
    """A book with three tags, one of which nobody sees, and two reviews; as it is shown."""
    colette, verne = (Author.objects.create(id=key, name=name) for key, name in ((7071, "Colette"), (7072, "Verne")))
    made = Book.objects.create(id=5005, title="Chéri", isbn="9780000000005", price="12.50", author=colette)
    made.tags.set([Tag.objects.create(id=3000 + n, name=name) for n, name in enumerate(("a", "hidden", "c"))])
    made.coauthors.add(verne)
    Tag.objects.create(id=3010, name="d")
    for key, stars in ((9001, 1), (9002, 2)):
        Review.objects.create(id=key, book=made, user_name="Ann", stars=stars, body="Good")
    found: dict[str, Any] = ask(api, URL)
    return found


def patch(operations: Any, api: API = api, **headers: str) -> Any:
    """Send a patch of the book."""
    return change(api, "PATCH", URL, operations, media_type=PATCH, **headers)


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    """What a patch that must be accepted makes of the book."""
    response = patch(list(operations))
    assert response.status == 200, response.body
    found: dict[str, Any] = shown(response)
    assert ask(api, URL) == found
    return found


def op(name: str, path: str, *given: Any) -> dict[str, Any]:
    """One operation; what is given is its value, or where it copies or moves from."""
    member = "from" if name in {"move", "copy"} else "value"
    return {"op": name, "path": path, **({member: given[0]} if given else {})}


def test_values_are_changed(book: dict[str, Any]) -> None:
    """What no operation names stays."""
    found = patched(
        op("test", "/price", "12.50"),
        op("replace", "/price", "9.90"),
        op("add", "/title", "Gigi"),
        op("replace", "/isbn", None),
        op("add", "/published", "1944-01-01"),
    )
    assert found == {
        **book,
        **{"price": "9.90", "title": "Gigi", "isbn": None, "published": "1944-01-01", "twice": "GigiGigi"},
    }


def test_a_removed_name_is_absent_as_in_put(book: dict[str, Any]) -> None:
    """It goes back to its default; without one it is required."""
    assert patched(op("replace", "/in_print", False))["in_print"] is False
    assert patched(op("remove", "/in_print"))["in_print"] is True
    response = patch([op("remove", "/title"), op("remove", "/isbn"), op("remove", "/tags")])
    assert response.status == 422
    assert faults(response) == [("/title", "required"), ("/isbn", "required"), ("/tags", "required")]


def test_what_cannot_be_written_cannot_be_patched(book: dict[str, Any]) -> None:
    """Changed, removed or new; it may be tested and copied from."""
    response = patch([op("replace", "/id", 1), op("remove", "/twice"), op("add", "/nosuch", 1), op("add", "/pk", 1)])
    assert response.status == 422
    assert sorted(faults(response)) == [
        ("/id", "read-only"),
        ("/nosuch", "unknown-member"),
        ("/pk", "unknown-member"),
        ("/twice", "read-only"),
    ]
    assert patched(op("test", "/id", 5005), op("copy", "/title", "/author/name"))["title"] == "Colette"


def test_references_are_replaced_by_their_keys(book: dict[str, Any]) -> None:
    """One as a whole; of many, rows may stand there as they are shown."""
    assert patched(op("replace", "/author", 7072))["author"] == {"id": 7072, "name": "Verne"}
    assert [tag["id"] for tag in patched(op("remove", "/tags/0"))["tags"]] == [3002]
    assert [tag["id"] for tag in patched(op("add", "/tags/-", 3010), op("add", "/tags/0", 3000))["tags"]] == [
        *(3000, 3002, 3010)
    ]
    response = patch([op("add", "/tags/-", 99), op("replace", "/author", 98), op("add", "/tags/0", 3001)])
    assert response.status == 422
    assert sorted(faults(response)) == [
        ("/author", "no-such-row"),
        ("/tags/0", "no-such-row"),
        ("/tags/4", "no-such-row"),
    ]
    response = patch([op("replace", "/tags/0/name", "x"), op("replace", "/author/name", "y")])
    assert faults(response) == [("/author", "invalid-value"), ("/tags/0", "invalid-value")]


def test_links_that_are_not_shown_stay(book: dict[str, Any]) -> None:
    """A row behind a rule, a nested limit or filter is none of the patch's."""
    for own in (api, make(tags={"limit": 1}), make(tags={"filter": Q(name="c")})):
        assert patch([op("add", "/tags/0", 3010)], own).status == 200
        assert set(Book.objects.get().tags.values_list("id", flat=True)) == {3000, 3001, 3002, 3010}
        Book.objects.get().tags.remove(3010)
    assert patched(op("replace", "/tags", []))["tags"] == []
    assert list(Book.objects.get().tags.values_list("id", flat=True)) == [3001]


def test_what_is_writable_and_not_shown_may_be_added(book: dict[str, Any]) -> None:
    """Else it stays as it is stored; it is not there to be replaced or tested."""
    patched(op("replace", "/title", "x"))
    assert [each.pk for each in Book.objects.get().coauthors.all()] == [7072]
    patched(op("add", "/coauthors", [7071]))
    assert [each.pk for each in Book.objects.get().coauthors.all()] == [7071]
    assert patch([op("replace", "/coauthors", [])]).status == 409


def test_what_is_not_shown_does_not_go_back_to_its_default(database: Any) -> None:
    """It is not absent from the document, but from what is shown of it."""
    own = served(Sample, ["id", "word"], ["word", "weight", "json"])
    key = Sample.objects.create(word="a", weight=7, json={"a": 1}).pk
    response = change(own, "PATCH", f"/things/{key}", [op("replace", "/word", "b")], media_type=PATCH)
    assert response.status == 200, response.body
    assert Sample.objects.values_list("word", "weight", "json").get() == ("b", 7, {"a": 1})


def test_owned_rows_are_patched_inside(book: dict[str, Any]) -> None:
    """Matched by their keys: changed, made, deleted, and put in another order without effect."""
    reviews = patched(op("replace", "/reviews/0/stars", 5), op("test", "/reviews/1/stars", 2))["reviews"]
    assert [(each["id"], each["stars"]) for each in reviews] == [(9001, 5), (9002, 2)]
    assert patched(op("move", "/reviews/1", "/reviews/0"))["reviews"] == reviews
    new = {"user_name": "Bob", "stars": 4, "body": "Yes"}
    found = patched(op("remove", "/reviews/0"), op("add", "/reviews/-", new))["reviews"]
    assert sorted([each["user_name"], each["stars"], each["id"] == 9002] for each in found) == [
        ["Ann", 2, True],
        ["Bob", 4, False],
    ]


def test_faults_inside_owned_rows_name_their_place(book: dict[str, Any]) -> None:
    """In the document that comes of the patch; nothing is written."""
    response = patch(
        [
            op("replace", "/reviews/0/stars", 9),
            op("replace", "/reviews/0/more", 7),
            op("remove", "/reviews/1/body"),
            op("remove", "/reviews/1/more"),
            op("copy", "/reviews/-", "/reviews/1"),
        ]
    )
    assert response.status == 422, response.body
    assert sorted(faults(response)) == [
        ("/reviews/0/more", "read-only"),
        ("/reviews/0/stars", "max-value"),
        ("/reviews/1/body", "required"),
        ("/reviews/1/more", "read-only"),
        ("/reviews/2/body", "required"),
        ("/reviews/2/id", "repeated"),
        ("/reviews/2/more", "read-only"),
    ]
    assert ask(api, URL) == book


def test_a_patch_that_changes_nothing_writes_nothing(book: dict[str, Any], statements: Any) -> None:
    """No statement but those that read; the same entity tag."""
    etag = send(api, URL).header("ETag")
    for operations in (
        [],
        [op("test", "/title", "Chéri")],
        [op("replace", "/title", "Chéri"), op("replace", "/price", "12.50"), op("replace", "/author", 7071)],
        [op("replace", "", book)],
        [op("add", "/tags/-", 3000), op("remove", "/tags/0")],
    ):
        statements.clear()
        response = patch(operations)
        assert (response.status, response.header("ETag")) == (200, etag), response.body
        assert not [sql for sql in statements if sql.startswith(("UPDATE", "INSERT", "DELETE"))]


def test_what_is_not_changed_is_not_read_back(database: Any) -> None:
    """SQLite shows 15 digits of a float: what is shown is not quite what is stored, which stays."""
    own = served(Sample, ["id", "weight", "word", "json"], ["weight", "word", "json"])
    number = 0.1 + 0.2
    key = Sample.objects.create(weight=number, word="a", json={"big": 10**40}).pk
    response = change(own, "PATCH", f"/things/{key}", [op("replace", "/word", "b")], media_type=PATCH)
    row = Sample.objects.get()
    assert (response.status, row.weight, row.word, row.json) == (200, number, "b", {"big": 10**40})


@pytest.mark.parametrize("number", ["9007199254740993", "123456789012345678901234567890", "0.5", "-1e-7"])
def test_numbers_are_exact(number: str, database: Any) -> None:
    """In a JSON field beside another change, and in a test."""
    own = served(Specimen, ["id", "json", "big", "decimal"], ["json", "big", "decimal"])
    key = Specimen.objects.create(json={"n": json.loads(number), "m": 1}, big=2**63 - 1, decimal="1.250").pk
    sent = (
        '[{"op": "test", "path": "/json/n", "value": %s}, {"op": "test", "path": "/big", "value": 9223372036854775807},'
        ' {"op": "add", "path": "/json/m", "value": %s}, {"op": "replace", "path": "/decimal", "value": 2.50}]'
    )
    response = change(own, "PATCH", f"/things/{key}", (sent % (number, number)).encode(), media_type=PATCH)
    assert response.status == 200, response.body
    row = Specimen.objects.get()
    assert (row.json, row.big, str(row.decimal)) == (
        {"n": json.loads(number), "m": json.loads(number)},
        2**63 - 1,
        "2.500",
    )


def test_a_json_field_is_replaced_and_not_merged(database: Any) -> None:
    """A null in it is a value, and what is removed is gone."""
    own = served(Sample, ["id", "json"], ["json"])
    key = Sample.objects.create(json={"a": {"b": 1, "c": 2}, "d": 3}).pk
    operations = [op("add", "/json/a/b", None), op("remove", "/json/d"), op("add", "/json/e", [{"f": None}])]
    response = change(own, "PATCH", f"/things/{key}", operations, media_type=PATCH)
    assert (response.status, shown(response)["json"]) == (200, {"a": {"b": None, "c": 2}, "e": [{"f": None}]})


@pytest.mark.parametrize(("section", "document", "operations", "expected"), APPENDIX_A, ids=[c[0] for c in APPENDIX_A])
def test_the_examples_of_the_rfc(
    section: str, document: Any, operations: Any, expected: Any, database: Any
) -> None:  # X16
    """Appendix A, inside a JSON field."""
    own = served(Sample, ["id", "json"], ["json"])
    key = Sample.objects.create(json=document).pk
    moved = [
        {name: f"/json{text}" if name in {"path", "from"} else text for name, text in each.items()}
        for each in operations
    ]
    response = change(own, "PATCH", f"/things/{key}", moved, media_type=PATCH)
    if isinstance(expected, str):
        assert (response.status, faults(response)) == (409, [("/0", expected)])
        expected = document
    assert Sample.objects.get().json == ask(own, f"/things/{key}")["json"] == expected


def test_a_name_twice_in_an_operation(book: dict[str, Any]) -> None:
    """Appendix A.13: which one would be meant."""
    response = patch(A_13)
    assert (response.status, faults(response)) == (400, [("/0", "invalid-json")])


@pytest.mark.parametrize(("operations", "pointer"), MALFORMED)
def test_what_is_no_patch(operations: Any, pointer: str, book: dict[str, Any]) -> None:
    """400 with its place."""
    if operations is None:
        operations = b"null"
    response = patch(operations)
    assert (response.status, faults(response)) == (400, [(pointer, "invalid-patch")] if pointer else [])
    assert shown(response)["type"] == "urn:nuages:problem:invalid-patch"
    assert ask(api, URL) == book


def test_a_failing_test_undoes_what_came_before(book: dict[str, Any]) -> None:
    """409 with the operation; nothing of what is stored is told."""
    response = patch([op("replace", "/title", "x"), op("remove", "/reviews/0"), op("test", "/price", "1")])
    assert (response.status, faults(response)) == (409, [("/2", "patch-test-failed")])
    assert b"12.50" not in response.body
    response = patch([op("replace", "/title", "x"), op("remove", "/reviews/7")])
    assert (response.status, faults(response)) == (409, [("/1", "patch-path-missing")])
    assert ask(api, URL) == book


@pytest.mark.parametrize("document", [None, 1, "x", []])
def test_what_comes_of_it_must_be_an_object(document: Any, book: dict[str, Any]) -> None:
    """The patch is one; what it makes is not."""
    response = patch([op("replace", "", document)])
    assert (response.status, shown(response)["type"]) == (422, "urn:nuages:problem:invalid-document")


def test_copies_are_bounded(book: dict[str, Any]) -> None:
    """Before they are made."""
    response = patch([op("replace", "/title", "x" * 200), *(op("copy", f"/{n}", "") for n in range(900))])
    assert response.status == 422
    assert [code for _, code in faults(response)] == ["patch-too-large"]
    assert ask(api, URL) == book


def test_what_others_have_stored_too_deep(database: Any) -> None:
    """Beside it anything may be patched; inside it is a 422, and never a fault of ours."""
    own = served(Sample, ["id", "json", "word"], ["json", "word"])
    deep: Any = 0
    for _ in range(600):
        deep = [deep]
    key = Sample.objects.create(json={"deep": deep}).pk
    url = f"/things/{key}"
    assert change(own, "PATCH", url, [op("replace", "/word", "b")], media_type=PATCH).status == 200
    response = change(own, "PATCH", url, [op("add", "/json/beside", 1)], media_type=PATCH)
    assert response.status in {200, 422}, response.body
    assert Sample.objects.get().word == "b"


def test_preconditions_and_preferences(book: dict[str, Any]) -> None:
    """As with a merge patch."""
    etag = send(api, URL).header("ETag") or ""
    operations = [op("replace", "/title", "Gigi")]
    assert patch(operations, if_match='"other"').status == 412
    assert patch([op("test", "/title", "other")], if_match='"other"').status == 412, "the precondition comes first"
    assert patch(operations, if_none_match=etag).status == 412
    response = patch(operations, if_match=etag, prefer="return=minimal")
    assert (response.status, response.body, response.header("Preference-Applied")) == (204, b"", "return=minimal")
    strict = make(requires_match=True)
    assert patch(operations, strict).status == 428
    assert patch(operations, strict, if_match="*").status == 200
    missing = change(api, "PATCH", "/books/1", operations, media_type=PATCH)
    assert missing.status == 404


def test_the_same_key_is_answered_the_same(book: dict[str, Any]) -> None:
    """Once applied, twice answered; another patch is another request."""
    operations = [op("add", "/tags/-", 3010), op("test", "/title", "Chéri"), op("replace", "/title", "Gigi")]
    first, again = (patch(operations, idempotency_key="k") for _ in range(2))
    assert (first.status, first.body, again.body) == (200, again.body, first.body)
    assert again.header("Idempotency-Replayed") == "true"
    assert patch(operations).status == 409, "the title is another one now"
    assert patch(operations[1:], idempotency_key="k").status == 422


def test_rules_are_those_of_an_update(book: dict[str, Any]) -> None:
    """The row before, and the row after; hidden is not there."""
    own = make({"read": anyone, "write": lambda _: Q(price__lt=20)})
    assert patch([op("replace", "/price", "19.00")], own).status == 200
    assert patch([op("replace", "/price", "21.00")], own).status == 401
    assert ask(api, URL)["price"] == "19.00"
    assert patch([], make({"read": lambda _: Q(price__lt=1), "write": anyone})).status == 404
    assert patch([], make({"read": anyone})).status == 405


def test_the_hook_is_that_of_put(book: dict[str, Any]) -> None:
    """It gets every column, as it was stored where the patch leaves it alone."""
    got: dict[str, Any] = {}

    def replace(self: Any, row: Any, values: dict[str, Any], principal: Any) -> None:
        got.update(values)
        Resource.replace(self, row, values, principal)

    assert patch([op("replace", "/title", "Gigi")], make(replace=replace)).status == 200
    row = Book.objects.get()
    names = ("title", "isbn", "price", "published", "in_print")
    assert got == {**{name: getattr(row, name) for name in names}, "author": 7071}


def test_the_types_of_a_patch_are_told(book: dict[str, Any]) -> None:
    """On OPTIONS and with a 415 (RFC 5789 section 3.1); many members are patched by a list of their own."""
    types = "application/merge-patch+json, application/json-patch+json, application/json"
    many = make(max_bulk=9)
    assert send(many, URL, "OPTIONS").header("Accept-Patch") == types
    assert send(many, "/books", "OPTIONS").header("Accept-Patch") == "application/json"
    assert send(api, "/books", "OPTIONS").header("Accept-Patch") is None
    response = change(many, "PATCH", URL, b"", media_type="text/plain")
    assert (response.status, response.header("Accept-Patch")) == (415, types)
    response = change(many, "PATCH", "/books", [], media_type=PATCH)
    assert (response.status, response.header("Accept-Patch")) == (415, "application/json")
    for method, url in (("POST", "/books"), ("PUT", URL)):
        response = change(many, method, url, [], media_type=PATCH)
        assert (response.status, response.header("Accept")) == (415, "application/json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**30) | st.sampled_from(["", "a", "x" * 30, "9.90"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "~1", "0", "id"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def _expected(document: Any, operations: Any) -> Any:
    try:
        return jsonpatch.apply_patch(document, operations)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return None


def test_a_random_patch_is_applied_or_refused(database: Any) -> None:
    """What it gives is what the library gives; what is refused has changed nothing; and nothing is a fault of ours."""
    own = API(title="Random")
    fields = ["id", "number", "price", "word", "json", nested("leaves", "id", "data", order="id", owned=True), "level"]
    attributes = {"fields": fields, "writable": ["number", "price", "word", "json", "leaves"], "rules": OPEN}
    own.resource(Sample)(type("Samples", (Resource,), attributes))
    key = Sample.objects.create(number=1, word="word", json={"a": [1, {"b": None}], "~1": "x"}).pk
    first = {"leaves": [{"data": {"a": 1}}, {"data": {"list": [1, 2]}}]}
    assert change(own, "PATCH", f"/samples/{key}", first).status == 200
    before, seen = ask(own, f"/samples/{key}"), set[int]()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def check(data: Any) -> None:
        with transaction.atomic(using=database.alias):
            try_one(data)
            transaction.set_rollback(True, using=database.alias)

    def try_one(data: Any) -> None:
        operations = data.draw(patches(before, VALUES))
        response = change(own, "PATCH", f"/samples/{key}", operations, media_type=PATCH)
        after, expected = ask(own, f"/samples/{key}"), _expected(before, operations)
        seen.add(response.status)
        if response.status != 200:
            assert response.status in {400, 409, 422}, response.body
            assert after == before
            assert expected is None or response.status != 409
            return
        assert expected is not None
        assert after == shown(response)
        kept = [name for name in ("id", "json", "level") if name in expected]
        assert {name: after[name] for name in kept} == {name: expected[name] for name in kept}
        # In the order of their keys, wherever a patch has moved them.
        found, wanted = (
            [json.dumps(leaf.get("data", {}), sort_keys=True) for leaf in each["leaves"]] for each in (after, expected)
        )
        assert sorted(found) == sorted(wanted)

    check()
    assert seen == {200, 400, 409, 422}
