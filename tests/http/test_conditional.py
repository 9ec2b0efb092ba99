"""Validators: an answer that the client has already is not sent again, and one that differs always is."""

import datetime as dt
import json
from typing import Any

import pytest

from nuages import API, nested
from shop.models import Author, Book, Review
from tests.http.asking import send, serve
from tests.zoo.models import Specimen

MOMENT = dt.datetime(2024, 2, 29, 12, 30, 15, 500_000, tzinfo=dt.UTC)
SHOWN = "Thu, 29 Feb 2024 12:30:15 GMT"


@pytest.fixture
def api(database: Any) -> API:
    """Books that say when they were made, and authors that do not."""
    author = Author.objects.create(id=1, name="Ann")
    for n in range(1, 6):
        Book.objects.create(id=n, title=f"{n}", price=n, author=author, created_at=MOMENT + dt.timedelta(days=n - 1))
    Review.objects.create(id=1, book_id=1, stars=5)
    books = {
        "fields": ["id", "title", nested("author", "name"), nested("reviews", "id", optional=True)],
        "filters": ["title"],
        "ordering": ["title"],
        "groups": ["author"],
        "last_modified": "created_at",
    }
    reviews = {"fields": ["id"]}
    return serve(books=(Book, books), authors=(Author, {"fields": ["id", "name"]}), reviews=(Review, reviews))


URLS = [
    "/books",
    "/books/1",
    "/authors",
    "/authors/1",
    "/books?limit=2&count=exact",
    "/books?group=author",
    "/books?title=x",
]


@pytest.mark.parametrize("url", URLS)
def test_a_tag_is_the_answers_own(url: str, api: API) -> None:
    """Strong, equal for equal bytes, and enough for a 304 without a body."""
    first, second = send(api, url), send(api, url)
    etag = first.header("etag") or ""
    assert (first.status, second.header("etag")) == (200, etag)
    assert etag[0] == etag[-1] == '"'
    for wanted in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = send(api, url, if_none_match=wanted)
        assert (answer.status, answer.body, answer.header("etag")) == (304, b"", etag)
        assert answer.header("vary") == first.header("vary")
        assert (answer.header("content-type"), answer.header("content-length")) == (None, None)
        assert answer.header("last-modified") == first.header("last-modified")
    for wanted in ('"other"', etag[:-2] + '"', etag.strip('"'), "", "W/*"):
        assert send(api, url, if_none_match=wanted).status == 200, wanted


