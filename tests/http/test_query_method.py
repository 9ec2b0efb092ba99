"""QUERY asks with a body what GET asks with a query string, and is answered alike."""

import json
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest

from nuages import API, nested
from nuages.parse.bodies import MAX_BODY_BYTES
from shop.invention import plan_sizes
from shop.models import Author, Book, Tag
from shop.seeding import seed_shop
from tests.http.asking import ask, refusal, send, serve

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BOOKS: dict[str, Any] = {
    "fields": ["id", "title", "price", nested("tags", "name", optional=True)],
    "filters": ["price", "in_print", "published", "author", "author__country", "tags__name", "title"],
    "ordering": ["price", "published"],
    "search": ["title"],
    "groups": ["author__country"],
    "measures": ["price"],
    "paging": ["cursor", "offset", "page"],
}


@pytest.fixture
def api(database: Any) -> API:
    """Thirty books."""
    seed_shop(plan_sizes(30), seed=7, using=database.alias)
    return serve(books=(Book, BOOKS), authors=(Author, {"fields": ["id"]}), tags=(Tag, {"fields": ["id"]}))


def query(api: API, body: Any, url: str = "/books", media: str = JSON) -> Any:
    """Ask by QUERY."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(api, url, "QUERY", body=raw, content_type=media, content_length=str(len(raw)))


def refused(
    api: API, raw: bytes, media: str | None = JSON, url: str = "/books", **headers: str
) -> tuple[int, str, str]:
    """Ask by QUERY, and be refused."""
    given = {"content_type": media} if media is not None else {}
    return refusal(api, url, "QUERY", body=raw, **given, **headers)


# a body, and the query string that asks the same
SAME: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, []),
    ({"price__gte": 10}, [("price__gte", "10")]),
    ({"price__gte": 10.50, "price__lt": "30"}, [("price__gte", "10.5"), ("price__lt", "30")]),
    ({"in_print": True}, [("in_print", "true")]),
    ({"in_print": False, "order": "-price"}, [("in_print", "false"), ("order", "-price")]),
    ({"author": [1, 2]}, [("author", "1"), ("author", "2")]),
    ({"author__in": "1,2", "limit": 3}, [("author__in", "1,2"), ("limit", "3")]),
    ({"author__country!": ["FR", "JP"]}, [("author__country!", "FR"), ("author__country!", "JP")]),
    ({"published__isnull": True}, [("published__isnull", "true")]),
    ({"search": "the a", "count": "exact"}, [("search", "the a"), ("count", "exact")]),
    ({"title__contains": "é &=%+?#"}, [("title__contains", "é &=%+?#")]),
    ({"offset": 5, "limit": 5}, [("offset", "5"), ("limit", "5")]),
    ({"page": 2, "limit": 5}, [("page", "2"), ("limit", "5")]),
    ({"fields": "id,tags.name"}, [("fields", "id,tags.name")]),
    ({"include": "tags"}, [("include", "tags")]),
    ({"group": "author__country", "aggregate": "avg(price)"},
     [("group", "author__country"), ("aggregate", "avg(price)")]),
    ({"filter": "price > 10 AND NOT in_print = true"}, [("filter", "price > 10 AND NOT in_print = true")]),
    ({"filter": {"price__gt": 10}}, [("filter", "price > 10")]),
    ({"filter": {"or": [{"price__lt": 10}, {"author.country": ["FR", "DE"]}]}},
     [("filter", '(price < 10 OR (author.country = "FR" OR author.country = "DE"))')]),
    ({"filter": {"and": [{"not": {"price__gte": 10}}, {"published": None}]}},
     [("filter", "NOT price >= 10 AND published = null")]),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(SAME)))
def test_a_body_asks_what_a_query_string_does(case: int, api: API, statements: Any) -> None:
    """As JSON and as a form: the same items, the same count, one statement."""
    body, pairs = SAME[case]
    text = urlencode(pairs)
    expected = ask(api, f"/books?{text}")
    asked = [query(api, body), query(api, text.encode(), media=FORM)]
    statements.clear()
    query(api, body)
    assert len(statements) == 1
    for found in asked:
        assert found["items"] == expected["items"]
        assert found.get("count") == expected.get("count")
        assert (found["next"] is None) == (expected["next"] is None)


@pytest.mark.parametrize(
    "body", [{"order": "-price", "limit": 4, "price__gte": 5}, {"limit": 7, "offset": 0}, {"page": 1, "limit": 7}]
)
@pytest.mark.parametrize("media", [JSON, FORM])
def test_links_are_followed_with_the_same_body(media: str, body: dict[str, Any], api: API) -> None:
    """The place in the URL wins over the body's; both ways."""
    raw = json.dumps(body).encode() if media == JSON else urlencode(body).encode()
    whole = ask(api, f"/books?{urlencode({**body, 'limit': 200})}")["items"]
    pages = [query(api, raw, media=media)]
    while pages[-1]["next"]:
        assert pages[-1]["next"].count("=") == 1, "the body's part of the question is not in the link"
        pages.append(query(api, raw, pages[-1]["next"], media=media))
    assert [row for page in pages for row in page["items"]] == whole
    for before, after in pairwise(pages):
        assert query(api, raw, after["previous"], media=media)["items"] == before["items"]


