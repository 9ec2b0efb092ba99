"""What lies behind the keys of JSON is compared as the same text on both databases, whatever the document holds."""

import json
from typing import Any

import pytest

from nuages import API, Resource, anyone
from nuages.http.request import Request
from tests.http.filtering import get, keys, problem
from tests.zoo.models import Specimen

DOCUMENTS: dict[int, Any] = {
    **dict(enumerate([None, "color", ["color", "size"], {}, 7, True, False, [], 1.5, [None], [["color"]]], start=1)),
    21: {"color": "red", "size": 1},
    22: {"color": "Red"},
    23: {"color": None},
    24: {"color": ""},
    25: {"color": "null"},
    26: {"color": True},
    27: {"color": False},
    28: {"color": 1},
    29: {"color": 1.5},
    30: {"color": -12345678901},
    31: {"color": "Ünï — 日本 😀"},
    32: {"color": 'a "quoted" one\\ \n %_'},
    33: {"owner": {"name": "Ann", "age": 7}},
    34: {"owner": {"name": None}},
    35: {"owner": "Ann"},
    36: {"owner": ["Ann", {"name": "Bob"}]},
    37: {"owner.name": "Ann"},
    38: {"list": ["zero", "one", ["deep"]]},
    39: {"list": {"0": "as a key"}},
    40: {"clé": "ouvre", "color": "1"},
    41: {'say "hi"': "x", "it's": "y", "a.b": "dot", "100%s": "z", "$": "dollar", "a b": "space"},
}
NAMES = ["json__color", "json__owner__name", "json__list__0", "json__list__2__0", "json__clé", "json__a.b", "json__a b"]
NAMES += ["json__it's", "json__100%s", "json__$"]
TEXTS = ["red", "Red", "r", "", "null", "true", "false", "1", "1.5", "-12345678901", "Ann", "ann", "nn", "x", "y", "z"]
TEXTS += [
    "Ünï — 日本 😀",
    "ünï",
    'a "quoted" one\\ \n %_',
    "%",
    "_",
    "\\",
    "ouvre",
    "zero",
    "deep",
    "as a key",
    "dot",
    "space",
]
PATTERNS = ["contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact"]
KEYS = [
    "color",
    "size",
    "owner",
    "owner.name",
    "clé",
    "0",
    "",
    "it's",
    'say "hi"',
    "$",
    "$.color",
    "100%s",
    "name",
    "7",
]


class Documents(Resource):
    """A field of documents, and some of their keys."""

    fields = ["id"]
    filters = ["json", *NAMES]
    rules = {"read": anyone}
    path = "documents"


api = API(title="Documents")
api.resource(Specimen)(Documents)


@pytest.fixture
def documents(database: Any) -> Any:
    """A row a document, one of them JSON's null, and a row without any."""
    for key, document in DOCUMENTS.items():
        Specimen.objects.create(id=key, json=document)
    return database


def text_at(document: Any, path: list[str]) -> str | None:
    """What lies behind keys, as text; none where nothing is, or null."""
    for key in path:
        if isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            document = document.get(key) if isinstance(document, dict) else None
    if document is None or isinstance(document, str):
        return document
    return json.dumps(document)


def expected(name: str, lookup: str, text: str) -> set[int]:
    """The documents that fit."""
    found = {key: text_at(document, name.split("__")[1:]) for key, document in DOCUMENTS.items()}
    return {key for key, held in found.items() if held is not None and _fits(held, lookup, text)}


