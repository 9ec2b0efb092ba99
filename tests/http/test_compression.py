"""Where a setting says so, long answers of reads are compressed for whoever takes it; nothing else is."""

import gzip
import json
import zlib
from typing import Any

import pytest
from django.urls import path

from nuages import API, Bearer, Resource, Session, anyone
from nuages.errors import BrokenOff, DeclarationError
from nuages.http.codings import takes_gzip
from nuages.http.response import Response
from nuages.identify.principal import Principal
from shop.models import Book
from tests.http.asking import send, serve
from tests.http.client import get
from tests.http.exporting import CSV, NDJSON
from tests.http.rules_asked import As
from tests.http.shaded import staff_user

FIELDS = ["id", "title", "isbn", "price", "published", "in_print"]
TAKES = {"accept_encoding": "gzip, deflate, br"}


@pytest.fixture
def books(shop: Any, settings: Any) -> API:
    """An API that compresses."""
    settings.NUAGES_COMPRESS = True
    return serve(books=(Book, {"fields": FIELDS, "exports": ["csv", "ndjson"]}))


def _plain(response: Response) -> bytes:
    assert response.header("Content-Encoding") == "gzip"
    return gzip.decompress(response.body)


def test_a_long_answer_is_compressed(books: API) -> None:
    """The same document in fewer bytes; its length is that of what is sent."""
    whole, coded = send(books, "/books"), send(books, "/books", **TAKES)
    assert whole.header("Content-Encoding") is None
    assert _plain(coded) == whole.body
    assert coded.header("Content-Length") == str(len(coded.body))
    assert len(coded.body) < len(whole.body) / 2
    assert coded.header("Content-Type") == "application/json"


def test_every_answer_says_what_it_depends_on(books: API) -> None:
    """Short ones, refusals and 304 too: a cache must ask again for whoever takes something else."""
    etag = send(books, "/books").header("ETag") or ""
    for response in (
        *(send(books, url, **TAKES) for url in ("/books", "/books?limit=1", "/nothing")),
        send(books, "/books"),
        send(books, "/books", if_none_match=etag),
    ):
        assert "Accept-Encoding" in (response.header("Vary") or "").split(", ")


def test_short_answers_and_refusals_are_not(books: API, settings: Any) -> None:
    """Below the bound that a setting moves."""
    for url in ("/books/1", "/books?nosuch=1", "/nothing"):
        assert send(books, url, **TAKES).header("Content-Encoding") is None
    settings.NUAGES_COMPRESS_MIN_BYTES = 20
    lower = serve(books=(Book, {"fields": FIELDS}))
    assert json.loads(_plain(send(lower, "/books/1", **TAKES)))["id"] == 1


def test_nothing_is_unless_a_setting_says_so(shop: Any) -> None:
    """Off, and not a word of it."""
    api = serve(books=(Book, {"fields": FIELDS}))
    response = send(api, "/books", **TAKES)
    assert response.header("Content-Encoding") is None
    assert "Accept-Encoding" not in (response.header("Vary") or "")


def test_two_codings_have_two_tags(books: API) -> None:
    """Either gives a 304 to whoever has it, which names the one that they have; another tag gives the whole."""
    whole, coded = (send(books, "/books", **headers).header("ETag") or "" for headers in ({}, TAKES))
    assert coded == whole.removesuffix('"') + '-gzip"'
    for etag in (whole, coded):
        for headers in ({}, TAKES):
            again = send(books, "/books", if_none_match=etag, **headers)
            assert (again.status, again.body, again.header("ETag")) == (304, b"", etag)
            assert again.header("Content-Encoding") is None
    assert send(books, "/books", if_none_match=f'"other", W/{coded}').status == 304
    assert send(books, "/books", if_none_match='"other-gzip"').status == 200


def test_a_change_may_name_what_was_read_compressed(books: API, settings: Any) -> None:
    """If-Match compares states, of which a coding is none; a state that is over is refused as ever."""
    settings.NUAGES_COMPRESS_MIN_BYTES = 20
    api = serve(books=(Book, {"fields": FIELDS, "writable": ["title"], "rules": {"read": anyone, "write": anyone}}))
    etag = send(api, "/books/1", **TAKES).header("ETag") or ""
    assert etag.endswith('-gzip"')

    def patch() -> Response:
        body = b'{"title": "New"}'
        told = {"if_match": etag, "content_type": "application/merge-patch+json", "content_length": str(len(body))}
        return send(api, "/books/1", "PATCH", body=body, **told, **TAKES)

    done = patch()
    assert (done.status, done.header("Content-Encoding")) == (200, None)
    assert patch().status == 412


def test_head_has_the_headers_of_get(books: API) -> None:
    """And no body."""
    for accept in ("application/json", CSV):
        found = [dict(send(books, "/books", method, accept=accept, **TAKES).headers) for method in ("GET", "HEAD")]
        for headers in found:
            headers.pop("Server-Timing")
        assert found[0] == found[1]
        assert found[1]["Content-Encoding"] == "gzip"
    assert send(books, "/books", "HEAD", **TAKES).body == b""


