"""What Python makes of a value is shown where it has JSON, and is a failure that names the value where it has none."""

import json
from typing import Any

import pytest

from nuages import API, Resource, anyone, nested, value
from shop.models import Book, Tag
from tests.http.asking import send
from tests.http.failing import (
    FAILED,
    entries,
    refused,
)


class _Nowhere:
    pass


class _Amount:
    def __str__(self) -> str:
        return "12 EUR"


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    ("made", "where"),
    [
        *((_Nowhere(), "/label"), ("\ud800", "/label"), ({"a": [1, _Nowhere()]}, "/label/a/1"), (range(3), "/label")),
        *((float("nan"), "/label"), ({"a": (1.0, float("-inf"))}, "/label/a/1"), ({(1, 2): 3}, "/label")),
        *(((each for each in ()), "/label"), (CIRCLE, "")),
    ],
    ids=lambda made: ascii(made)[:20],
)
@pytest.mark.parametrize("url", ["/made", "/made/9001", "/holding"])
def test_what_has_no_json_is_a_500_that_names_the_value(
    made: Any, where: str, url: str, rows: Any, caplog: Any
) -> None:  # F17
    """In a list, in a member, nested: never half a document, an address in memory or a null in its place."""
    own = API(title="Made")
    made_value = value("label", python=lambda _: made)
    Tag.objects.get(pk=9001).books.set(Book.objects.all())
    own.resource(Tag)(
        type("Tags", (Resource,), {"path": "made", "fields": ["id", made_value], "rules": {"read": anyone}})
    )
    holding = {"path": "holding", "fields": ["id", nested("tags", "id", made_value)], "rules": {"read": anyone}}
    own.resource(Book)(type("Books", (Resource,), holding))
    refused(send(own, url), *FAILED)
    [entry] = entries(caplog)
    assert entry.exc_info
    assert where in str(entry.exc_info[1])


@pytest.mark.parametrize(
    ("made", "spelled"),
    [
        (_Amount(), "12 EUR"),
        (2**70, 2**70),
        ({"a": (1.5, None)}, {"a": [1.5, None]}),
        (b"a", "YQ=="),
        ({1: 2}, {"1": 2}),
    ],
)
def test_what_has_json_or_a_text_is_shown(made: Any, spelled: Any, rows: Any) -> None:
    """A class with a text of its own is shown by it."""
    own = API(title="Made")
    fields = ["id", value("label", python=lambda _: made)]
    own.resource(Tag)(type("Tags", (Resource,), {"fields": fields, "rules": {"read": anyone}}))
    assert json.loads(send(own, "/tags/9001").body) == {"id": 9001, "label": spelled}
