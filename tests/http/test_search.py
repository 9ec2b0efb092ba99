"""`search=` finds every word in any declared text, equally on both databases; PostgreSQL's own searches are safe."""

import json
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from nuages import API, Resource, anyone
from nuages.http.request import Request
from tests.http.filtering import get, keys, problem, query
from tests.support.evaluation import fold
from tests.zoo.models import Note, Specimen

TEXTS: dict[int, tuple[str | None, str | None, list[str]]] = {
    1: ("The quick brown fox", "jumps over", ["lazy dog"]),
    2: ("the QUICK Brown FOX", None, []),
    3: ("Élan vital", "straße", ["ПРИВЕТ мир"]),
    4: ("100% of a_b", "back\\slash", ['say "hi"', "it's"]),
    5: (None, None, []),
    6: ("", "new\nline", ["fox", "dog"]),
    7: ("foxes are running", "dogs", []),
    8: ("日本 語", "😀", ["%", "_"]),
    9: ("not a fox - or is it", "AND OR NOT", ["NULL"]),
}
_SEARCHES = r"""fox FOX ox élan STRAßE привет % _ 100% a_b aXb " ' it's 日本 😀 - OR NOT null * fox* nosuch"""
SEARCHES = _SEARCHES.split()
SEARCHES += ["quick fox", "fox quick", "fox dog", "ÉLAN VITAL", "Мир élan", "\\", "hi say", "line new"]
SEARCHES += ["\t fox \n dog ", "- or", "fox\xa0quick", "a b c d e f g h", "o o o", "fox nosuch"]
_NAUGHTY = r"""" "" "fox fox" ' '' - -- -fox OR & | ! !! ( ) (((( fox:* :* :A <-> % %s %(x)s $1 ? {} 😀 ﷺ the NUL
0x0"""
NAUGHTY = _NAUGHTY.split()
NAUGHTY += ["fox -dog", "fox OR", "OR fox", "fox or dog", "fox & !", "fox <-> dog", "\\", "\\\\"]
NAUGHTY += ["'; DROP TABLE zoo_specimen; --", "' OR '1'='1", "a" * 200, "\u202e", "\ud7ff", "\ufeff"]
NAUGHTY += ['"quick brown"', '"brown quick"', "-" * 200, '"' * 199, "the of", "é́", "\\x00"]


def make_api(**attributes: Any) -> API:
    """Specimens searched by two columns and, word by word, by their notes."""
    api = API(title="Search")
    declared = {"fields": ["id"], "filters": ["id"], "rules": {"read": anyone}, "path": "specimens", **attributes}
    api.resource(Specimen)(type("Specimens", (Resource,), declared))
    return api


BY_WORDS = {"search": ["char", "text", "notes__text"]}


@pytest.fixture
def specimens(database: Any) -> Any:
    """Nine of them."""
    kind = ContentType.objects.get_for_model(Specimen)
    for key, (char, text, notes) in TEXTS.items():
        Specimen.objects.create(id=key, char=char, text=text)
        Note.objects.bulk_create(Note(content_type=kind, object_id=key, text=note) for note in notes)
    return database


def found(search: str, *, with_notes: bool = True) -> set[int]:
    """What plain Python finds."""
    words = [fold(word) for word in search.split()]
    kept = {key: [fold(text) for text in _texts(key, with_notes=with_notes)] for key in TEXTS}
    return {key for key, texts in kept.items() if all(any(word in text for text in texts) for word in words)}


def _texts(key: int, *, with_notes: bool) -> list[str]:
    char, text, notes = TEXTS[key]
    return [each for each in (char, text, *(notes if with_notes else [])) if each is not None]


@pytest.mark.parametrize("search", SEARCHES, ids=ascii)
def test_every_word_is_in_some_text(search: str, specimens: Any, statements: Any) -> None:
    """Whatever its case; nothing in a word is a wildcard or an operator. One statement."""
    api = make_api(**BY_WORDS)
    statements.clear()
    assert keys(api, "/specimens", ("search", search)) == found(search)
    assert len(statements) == 1
    assert keys(api, "/specimens", ("search", search), ("id__gt", "4")) == {key for key in found(search) if key > 4}


@pytest.mark.parametrize("search", ["", " ", "\t\n"])
def test_a_search_without_words_leaves_all(search: str, specimens: Any) -> None:
    """As if nobody had asked."""
    assert keys(make_api(**BY_WORDS), "/specimens", ("search", search)) == TEXTS.keys()