def test_url_and_body_add_up(api: API) -> None:
    """What stands in both is given twice."""
    expected = ask(api, "/books?price__gte=10&order=-price&limit=2")
    assert query(api, {"order": "-price"}, "/books?price__gte=10&limit=2")["items"] == expected["items"]
    assert refused(api, b'{"limit": 2}', url="/books?limit=3")[:2] == (400, "repeated-parameter")


def test_a_cursor_of_a_get_goes_on_in_a_body(api: API) -> None:
    """It belongs to the list and the order, not to the method."""
    following = ask(api, "/books?order=price&limit=3")["next"]
    cursor = following.partition("cursor=")[2]
    assert query(api, {"order": "price", "limit": 3, "cursor": cursor})["items"] == ask(api, following)["items"]


def test_a_query_says_what_it_takes(api: API) -> None:
    """OPTIONS names both types; a member cannot be asked so."""
    options = send(api, "/books", "OPTIONS")
    assert options.header("Accept-Query") == f"{JSON}, {FORM}"
    assert options.header("Allow") == "GET, HEAD, OPTIONS, QUERY"
    assert send(api, "/books/1", "OPTIONS").header("Accept-Query") is None
    answer = send(api, "/books/1", "QUERY", body=b"{}", content_type=JSON)
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "json",
    ],
)
def test_another_type_is_refused(media: str | None, api: API, statements: Any) -> None:
    """With 415, unasked."""
    statements.clear()
    assert refused(api, b"{}", media)[0] == 415
    assert refused(api, b"{}", JSON, content_encoding="gzip")[0] == 415
    assert statements == []


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_type_may_be_spelled_otherwise(media: str, api: API) -> None:
    """In any case, with a charset."""
    assert query(api, {"limit": 1}, media=media)["items"] == ask(api, "/books?limit=1")["items"]


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"",
            b"{",
            b"[]",
            b"1",
            b"null",
            b'"x"',
            b'{"a": 1}x',
            b"\xff",
            b'{"price": NaN}',
            b'{"price": 1, "price": 2}',
        ),
        *(b'{"price": null}', b'{"price": {}}', b'{"price": {"gte": 1}}', b'{"author": [[1]]}', b'{"author": [null]}'),
        *(b'{"author": []}', b'{"nosuch": []}', b'{"order": []}', b'{"limit": []}'),
        *(b'{"nosuch": 1}', b'{"limit": 0}', b'{"limit": 2.0}', b'{"limit": true}', b'{"order": ["price", "id"]}'),
        *(
            b'{"filter": 1}',
            b'{"filter": []}',
            b'{"filter": null}',
            b'{"filter": {"nosuch": 1}}',
            b'{"filter": {"or": 1}}',
        ),
        *(b'{"price": "\\u0000"}', b"[" * 40_000, b'{"filter":' * 5_000, b'{"title": "' + b"x" * 3_000 + b'"}'),
        *(b'{"search": 1, "search": 2}', b'{"fields": {"id": true}}', b'{"cursor": 5}'),
    ],
    ids=lambda raw: raw[:30].decode("latin-1"),
)
def test_a_body_that_asks_nothing_sensible_is_refused_unasked(raw: bytes, api: API, statements: Any) -> None:
    """With 400 and a problem that says where."""
    statements.clear()
    status, _, detail = refused(api, raw)
    assert (status, statements) == (400, []), detail
    assert len(detail) < 400


def test_a_body_has_a_bound(api: API, statements: Any) -> None:
    """Declared or sent; one byte less is read."""
    statements.clear()
    blanks = b'{"limit": 1' + b" " * (MAX_BODY_BYTES - 12) + b"}"
    assert len(blanks) == MAX_BODY_BYTES
    assert refused(api, blanks + b" ")[0] == 413
    assert refused(api, b"{}", content_length=str(MAX_BODY_BYTES + 1))[0] == 413
    assert refused(api, b"{}", content_length="3")[:2] == (400, "incomplete-body")
    assert statements == []
    assert query(api, blanks)["items"] == ask(api, "/books?limit=1")["items"]


def test_too_many_values_are_refused(api: API, statements: Any) -> None:
    """Though a body has room for them."""
    statements.clear()
    assert refused(api, json.dumps({"author": list(range(501))}).encode())[0] == 400
    assert refused(api, json.dumps({f"n{n}": 1 for n in range(5_000)}).encode())[0] == 400
    assert refused(api, urlencode([("author", "1")] * 101).encode(), FORM)[:2] == (400, "too-many-parameters")
    assert statements == []


def test_the_answer_has_a_tag_but_no_precondition(api: API) -> None:
    """Equal to the same GET's for equal bytes; a QUERY is answered in full."""
    answer = send(api, "/books", "QUERY", body=b'{"limit": 200}', content_type=JSON)
    assert answer.header("etag") == send(api, "/books?limit=200").header("etag")
    again = send(
        api, "/books", "QUERY", body=b'{"limit": 200}', content_type=JSON, if_none_match=answer.header("etag") or ""
    )
    assert (again.status, again.body) == (200, answer.body)
