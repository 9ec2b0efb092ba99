"""An action that only looks takes simple values from the query, each as its annotation says."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.errors import BadRequest
from nuages.parse.arguments import ArgumentReader
from nuages.parse.signatures import Around, SignatureReader
from shop.models import Author, Book
from tests.http.acting import api, search_titles
from tests.http.asking import ask, send
from tests.http.writing import faults, shown

SEARCH = "/books/search-titles"


@pytest.fixture
def book(database: Any) -> Book:
    """A book, and another of its author's."""
    author = Author.objects.create(id=1, name="Colette")
    Book.objects.create(id=6, title="Gigi", price=100, author=author)
    return Book.objects.create(id=5, title="Chéri", price="12.50", author=author)


def test_what_is_absent_is_the_functions_own_default() -> None:
    """A list is given by repeating its name."""
    assert ask(api, f"{SEARCH}?words=a&words=b,c") == {
        "words": ["a", "b,c"], "most": 5, "since": None, "below": None, "colour": "red", "how": "all", "exact": False,
    }  # fmt: skip


def test_every_kind_is_read_as_filters_read_it() -> None:
    """Whole and decimal numbers, dates, choices, truths."""
    query = "words=%C3%A9&most=9&since=2024-05-31&below=12.50&colour=blue&how=any&exact=true"
    assert ask(api, f"{SEARCH}?{query}") == {
        "words": ["é"], "most": 9, "since": "2024-05-31", "below": "12.50", "colour": "blue", "how": "any",
        "exact": True,
    }  # fmt: skip


def test_every_fault_of_a_query_is_told_at_once() -> None:
    """400 with the names, and the nearest right one."""
    query = "most=10&most=11&since=tomorrow&below=NaN&colour=green&how=some&exact=perhaps&wrods=a"
    response = send(api, f"{SEARCH}?{query}")
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:repeated-parameter")
    assert faults(response) == [
        ("?most", "repeated-parameter"), ("?since", "invalid-value"), ("?below", "invalid-value"),
        ("?colour", "invalid-value"), ("?how", "invalid-value"), ("?exact", "invalid-value"),
        ("?wrods", "unknown-parameter"), ("?words", "missing-parameter"),
    ]  # fmt: skip
    said = {error["pointer"]: error["detail"] for error in shown(response)["errors"]}
    assert said["?colour"] == "colour: 'green' is none of red, blue."
    assert said["?wrods"].endswith("Did you mean 'words'?")


@pytest.mark.parametrize("most", ["0", "10", "5.5", "1e3", "", "9" * 30, "٣"])
def test_a_bound_of_an_argument_holds(most: str) -> None:
    """Annotated[int, Meta(ge=1, le=9)]."""
    response = send(api, f"{SEARCH}?words=a&most={quote(most)}")
    assert (response.status, faults(response)) == (400, [("?most", "invalid-value")])


def test_a_member_has_arguments_too(book: Book) -> None:
    """Beside its row and who asks."""
    assert ask(api, "/books/5/cover?size=7") == {"title": "Chéri", "size": 7, "staff": False}
    assert send(api, "/books/5/cover?size=big").status == 400
    assert send(api, "/books/6/cover").status == 401, "too dear for the rule"
    assert send(api, "/books/9/cover").status == 404


def test_another_member_is_shown_as_under_its_own_url(book: Book) -> None:
    """With its entity tag; without one it is a 204."""
    response = send(api, "/books/5/sibling")
    read = send(api, "/books/6")
    assert (response.status, response.body, response.header("Content-Location")) == (200, read.body, "/books/6")
    assert [text for name, text in response.headers if name == "ETag"] == [read.header("ETag")]
    book.delete()
    assert send(api, "/books/6/sibling").status == 204


def test_what_the_client_has_is_not_sent_again(book: Book) -> None:
    """ETag and 304, and HEAD as GET."""
    first = send(api, "/books/5/cover")
    again = send(api, "/books/5/cover", if_none_match=first.header("ETag") or "")
    assert (again.status, again.body) == (304, b"")
    head = send(api, "/books/5/cover", "HEAD")
    assert (head.status, head.body, head.header("ETag")) == (200, b"", first.header("ETag"))
    assert send(api, "/books/5/cover", accept="text/html").status == 406


_READER = SignatureReader(search_titles, Around(None, has_member=False, has_body=False, has_arguments=True))
READER = ArgumentReader(_READER.read().arguments)
NAMES = st.sampled_from(["words", "most", "since", "below", "colour", "how", "exact", "x", ""]) | st.text(max_size=5)


@given(st.lists(st.tuples(NAMES, st.text(max_size=12) | st.sampled_from(["1", "red", "true", "2024-01-01"]))))
def test_any_query_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    """Values of the right types, or a 400 whose every fault names its parameter."""
    query = "&".join(f"{quote(name)}={quote(text, safe='')}" for name, text in pairs)
    try:
        values = READER.read(query)
    except BadRequest as problem:
        refused: BadRequest | None = problem
    else:
        refused = None
    if refused is None:
        assert values["words"] == [text for name, text in pairs if name == "words"]
        assert type(values.get("most", 1)) is int
    else:
        assert json.dumps([fault.detail for fault in refused.faults])
        assert all(fault.pointer.startswith("?") for fault in refused.faults)