@pytest.mark.parametrize("url", URLS)
def test_a_head_has_every_header_of_a_get_and_no_body(url: str, api: API) -> None:
    """The length too."""
    full, head = send(api, url), send(api, url, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert len(full.body) == int(head.header("content-length") or 0)
    plain = [[pair for pair in answer.headers if pair[0] != "Server-Timing"] for answer in (full, head)]
    assert plain[0] == plain[1]
    assert send(api, url, "HEAD", if_none_match=full.header("etag") or "").status == 304


def test_answers_that_differ_have_tags_that_differ(api: API) -> None:
    """Whatever makes them differ: the question, the place, the count, the selection, the row, what hangs on it."""
    urls = [
        *("/books", "/books?limit=2", "/books?limit=2&count=exact", "/books?order=-title", "/books?fields=id"),
        *(
            "/books?include=reviews",
            "/books/1",
            "/books/2",
            "/books/1?fields=id",
            "/books/1?include=reviews",
            "/authors/1",
        ),
    ]
    answers = [send(api, url) for url in urls]
    assert len({answer.header("etag") for answer in answers}) == len({answer.body for answer in answers}) == len(urls)
    before = {url: send(api, url).header("etag") or "" for url in urls}
    Author.objects.update(name="Changed")
    Review.objects.all().delete()
    for url in ("/books", "/books/1", "/books/2", "/books?include=reviews", "/books/1?include=reviews", "/authors/1"):
        assert send(api, url, if_none_match=before[url]).status == 200, url
    assert send(api, "/books?fields=id", if_none_match=before["/books?fields=id"]).status == 304


def test_an_error_has_no_validators(api: API) -> None:
    """And no precondition makes a 304 of it."""
    for url, status in {"/books/99": 404, "/books?nosuch=1": 400, "/nosuch": 404, "/books/x": 404}.items():
        answer = send(api, url, if_none_match="*", if_modified_since="Fri, 01 Jan 2100 00:00:00 GMT")
        assert answer.status == status
        assert (answer.header("etag"), answer.header("last-modified")) == (None, None)


def test_a_member_says_when_it_changed(api: API, statements: Any) -> None:
    """To the second, in the same statement, and not in the body; a list and what has no such field say nothing."""
    statements.clear()
    answer = send(api, "/books/1")
    assert (answer.header("last-modified"), len(statements)) == (SHOWN, 1)
    assert json.loads(answer.body) == {"id": 1, "title": "1", "author": {"name": "Ann"}}
    assert send(api, "/books/2?fields=id").header("last-modified") == SHOWN.replace("Thu, 29 Feb", "Fri, 01 Mar")
    for url in ("/books", "/authors/1", "/authors"):
        assert send(api, url).header("last-modified") is None


SINCE = {
    SHOWN: 304,
    "Thu, 29 Feb 2024 12:30:14 GMT": 200,
    "Thu, 29 Feb 2024 12:30:16 GMT": 304,
    "Thursday, 29-Feb-24 12:30:15 GMT": 304,
    "Thu Feb 29 12:30:15 2024": 304,
    "Thu, 29 Feb 2024 13:30:15 +0100": 200,
    "2024-02-29T12:30:15Z": 200,
    "Fri, 30 Feb 2024 12:30:15 GMT": 200,
    "": 200,
    "*": 200,
    "yesterday": 200,
}


@pytest.mark.parametrize("since", SINCE)
def test_a_member_that_has_not_changed_since_is_not_sent(since: str, api: API) -> None:
    """Compared in whole seconds; a text that is no date is as if it were not there."""
    for method in ("GET", "HEAD"):
        answer = send(api, "/books/1", method, if_modified_since=since)
        assert answer.status == SINCE[since]
        assert answer.header("last-modified") == SHOWN
        assert answer.status == 200 or answer.body == b""
    assert send(api, "/authors/1", if_modified_since=since).status == 200
    assert send(api, "/books", if_modified_since=since).status == 200


def test_a_tag_counts_more_than_a_date(api: API) -> None:
    """A tag that does not match is an answer sent, whatever the date says (RFC 9110 section 13.2.2)."""
    etag = send(api, "/books/1").header("etag") or ""
    Author.objects.update(name="Changed")
    assert send(api, "/books/1", if_none_match=etag, if_modified_since=SHOWN).status == 200
    assert send(api, "/books/1", if_none_match='"x"', if_modified_since=SHOWN).status == 200
    Author.objects.update(name="Ann")
    assert send(api, "/books/1", if_none_match=etag, if_modified_since="Thu, 01 Jan 1970 00:00:00 GMT").status == 304


MOMENTS = [
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(1, 1, 2, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 30, 23, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2024, 7, 1, 12, 0, 0, 5, tzinfo=dt.timezone(dt.timedelta(hours=2))),
]


def test_any_moment_and_none_at_all(database: Any) -> None:
    """An absent one is no header; an early one is a proper date still."""
    for n, moment in enumerate([*MOMENTS, None]):
        Specimen.objects.create(id=n, datetime=moment)
    api = serve(specimens=(Specimen, {"fields": ["id"], "last_modified": "datetime"}))
    shown = [send(api, f"/specimens/{n}").header("last-modified") for n in range(len(MOMENTS) + 1)]
    assert shown == [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Tue, 02 Jan 0001 00:00:00 GMT",
        "Thu, 30 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jul 2024 10:00:00 GMT",
        None,
    ]
    assert send(api, "/specimens/5", if_modified_since=SHOWN).status == 200
