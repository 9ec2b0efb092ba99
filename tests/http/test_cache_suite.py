"""Cases of a public suite for HTTP caches, restated for answers that are kept inside: each is known by its name there.

What the suite calls optimal only is left out: that a cache also serves where a header is spelled otherwise, for which
no answer is kept here, and what a client's own Cache-Control asks of caches on the way.
Source: github.com/http-tests/cache-tests, tests/{authorization,conditional-etag,invalidation,vary}.mjs.
"""

import json
from typing import Any

import pytest

from nuages import API
from nuages.http.response import Response
from tests.http.asking import send
from tests.http.keeping import (
    HIT,
    STORED,
    ask,
    cheaper,
    few_books,
    make_api,
    own_cache,  # noqa: F401  # a fixture
    status,
    warm,
)

pytestmark = pytest.mark.usefixtures("database", "transactional_db", "own_cache")

CONDITIONS = {
    "conditional-etag-strong-respond": ("{}", 304),
    "conditional-etag-weak-respond": ("W/{}", 304),
    "conditional-etag-strong-respond-multiple-first": ('{}, "b", "c"', 304),
    "conditional-etag-strong-respond-multiple-second": ('"a", {}, "c"', 304),
    "conditional-etag-strong-respond-multiple-last": ('"a", "b", {}', 304),
    "conditional-etag-strong-respond-obs-text": ('"abcdefg\u00fc", {}', 304),
    "conditional-etag-quoted-respond-unquoted": ("unquoted", 200),
    "conditional-etag-strong-respond-no-match": ('"a", "b"', 200),
    "any": ("*", 304),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(method: str) -> None:  # K15
    """As they are answered where nothing is kept; If-None-Match goes before If-Modified-Since."""
    few_books()
    kept, fresh = make_api(), make_api(cache=None)
    etag = warm(kept).header("ETag") or ""
    assert ask(fresh).header("ETag") == etag
    for name, (spelled, expected) in CONDITIONS.items():
        asked: dict[str, Any] = {"if_none_match": spelled.format(etag), "method": method}
        found = ask(kept, **asked)
        assert (found.status, status(found)) == (expected, HIT), name
        assert ask(fresh, **asked).status == expected, name
        assert found.header("ETag") == etag, name
        assert (found.body == b"") == (expected == 304 or method == "HEAD"), name
    late = "Fri, 01 Jan 2100 00:00:00 GMT"
    assert ask(kept, if_none_match='"a"', if_modified_since=late).status == 200, "conditional-etag-precedence"


def test_authorization_and_vary() -> None:  # K15
    """other-authorization, vary-no-match, vary-match: what is stored for one is found by those alone who see it too."""
    few_books()
    api = make_api(rule=cheaper)
    assert "X-Name" in (warm(api, x_name="11").header("Vary") or "")
    other = ask(api, x_name="13")
    assert (status(other), len(_items(other))) == (STORED, 2)
    assert [len(_items(ask(api, x_name=name))) for name in ("11", "13", "11")] == [1, 2, 1]
    assert status(ask(api, x_name="11")) == HIT
    assert "private" in (other.header("Cache-Control") or "")


@pytest.mark.parametrize(
    ("name", "method", "body", "expected"),
    [
        ("invalidate-POST", "POST", {"title": "Gigi", "price": "9.00"}, STORED),
        ("invalidate-PATCH", "PATCH", {"title": "La Fin"}, STORED),
        ("invalidate-DELETE", "DELETE", None, STORED),
        ("invalidate-POST-failed", "POST", {"title": "Gigi", "price": "no price"}, HIT),
        ("invalidate-PATCH-failed", "PATCH", {"price": "no price"}, HIT),
        ("invalidate-unknown-method", "M-SEARCH", None, HIT),
    ],
)
def test_invalidation(name: str, method: str, body: Any, expected: str) -> None:  # K15
    """A change ends what is kept of list and member, one that failed does not; a method that is not offered neither."""
    author, book, _ = few_books()
    api = make_api()
    for path in ("/books", f"/books/{book.pk}"):
        warm(api, path)
    document = {**body, "author": author.pk} if method == "POST" else body
    _change(api, method, "/books" if method == "POST" else f"/books/{book.pk}", document)
    assert status(ask(api)) == expected, name
    member = ask(api, f"/books/{book.pk}")
    assert (member.status == 404) if method == "DELETE" else (status(member) == expected), name


def _change(api: API, method: str, path: str, document: Any) -> Response:
    raw = b"" if document is None else json.dumps(document).encode()
    return send(api, path, method, body=raw, content_type="application/json", content_length=str(len(raw)))


def _items(response: Response) -> list[Any]:
    items: list[Any] = json.loads(response.body)["items"]
    return items
