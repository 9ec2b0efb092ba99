"""A document becomes checked values, or every fault in it at once; no database is asked."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import models

from nuages.declare.spec import Writable
from nuages.errors import BadRequest, Unprocessable
from nuages.parse.documents import MAX_KEYS, DocumentReader
from nuages.parse.json_body import Number
from shop.models import Author, Book
from tests.zoo.models import Specimen


def _part(model: Any, name: str, kind: str, **more: Any) -> Writable:
    field = model._meta.get_field(name)
    given = {"nullable": field.null, "is_optional": field.null or field.blank, "has_default": False, **more}
    target = given.get("target")
    return Writable(name, field.attname, target._meta.pk if target else field, kind, own=field, **given)


TITLE = _part(Book, "title", "text")
PRICE = _part(Book, "price", "decimal")
ISBN = _part(Book, "isbn", "text")
IN_PRINT = _part(Book, "in_print", "boolean", is_optional=True, has_default=True)
AUTHOR = _part(Book, "author", "integer", target=Author)
TAGS = Writable("tags", "tags", models.BigAutoField(), "integer", False, True, False, None, target=Author, many=True)
reader = DocumentReader([TITLE, PRICE, ISBN, IN_PRINT, AUTHOR, TAGS], ["id", "title", "author", "stars", "tags"])
GOOD: dict[str, Any] = {"title": "Gigi", "price": "9.90", "author": Number("7")}


def _refused(read: Any, *arguments: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(Unprocessable) as caught:
        read(*arguments, **more)
    assert caught.value.code == "invalid-document"
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_new_member_is_read() -> None:
    """Values by name, typed; what was not sent is not there."""
    read = reader.whole({**GOOD, "tags": [Number("3"), Number("1"), Number("3")]}, is_new=True)
    assert read == {"title": "Gigi", "price": Decimal("9.90"), "author": 7, "tags": [3, 1, 3]}


def test_what_a_new_member_must_have() -> None:
    """Everything without a default that may not be empty."""
    assert _refused(reader.whole, {}, is_new=True) == [
        ("/title", "required"),
        ("/price", "required"),
        ("/author", "required"),
    ]


def test_what_a_replaced_member_must_have() -> None:
    """Everything for which the author has declared no default."""
    assert _refused(reader.whole, {}, is_new=False) == [
        (f"/{name}", "required") for name in ("title", "price", "isbn", "author", "tags")
    ]


def test_a_patch_needs_nothing() -> None:
    """An empty one is a patch."""
    assert reader.merge({}) == {}
    assert reader.merge({"isbn": None}) == {"isbn": None}
    assert _refused(reader.merge, {"title": None}) == [("/title", "null")]


@pytest.mark.parametrize("document", [[], "text", None, Number("1"), True])
def test_what_is_no_object_is_no_document(document: Any) -> None:
    """400: there is no place in it to point at."""
    for read in (lambda: reader.whole(document, is_new=True), lambda: reader.merge(document)):
        with pytest.raises(BadRequest) as caught:
            read()
        assert caught.value.code == "invalid-document"


def test_every_fault_is_told_in_the_order_of_the_document() -> None:
    """Unknown, read-only, of another kind, refused by the field's validators, missing: all at once."""
    document = {"tilte": "?", "id": Number("1"), "price": "-1", "isbn": Number("9"), "author": True, "tags": {}}
    assert _refused(reader.whole, document, is_new=True) == [
        ("/tilte", "unknown-member"),
        ("/id", "read-only"),
        ("/price", "min-value"),
        ("/isbn", "invalid-value"),
        ("/author", "invalid-value"),
        ("/tags", "invalid-value"),
        ("/title", "required"),
    ]


def test_a_fault_names_the_nearest_name_and_escapes_its_own() -> None:
    """RFC 6901: ~ and / have spellings of their own; a long name is cut."""
    with pytest.raises(Unprocessable, match="Did you mean 'title'"):
        reader.merge({"tilte": "?"})
    [(pointer, _)] = _refused(reader.merge, {"a/b~c": 1})
    assert pointer == "/a~1b~0c"
    [(pointer, _)] = _refused(reader.merge, {"x" * 10_000: 1})
    assert len(pointer) < 100


def test_what_only_reading_shows_may_be_repeated_and_not_changed() -> None:
    """As it is shown, and where it is shown."""
    current = {"id": Number("5"), "stars": Number("4.5"), "title": "Gigi"}
    assert reader.merge({"id": Number("5"), "stars": Number("4.5")}, current) == {}
    assert _refused(reader.merge, {"id": Number("6")}, current) == [("/id", "read-only")]
    assert _refused(reader.merge, {"id": Number("5")}) == [("/id", "read-only")]
    assert reader.merge({"title": "Gigi"}, current) == {"title": "Gigi"}, "what may be written is always read"


def test_a_nested_reference_may_be_repeated_and_not_changed() -> None:
    """An object where a key belongs is only what GET has shown."""
    current = {"author": {"id": Number("7"), "name": "Colette"}, "tags": [{"id": Number("1")}]}
    assert reader.merge(current, current) == {}
    changed = {"author": {"id": Number("8"), "name": "Colette"}, "tags": [{"id": Number("2")}]}
    assert {pointer.split("/")[1] for pointer, _ in _refused(reader.merge, changed, current)} == {"author", "tags"}


@pytest.mark.parametrize(
    ("document", "is_needed"),
    [
        ({}, False),
        ({"title": "a", "author": Number("1"), "tags": [Number("1")]}, False),
        ({"id": Number("1")}, True),
        ({"stars": None}, True),
        ({"author": {"id": Number("1")}}, True),
        ({"tags": [Number("1"), {"id": Number("1")}]}, True),
        ({"title": {"a": 1}}, False),
        ([], False),
        (None, False),
    ],
)
def test_the_member_is_read_only_where_it_is_repeated(document: Any, is_needed: bool) -> None:
    """Otherwise the statement is spared."""
    assert reader.unwritable(document) is is_needed


def test_a_list_of_references_has_a_bound() -> None:
    """Nobody makes the database look for more."""
    keys = [Number(str(key)) for key in range(MAX_KEYS + 1)]
    assert len(reader.merge({"tags": keys[:-1]})["tags"]) == MAX_KEYS
    assert _refused(reader.merge, {"tags": keys}) == [("/tags", "invalid-value")]


def test_a_value_is_checked_by_its_field() -> None:
    """Length, choices, validators, each with Django's code spelled with hyphens."""
    zoo = DocumentReader([_part(Specimen, name, "text") for name in ("char", "size", "slug", "email", "url")], [])
    document = {"char": "x" * 101, "size": "x", "slug": "a b", "email": "a", "url": "a"}
    assert _refused(zoo.merge, document) == [
        ("/char", "max-length"),
        ("/size", "invalid-choice"),
        ("/slug", "invalid"),
        ("/email", "invalid"),
        ("/url", "invalid"),
    ]


def test_a_project_without_time_zones_keeps_local_time(settings: Any) -> None:
    """USE_TZ = False: the moment in the project's own zone, without an offset."""
    settings.USE_TZ = False
    moments = DocumentReader([_part(Specimen, "datetime", "datetime")], [])
    read = moments.merge({"datetime": "2024-05-31T12:00:00Z"})["datetime"]
    assert (read.tzinfo, read.hour) == (None, 14), "Europe/Paris"