@pytest.mark.parametrize("accept", [CSV, NDJSON])
def test_exports_are_compressed_as_they_come(books: API, accept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come can be read, and the end is an end."""
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)
    plain, coded = (send(books, "/books", accept=accept, **headers) for headers in ({}, TAKES))
    assert plain.pieces is not None
    assert coded.pieces is not None
    assert coded.header("Content-Encoding") == "gzip"
    reader = zlib.decompressobj(31)
    first = reader.decompress(next(coded.pieces))
    assert first.count(b"\n") in (5, 6)
    assert first.endswith(b"\n")
    rest = b"".join(map(reader.decompress, coded.pieces))
    assert reader.eof
    assert first + rest == b"".join(plain.pieces)
    for response in (plain, coded):
        response.pieces.close()  # type: ignore[union-attr]


def test_one_that_breaks_off_has_no_end(books: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the server nor for whoever unpacks it."""
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)
    response = send(books, "/books", accept=NDJSON, **TAKES)
    assert response.pieces is not None
    reader = zlib.decompressobj(31)
    reader.decompress(next(response.pieces))

    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("nuages.execute.rows.Rows._fetch", fail)
    with pytest.raises(BrokenOff):
        next(response.pieces)
    assert not reader.eof
    response.pieces.close()


@pytest.mark.parametrize(
    ("accept", "is_taken"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.8", True),
        ("*", True),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("identity", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip;q=0.5", True),
        ("identity;q=0, br", False),
        ("br, deflate", False),
        ("gzip;q=1.5", True),
        ("gzip," * 400, False),
    ],
)
def test_who_takes_gzip(accept: str | None, is_taken: bool) -> None:
    """Whoever names it, and likes it no less than the plain body; a weight that is none is none."""
    assert takes_gzip(accept) is is_taken


def test_no_cookie_brings_a_compressed_answer(shop: Any, settings: Any) -> None:  # BREACH
    """A page of another site can have a browser send one, with a guess in the URL, and see how long the answer is."""
    settings.NUAGES_COMPRESS = True
    who = As()
    api = API(title="Breach", authenticate=[who])
    api.resource(Book)(type("Books", (Resource,), {"fields": FIELDS, "rules": {"read": anyone}, "exports": ["csv"]}))
    user = staff_user().user
    for method, coding in (("session", None), ("bearer", "gzip")):
        who.principal = Principal(user, method)
        for accept in ("application/json", CSV):
            response = send(api, "/books", accept=accept, **TAKES)
            assert (response.status, response.header("Content-Encoding")) == (200, coding)
            if response.pieces is not None:
                response.pieces.close()


def test_nothing_but_reads_of_resources_is_compressed(shop: Any, settings: Any) -> None:  # BREACH
    """Tokens, logins, the index, changes: never, however long."""
    settings.NUAGES_COMPRESS, settings.NUAGES_COMPRESS_MIN_BYTES = True, 1
    api = API(title="Secrets", authenticate=[Bearer(), Session(login=True)])
    declared = {"fields": FIELDS, "writable": FIELDS[1:], "rules": {"read": anyone, "write": anyone}}
    api.resource(Book)(type("Books", (Resource,), declared))
    tried = set()
    for method, place, target in api.build().pipeline.targets:
        kind = type(target).__name__
        url = place.replace("{key}", "1")
        body = b'{"username": "ann", "password": "wrong", "title": "A"}'
        told = {"content_type": "application/json", "content_length": str(len(body))}
        response = send(api, url, method, body=body, host="testserver", **told, **TAKES)
        is_coded = response.header("Content-Encoding") is not None
        assert is_coded == (kind == "Operation" and response.status == 200), (method, place, response.status)
        tried.add((kind, response.status))
    assert {("Endpoint", 200), ("Endpoint", 401), ("Operation", 200)} <= tried


def test_nobody_compresses_twice(shop: Any, settings: Any) -> None:
    """Django's own middleware leaves alone what is coded already."""
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *settings.MIDDLEWARE]
    settings.NUAGES_COMPRESS = True
    api = serve(books=(Book, {"fields": FIELDS, "exports": ["csv"]}))
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [path("api/", api.urls)]})
    response = get("/api/books", **{"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(response.content))["items"]
    export = get("/api/books", Accept=CSV, **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(b"".join(export.streaming_content)).startswith(b"id,title")
    export.close()


@pytest.mark.parametrize(
    ("name", "given"),
    [("NUAGES_COMPRESS", "yes"), ("NUAGES_COMPRESS_MIN_BYTES", 0), ("NUAGES_COMPRESS_MIN_BYTES", "1")],
)
def test_a_wrong_setting_is_told(settings: Any, name: str, given: Any) -> None:
    """E059, by name."""
    setattr(settings, name, given)
    with pytest.raises(DeclarationError, match=f"nuages.E059.*{name}"):
        serve(books=(Book, {"fields": ["id"]})).build()
