"""Methods, paths and headers are answered as RFC 9110 and RFC 9457 have it, on both databases."""

import re
from typing import Any

import pytest

from nuages.http.request import Request
from shop.api import api as shop_api
from shop.models import Author
from tests.http.asking_as import ask_as, assert_problem
from tests.http.client import get
from tests.zoo.data import fill_zoo

ACCEPTED = [
    *("*/*", "application/*", "application/json", "APPLICATION/JSON", " application/json ; q=1"),
    *("text/html, application/json;q=0.1", "text/html,*/*;q=0.001", "application/json;charset=utf-8", ",, */*", ""),
    *('text/html;a=";, ", application/json', "application/json;q=1.000", "*/*;q=0, application/json"),
]
REFUSED = [
    *("text/html", "application/xml", "application/jsonx", "json", "*", "text/*", "application/json;q=0", "*/*;q=0.0"),
    *("application/json; Q=0.000", "text/html;q=0.9, image/*", "nonsense", "\x01", "a" * 10_000, "," * 100),
    *("application/json;q=0, */*",),
]
LOST = [
    *("nosuch", "book", "Books", "books/1/2", "books//1", "//books", "books/7/8", "books/7/tags", "..", "."),
    *("%2e%2e/books",),
    *("\U0001f600", "%ff", "%00", "books%00", "nosuch/", "1", "books;v=1", "books\\7"),
]
KEYS = [
    *("abc", "007", "%2B7", "+7", "-1", "1.0", "1" + "0" * 30, "%00", "7%00", "999999", "9223372036854775807", "null"),
    *("%20", "7%20"),
    *("9223372036854775808", "%D9%A7", "%EF%BC%97", "%ff", "7,8", "7;8", "0x7", "1e0", "true", "%0A", "7%0A"),
    *("x" * 3_000,),
]
STRANGE_KEYS = {
    "shelves": ["1", "1,", "1,a,b", "a,1", ",", "01,a", "1,a%00", "9,z", ""],
    "keepers": ["1", "00000000-0000-0000-0000-000000000099", "00000000", "x", "%00", "0" * 400],
    "countries": ["fr", "FRA", "%00", "F%00", "%20FR", "'", "F%25"],
    "clever-parrots": ["polly", "Pip", "%00", "Polly%00"],
}


@pytest.mark.parametrize(
    "url",
    ["/api/", "/api/books", "/api/books?limit=3", "/api/books/7", "/api/nosuch", "/api/books?x=1", "/api/books/x"],
)
def test_head_is_get_without_a_body(url: str, shop: Any) -> None:
    """The same status and headers, the length of what GET would send, and nothing sent."""
    answers = [ask_as(method, url, x_request_id="a") for method in ("GET", "HEAD")]
    headers = [{name: value for name, value in answer.headers.items() if name != "Server-Timing"} for answer in answers]
    assert headers[0] == headers[1]
    assert [answer.status_code for answer in answers] == [answers[0].status_code] * 2
    assert headers[0]["Content-Length"] == str(len(answers[0].content))
    bare, _, query = url.removeprefix("/api").partition("?")
    assert shop_api.handle(Request("HEAD", bare, query, {})).body == b"", "no server has to take it away"
    stages = [re.findall(r"(\w+);dur=\d+\.\d{3}", answer.headers["Server-Timing"]) for answer in answers]
    assert stages[0] == stages[1]


ALLOWED = {
    "/api/": "GET, HEAD, OPTIONS",
    "/api/books": "GET, HEAD, OPTIONS, POST, QUERY",
    "/api/books/7": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    "/api/books/x?y=z": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
}


@pytest.mark.parametrize("url", ALLOWED)
def test_options_names_the_methods(url: str, statements: Any) -> None:
    """Without asking who it is, and without a statement; a list takes a QUERY, and says in which types."""
    response = ask_as("OPTIONS", url, accept="text/html")
    assert (response.status_code, response.headers["Allow"], response.content) == (204, ALLOWED[url], b"")
    types = "application/json, application/x-www-form-urlencoded" if "QUERY" in ALLOWED[url] else None
    assert response.headers.get("Accept-Query") == types
    assert statements == []


METHODS = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PRI", "BREW", "QUERY", "X" * 1_000]


@pytest.mark.parametrize(
    ("method", "url"), [(method, url) for url in ALLOWED for method in METHODS if method not in ALLOWED[url]]
)
def test_a_method_that_is_not_offered_is_a_405(method: str, url: str, statements: Any) -> None:
    """It names those that are, before anything else is looked at."""
    response = ask_as(method, url, accept="text/html")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == ALLOWED[url]
    assert len(response.content) < 400
    assert statements == []