def _fits(held: str, lookup: str, text: str) -> bool:
    if lookup.startswith("i"):
        held, text, lookup = held.upper(), text.upper(), lookup[1:]
    tests = {"contains": text in held, "startswith": held.startswith(text), "endswith": held.endswith(text)}
    return tests.get(lookup, held == text)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_compared_as_text(name: str, documents: Any) -> None:
    """Texts without their quotes, truths and numbers as they are spelled; null is absent."""
    for text in TEXTS:
        assert keys(api, "/documents", (name, text)) == expected(name, "", text), text
        assert keys(api, "/documents", (f"{name}!", text)) == DOCUMENTS.keys() - expected(name, "", text), text
        for lookup in PATTERNS:
            assert keys(api, "/documents", (f"{name}__{lookup}", text)) == expected(name, lookup, text), (lookup, text)
    listed = expected(name, "", "red") | expected(name, "", "Ann") | expected(name, "", "1")
    assert keys(api, "/documents", (f"{name}__in", "red,Ann,1")) == listed
    absent = {key for key, document in DOCUMENTS.items() if text_at(document, name.split("__")[1:]) is None}
    assert keys(api, "/documents", (f"{name}__isnull", "true")) == absent
    assert keys(api, "/documents", (f"{name}__isnull", "false")) == DOCUMENTS.keys() - absent


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (3.141592653589793, "3.141592653589793"),
        (0.1, "0.1"),
        (100.0, "100.0"),
        (12345678901234567890, "12345678901234567890"),
        ([], "[]"),
    ],
)
def test_numbers_and_documents_behind_a_key_are_spelled_alike(stored: Any, text: str, database: Any) -> None:
    """All digits of a number; a list or an object as PostgreSQL spells it."""
    Specimen.objects.create(id=1, json={"color": stored})
    assert keys(api, "/documents", ("json__color", text)) == {1}


def has_key(document: Any, key: str) -> bool:
    """PostgreSQL's operator `?`: a key of an object, a text in a list, or the text itself."""
    return key == document if isinstance(document, str) else isinstance(document, dict | list) and key in document


@pytest.mark.parametrize("key", KEYS)
def test_documents_are_asked_for_their_keys(key: str, documents: Any) -> None:
    """At their top only; one, all of several, any of several."""
    holders = {each for each, document in DOCUMENTS.items() if has_key(document, key)}
    assert keys(api, "/documents", ("json__has_key", key)) == holders
    assert keys(api, "/documents", ("json__has_key!", key)) == DOCUMENTS.keys() - holders
    colored = {each for each, document in DOCUMENTS.items() if has_key(document, "color")}
    assert keys(api, "/documents", ("json__has_keys", f"{key},color")) == holders & colored
    assert keys(api, "/documents", ("json__has_any_keys", f"{key},color")) == holders | colored


def test_an_absent_document_is_no_null_of_json(documents: Any) -> None:
    """`isnull` asks for the column's null."""
    assert keys(api, "/documents", ("json__isnull", "true")) == {1}
    assert keys(api, "/documents", ("filter", "json:*")) == DOCUMENTS.keys() - {1}
    assert keys(api, "/documents", ("filter", "json:color")) == keys(api, "/documents", ("json__has_key", "color"))


HOSTILE = [
    "json__color'--",
    'json__"x"',
    "json[0]",
    "json.$",
    "json__%s",
    "json__nosuch",
    "json__color__deeper",
    "json->color",
]


@pytest.mark.parametrize("name", [*HOSTILE, "__".join(["json", *["a"] * 1_000])])
def test_a_key_that_nobody_declared_is_unknown(name: str, documents: Any, statements: Any) -> None:
    """Threat I03: no key of a client's reaches a path; nothing is asked."""
    before = len(statements)
    document = problem(get(api, "/documents", (name, "1")))
    assert document["type"] == "urn:nuages:problem:unknown-parameter"
    assert problem(get(api, "/documents", ("filter", f"{name} = 1")))["status"] == 400
    assert len(statements) == before


@pytest.mark.parametrize("text", ["' OR 1=1--", '"', "\\", "$", "{}", "]", "%s", "%(x)s", "a" * 2_000, "\ud7ff", "?"])
def test_a_hostile_value_is_a_value(text: str, documents: Any) -> None:
    """It matches nothing, and it breaks nothing."""
    for name in ("json__color", "json__has_key", "json__has_keys", "json__color__icontains", "json__list__0"):
        assert keys(api, "/documents", (name, text)) <= ({41} if name.startswith("json__has") else {32, 41})


def test_a_text_that_is_no_json_spoils_no_question(database: Any) -> None:
    """Other programs write into SQLite what Django would not."""
    if database.vendor != "sqlite":
        pytest.skip("PostgreSQL holds valid JSON only")
    Specimen.objects.create(id=1, json={"color": "red"})
    Specimen.objects.create(id=2)
    database.connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        database.connection.execute("UPDATE zoo_specimen SET json = '{bad' WHERE id = 2")
    finally:
        database.connection.execute("PRAGMA ignore_check_constraints = OFF")
    for query in ("json__color=red", "json__has_key=color"):
        response = api.handle(Request("GET", "/documents", query, {}))
        assert response.status == 200, query
        assert json.loads(response.body)["items"] == [{"id": 1}]
