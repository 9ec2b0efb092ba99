"""What breaks clients is told from what does not: by what they send, and by what they read."""

from copy import deepcopy
from typing import Any

import pytest

from nuages.openapi.changes import changes_between

BOOK = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "format": {"enum": ["paper", "sound"]},
        "next": {"$ref": "#/components/schemas/Book"},
    },
    "required": ["title"],
}
TITLE = {"type": "string", "maxLength": 20}
SENT = {"type": "object", "properties": {"title": TITLE, "price": {"type": ["string", "null"]}}}


def _document() -> dict[str, Any]:
    book = {"schema": {"$ref": "#/components/schemas/Book"}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    answers = {"200": {"description": "", "content": {"application/json": book}}, "404": {"description": ""}}
    sent = {"required": False, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}}
    methods = {
        "get": {"parameters": [limit], "responses": answers},
        "post": {"requestBody": sent, "responses": answers},
    }
    return deepcopy({"paths": {"/books": methods}, "components": {"schemas": {"Book": BOOK, "Sent": SENT}}})


def _set(document: Any, path: str, value: Any) -> None:
    *steps, last = path.split("|")
    for step in steps:
        document = document[int(step) if isinstance(document, list) else step]
    if value is None:
        del document[last]
    else:
        document[last] = value


GET, POST = "paths|/books|get", "paths|/books|post"
READ, SEND = "components|schemas|Book", "components|schemas|Sent"
THREE = ["paper", "sound", "braille"]


@pytest.mark.parametrize(
    ("path", "value", "said", "is_breaking"),
    [
        (GET, None, "GET /books is gone.", True),
        ("paths|/tags", {"get": {"responses": {}}}, "GET /tags is new.", False),
        (f"{GET}|parameters|0|name", "most", "GET /books: query limit is gone.", True),
        (f"{GET}|parameters|0|required", True, "must be given now.", True),
        (f"{GET}|parameters|0|schema|maximum", 50, "maximum was 100, is 50.", True),
        (f"{GET}|parameters|0|schema|maximum", 500, "maximum was 100, is 500.", False),
        (f"{GET}|responses|200", None, "answer 200 is gone.", True),
        (f"{GET}|responses|404", None, "answer 404 is gone.", False),
        (f"{POST}|requestBody|required", True, "must be sent now.", True),
        (f"{POST}|requestBody", None, "body is gone.", True),
        (f"{READ}|properties|title", None, "answer 200/title is gone.", True),
        (f"{READ}|properties|pages", {"type": "integer"}, "answer 200/pages is new.", False),
        (f"{READ}|required", [], "answer 200/title may be absent now.", True),
        (f"{READ}|properties|title|type", ["string", "null"], "was string, is null or string.", True),
        (f"{READ}|properties|format|enum", THREE, f"is one of {THREE}.", True),
        (f"{READ}|properties|format|enum", ["paper"], "is one of ['paper'].", False),
        (f"{SEND}|properties|price", None, "body/price is gone.", True),
        (f"{SEND}|properties|isbn", {"type": "string"}, "body/isbn is new.", False),
        (f"{SEND}|required", ["title"], "body/title must be there now.", True),
        (f"{SEND}|properties|price|type", "string", "was null or string, is string.", True),
        (f"{SEND}|properties|title|type", ["string", "integer"], "was string, is integer or string.", False),
        (f"{SEND}|properties|title|maxLength", 10, "maxLength was 20, is 10.", True),
        (f"{SEND}|properties|title|maxLength", None, "maxLength was 20, is None.", False),
        (f"{SEND}|properties|title|pattern", "^[A-Z]", "pattern was None, is ^[A-Z].", True),
    ],
)
def test_a_change_is_told_with_what_it_breaks(path: str, value: Any, said: str, is_breaking: bool) -> None:
    """Of a document in which one thing was changed."""
    before, now = _document(), _document()
    _set(now, path, value)
    found = changes_between(before, now)
    told = [each for each in found if said in str(each)]
    assert told, found
    assert {each.is_breaking for each in told} == {is_breaking}


def test_what_is_the_same_is_no_change() -> None:
    """Also where a schema leads to itself; and words are none."""
    before, now = _document(), _document()
    now["paths"]["/books"]["get"]["summary"] = "Books"
    assert changes_between(before, now) == []