@pytest.mark.parametrize("accept", ACCEPTED)
def test_whoever_takes_json_gets_it(accept: str, statements: Any) -> None:
    """Whatever else they would take."""
    response = get("/api/", accept=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("accept", REFUSED, ids=lambda accept: repr(accept[:40]))
def test_whoever_does_not_take_json_gets_a_406(accept: str, statements: Any) -> None:
    """Before the question is read; the problem itself is JSON all the same."""
    for url in ("/api/", "/api/reviews", "/api/books/7", "/api/reviews?nosuch=1"):
        assert_problem(get(url, accept=accept), 406, "not-acceptable")
    assert statements == []


@pytest.mark.parametrize("where", LOST)
def test_a_path_that_leads_nowhere_is_a_404(where: str, statements: Any) -> None:
    """Whatever the method, and whatever the client takes."""
    for method in ("GET", "POST", "OPTIONS"):
        document = assert_problem(ask_as(method, f"/api/{where}", accept="text/html"), 404, "not-found")
        assert document["detail"] == "Nothing is served under this path."
    assert statements == []


@pytest.mark.parametrize(
    ("where", "right"), [("books/", "books"), ("books//", "books"), ("books/7/", "books/7"), ("tags/x/", "tags/x")]
)
def test_a_trailing_slash_is_a_404_that_says_so(where: str, right: str, statements: Any) -> None:
    """One path, one resource; the hint names it."""
    document = assert_problem(get(f"/api/{where}"), 404, "not-found")
    assert f"without the last slash, /api/{right} is served" in document["detail"]
    assert statements == []


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:40])
def test_a_key_that_no_member_has_is_a_404(key: str, shop: Any, statements: Any) -> None:
    """Malformed or only absent, in one sentence; what can be no key costs no statement."""
    statements.clear()
    response = get(f"/api/books/{key}")
    assert assert_problem(response, 404, "not-found")["detail"] == "There is no such member."
    assert len(statements) == (key in {"-1", "999999", "9223372036854775807"})


@pytest.mark.parametrize("name", STRANGE_KEYS)
def test_keys_of_other_kinds_are_404_too(name: str, database: Any) -> None:
    """Composite keys with too few or too many parts, UUIDs, text: never an error of the database."""
    fill_zoo()
    for key in STRANGE_KEYS[name]:
        assert_problem(get(f"/zoo/{name}/{key}"), 404, "not-found")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "a b", "", "testserver:port", "[::1", "x" * 500]
)
@pytest.mark.parametrize("middleware", [[], None], ids=["bare", "usual"])
def test_an_unknown_host_is_a_400(host: str, middleware: Any, statements: Any, settings: Any) -> None:
    """Also where none of Django's middleware looks at it."""
    if middleware is not None:
        settings.MIDDLEWARE = middleware
    response = get("/api/books", host=host)
    assert response.status_code == 400
    if middleware == []:
        assert response.json()["type"] == "urn:nuages:problem:unknown-host"
    assert statements == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("range", "bytes=0-9"),
        ("if-range", '"x"'),
        ("if-none-match", "*, garbage"),
        ("if-modified-since", "yesterday"),
        ("accept-encoding", "identity;q=0"),
        ("accept-language", "\x00"),
        ("content-length", "-1"),
        ("x-http-method-override", "DELETE"),
        ("authorization", "Basic bm9uc2Vuc2U="),
        ("x-forwarded-host", "evil.example"),
    ],
)
def test_a_header_that_means_nothing_here_changes_nothing(name: str, text: str, shop: Any) -> None:
    """Ranges, conditions and overrides that this version does not know."""
    response = get("/api/tags?limit=1", **{name: text})
    assert (response.status_code, response.content) == (200, get("/api/tags?limit=1").content)


def test_every_answer_says_where_the_time_went(shop: Any) -> None:
    """Each stage that the request came to, in milliseconds, and the total."""
    stages = ["route", "identify", "permit", "plan", "db", "respond", "total"]
    for url, count in (
        ("/api/books", 7),
        ("/api/books/1", 7),
        ("/api/books?x=1", 3),
        ("/api/books/0", 5),
        ("/api/nosuch", 0),
    ):
        header = get(url).headers["Server-Timing"]
        named = [re.fullmatch(r"(\w+);dur=\d+\.\d{3}", lap)[1] for lap in header.split(", ")]  # type: ignore[index]
        assert named == (stages if count == 7 else [*stages[:count], "total"]), url


def test_an_answer_is_framed_exactly(shop: Any) -> None:
    """Content-Length counts bytes, not characters; nobody is to guess the type; nothing else is said."""
    Author.objects.filter(pk=1).update(name="漢字 😀")
    response = get("/api/authors/1")
    assert "漢字 😀".encode() in response.content
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Type"] == "application/json"