@pytest.mark.parametrize("search", ["a" * 201, "a b c d e f g h i", "\x00"])
def test_too_long_a_search_is_refused_unasked(search: str, statements: Any) -> None:
    """In words or characters; likewise where PostgreSQL searches, and where nothing is declared."""
    for attributes in (BY_WORDS, {"search": ["char"], "search_with": "fulltext"}, {}):
        assert (
            problem(get(make_api(**attributes), "/specimens", ("search", search)))["errors"][0]["pointer"] == "?search"
        )
    assert problem(query(make_api(**BY_WORDS), "/specimens", {"search": search}))["status"] == 400
    assert statements == []


def test_nothing_is_searched_where_nothing_is_declared(statements: Any) -> None:
    """An unknown parameter like any other."""
    document = problem(get(make_api(), "/specimens", ("search", "fox")))
    assert document["type"] == "urn:nuages:problem:unknown-parameter"
    assert statements == []


def _native(how: str, database: Any) -> API:
    if how == "trigram" and database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
            if cursor.fetchone() is None:
                pytest.skip("this PostgreSQL server has no pg_trgm")
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    return make_api(search=["char", "text"], search_with=how, search_language="english")


FULLTEXT = {
    "fox": {1, 2, 7, 9},
    "foxes": {1, 2, 7, 9},
    "running": {7},
    "run fox": {7},
    '"brown fox"': {1, 2},
    '"fox brown"': set(),
    "fox -quick": {7, 9},
    "vital or running": {3, 7},
    "fox jumps": {1},
    "STRASSE": set(),
    "straße": {3},
    "nosuch": set(),
}


@pytest.mark.parametrize("search", FULLTEXT)
def test_fulltext_is_postgresqls_and_words_elsewhere(search: str, specimens: Any, statements: Any) -> None:
    """Stems, phrases, exclusions; SQLite finds the words of the same declaration."""
    api = _native("fulltext", specimens)
    statements.clear()
    expected = FULLTEXT[search] if specimens.vendor == "postgresql" else found(search, with_notes=False)
    assert keys(api, "/specimens", ("search", search)) == expected
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("search", "least"), [("fox", {1, 2, 9}), ("quikc", set()), ("brown", {1, 2}), ("quick brwn", set())]
)
def test_trigrams_forgive_a_letter(search: str, least: set[int], specimens: Any) -> None:
    """Whole words are found in any case; on SQLite as words."""
    api = _native("trigram", specimens)
    left = keys(api, "/specimens", ("search", search))
    if specimens.vendor == "sqlite":
        assert left == found(search, with_notes=False)
    else:
        assert least <= left <= {1, 2, 6, 7, 9}
        assert 5 not in left


def test_trigrams_find_what_is_misspelled(specimens: Any) -> None:
    """By the threshold of PostgreSQL's own."""
    if specimens.vendor == "sqlite":
        pytest.skip("SQLite has no trigrams")
    assert keys(_native("trigram", specimens), "/specimens", ("search", "runing")) == {7}


@pytest.mark.parametrize("how", ["words", "fulltext", "trigram"])
def test_no_text_breaks_a_search(how: str, specimens: Any) -> None:
    """Operators of tsquery, unbalanced quotes, SQL: always an answer, and the table is still there."""
    api = _native(how, specimens)
    for search in NAUGHTY:
        assert keys(api, "/specimens", ("search", search)) <= TEXTS.keys(), search
        assert keys(api, "/specimens", ("search", search), ("id", "99")) == set(), search
    assert keys(api, "/specimens") == TEXTS.keys()


@pytest.mark.parametrize("how", ["words", "fulltext", "trigram"])
def test_plans_of_a_search_are_shared(how: str, specimens: Any) -> None:
    """Texts are values: another text of as many words, another answer."""
    api = _native(how, specimens)
    answers = [keys(api, "/specimens", ("search", word)) for word in ("quick", "nosuch", "vital", "quick")]
    assert answers == [{1, 2}, set(), {3}, {1, 2}]
    body = json.dumps({"search": "vital"}).encode()
    response = api.handle(Request("QUERY", "/specimens", "", {"content-type": "application/json"}, read=lambda _: body))
    assert [item["id"] for item in json.loads(response.body)["items"]] == [3]


def test_both_databases_are_tried() -> None:
    """The names by which the tests above tell them apart."""
    assert {connection.vendor for connection in connections.all()} == {"sqlite", "postgresql"}
