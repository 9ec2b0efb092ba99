"""Whatever a client writes is data: values are bound, names are looked up, nothing that it sent stands in SQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from nuages.http.request import Request
from shop.api import api
from shop.models import Author, Book, Publisher, Review, Tag

OK, BAD, LOST = 200, 400, 404
LONGEST_ECHO = 3  # characters of a client's text that SQL of ours may hold by chance
PAYLOADS = json.loads((Path(__file__).parent.parent / "data" / "payloads.json").read_text())
TEXTS = [*PAYLOADS["values"], *PAYLOADS["texts"]]
NAMES = [*PAYLOADS["names"], "a" * 10_000]
KEYS = [*PAYLOADS["keys"], "9" * 400]


@pytest.fixture(autouse=True)
def books(database: object) -> None:
    author = Author.objects.create(name="Ada", country="FR")
    book = Book.objects.create(
        title="One", price=10, in_print=True, author=author, publisher=Publisher.objects.create(name="P")
    )
    book.tags.add(Tag.objects.create(name="war"))
    Review.objects.create(book=book, user_name="u", stars=5, body="b")


def ask(path: str, query: str = "", *, method: str = "GET", body: bytes = b"") -> int:
    headers = {"host": "testserver", "content-type": "application/json"}
    return api.handle(Request(method, path, query, headers, prefix="/api", read=lambda most: body[:most])).status


def questions(text: str) -> Iterator[str]:
    value, word = quote(text, safe=""), quote(text.replace("\\", "\\\\").replace('"', '\\"'), safe="")
    yield from (f"tags__name={value}", f"tags__name__icontains={value}", f"search={value}", f"cursor={value}")
    yield from (f"tags__name__in={value}", f"tags__name!={value}", f"price={value}", f"limit={value}", f"count={value}")
    yield from (
        f"filter={value}",
        f'filter=tags.name="{word}"',
        f'filter=tags.name:"*{word}"',
        f"published__year={value}",
    )


def demand_bound(text: str, sent: list[str], usual: list[str]) -> None:
    """Nothing of a client's text stands in SQL but what stands there for a harmless text too."""
    leaked = [sql for sql in sent if len(text) > LONGEST_ECHO and text in sql and not any(text in sql for sql in usual)]
    assert not leaked, (text, leaked)


@pytest.fixture
def usual(statements: list[str]) -> list[str]:
    """The SQL of the same questions about a harmless text."""
    for question in questions("harmless"):
        ask("/books", question)
    for price in ("price=1", "limit=1", "published__year=1", "count=exact"):
        ask("/books", price)
    return list(statements)


@pytest.mark.parametrize("start", range(0, len(TEXTS), 60))
def test_a_value_is_data(start: int, statements: list[str], usual: list[str]) -> None:  # I01
    for text in TEXTS[start : start + 60]:
        for question in questions(text):
            statements.clear()
            assert ask("/books", question) in (OK, BAD), question
            assert len(statements) <= 1
            demand_bound(text, statements, usual)
        assert ask(f"/books/{text}") in (OK, BAD, LOST), text


def test_a_value_of_a_tree_is_data(statements: list[str], usual: list[str]) -> None:
    for text in TEXTS:
        statements.clear()
        body = json.dumps({"filter": {"or": [{"tags.name": text}, {"tags__name__contains": text}]}}).encode()
        assert ask("/books", method="QUERY", body=body) in (OK, BAD)
        demand_bound(text, statements, usual)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_never_reaches_the_database(name: str, statements: list[str]) -> None:  # I02, Z09 to Z12
    spelled = quote(name, safe="")
    for question in (
        *(f"{spelled}=1", f"{spelled}__gte=1", f"order={spelled}", f"order=-{spelled}", f"fields={spelled}"),
        *(f"include={spelled}", f"group={spelled}", f"aggregate=avg({spelled})", f"filter={spelled}=1"),
        *(f"fields=author.{spelled}", f"aggregate={spelled}(price)", f"filter=price<{spelled}"),
    ):
        assert ask("/books", question) == BAD, question
    assert statements == []


def test_a_hidden_name_answers_as_one_that_is_not_there(statements: list[str]) -> None:  # Z09, Z10, Z12
    for template in ("{}=1", "order={}", "fields={}", "group={}", "filter={} = 1", "aggregate=max({})", "include={}"):
        answers = []
        for name in ("zzzzzzzz", "qqqqqqqq", "password"):
            request = Request("GET", "/books", template.format(name), {"x-request-id": "a"}, prefix="/api")
            answers.append(api.handle(request).body.replace(name.encode(), b"NAME"))
        assert len(set(answers)) == 1, answers
    assert statements == []


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_one_row_or_none(key: str) -> None:  # Z05
    known = {str(pk) for pk in Book.objects.values_list("pk", flat=True)}
    assert ask(f"/books/{key}") == (OK if key in known else LOST)


@pytest.mark.parametrize(
    ("text", "found"), [("%", 0), ("_", 0), ("\\", 0), ("wa_", 0), ("w%", 0), ("war", 1), ("WA", 1)]
)
def test_wild_cards_of_like_are_letters(text: str, found: int) -> None:  # I04
    request = Request("GET", "/books", f"tags__name__icontains={quote(text)}", {"host": "x"}, prefix="/api")
    assert api.handle(request).body.count(b'"title"') == found
