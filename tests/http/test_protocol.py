"""Methods, paths, headers and principals are answered as RFC 9110 and RFC 9457 have it, on both databases."""

import logging
import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.test import Client, override_settings
from django.urls import path

from nuages import API, Principal, Resource, anyone, authenticated, nested, nobody, owner, staff, value
from nuages.http.request import Request
from shop.api import api as shop_api
from shop.invention import plan_sizes
from shop.models import Author, Book, Review, Tag
from shop.seeding import seed_shop
from tests.http.client import get
from tests.zoo.data import fill_zoo

rules_api, faulty_api = API(title="Rules"), API(title="Faulty")


def _fail(*_: Any) -> Any:
    raise RuntimeError("SELECT secret FROM shop_book in /srv/secret.py")


def _mumble(principal: Principal) -> Any:
    return "yes"


def _cheap(principal: Principal) -> Q:
    return Q(price__lt=20)


def _make(api: API, name: str, model: Any, rule: Any, *fields: Any, **attributes: Any) -> None:
    """Register a resource whose class is made here."""
    rules = {"read": rule} if callable(rule) else rule
    api.resource(model)(type(name, (Resource,), {"fields": fields or ["id"], "rules": rules, **attributes}))


_make(rules_api, "Public", Book, anyone)
_make(rules_api, "Members", Book, authenticated)
_make(rules_api, "Staffs", Book, staff)
_make(rules_api, "Closed", Book, nobody)
_make(rules_api, "Cheap", Book, _cheap)
_make(rules_api, "CheapForStaff", Book, staff & _cheap)
_make(rules_api, "Mine", Review, owner("user"))
_make(rules_api, "MineOrAll", Review, owner("user") | staff)
_make(rules_api, "WriteOnly", Tag, {"write": anyone})

_make(faulty_api, "FailingRule", Review, _fail)
_make(faulty_api, "MumblingRule", Book, _mumble)
_make(faulty_api, "RuleInside", Book, anyone, nested("reviews", "id"))
_make(faulty_api, "Hook", Author, anyone, queryset=_fail)
_make(faulty_api, "Value", Tag, anyone, value("failing", python=_fail))

urlpatterns = [path("rules/", rules_api.urls), path("faulty/", faulty_api.urls)]
with_rules = override_settings(ROOT_URLCONF=__name__)

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


@pytest.fixture
def shop(database: Any) -> Any:
    """A shop of twenty books, and a user of each sort."""
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    users = get_user_model().objects
    for name, is_staff in (("ann", False), ("sam", True)):
        users.create_user(name, is_staff=is_staff)
    for key in (1, 2, 3):
        Review.objects.filter(pk=key).update(user=users.get(username="ann"))
    return database


def _ask(method: str, url: str, *, user: str = "", **headers: str) -> Any:
    """Send a request; by Django's client, as the browser of a user where one is named."""
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(get_user_model().objects.get(username=user))
    return client.generic(method, url, headers=headers)


def _assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json"), (
        response.content
    )
    document: dict[str, Any] = response.json()
    assert (document["type"], document["status"]) == (f"urn:nuages:problem:{code}", status)
    assert document.keys() - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert not re.search(r"traceback|\.py\b|select|secret|django|psycopg", response.content.decode(), re.IGNORECASE)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Length"] == str(len(response.content))
    return document


@pytest.mark.parametrize(
    "url",
    ["/api/", "/api/books", "/api/books?limit=3", "/api/books/7", "/api/nosuch", "/api/books?x=1", "/api/books/x"],
)
def test_head_is_get_without_a_body(url: str, shop: Any) -> None:
    """The same status and headers, the length of what GET would send, and nothing sent."""
    answers = [_ask(method, url) for method in ("GET", "HEAD")]
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
    response = _ask("OPTIONS", url, accept="text/html")
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
    response = _ask(method, url, accept="text/html")
    _assert_problem(response, 405, "method-not-allowed")
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
    for url in ("/api/", "/api/books", "/api/books/7", "/api/books?nosuch=1"):
        _assert_problem(get(url, accept=accept), 406, "not-acceptable")
    assert statements == []


@pytest.mark.parametrize("where", LOST)
def test_a_path_that_leads_nowhere_is_a_404(where: str, statements: Any) -> None:
    """Whatever the method, and whatever the client takes."""
    for method in ("GET", "POST", "OPTIONS"):
        document = _assert_problem(_ask(method, f"/api/{where}", accept="text/html"), 404, "not-found")
        assert document["detail"] == "Nothing is served under this path."
    assert statements == []


@pytest.mark.parametrize(
    ("where", "right"), [("books/", "books"), ("books//", "books"), ("books/7/", "books/7"), ("tags/x/", "tags/x")]
)
def test_a_trailing_slash_is_a_404_that_says_so(where: str, right: str, statements: Any) -> None:
    """One path, one resource; the hint names it."""
    document = _assert_problem(get(f"/api/{where}"), 404, "not-found")
    assert f"without the last slash, /api/{right} is served" in document["detail"]
    assert statements == []


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:40])
def test_a_key_that_no_member_has_is_a_404(key: str, shop: Any, statements: Any) -> None:
    """Malformed or only absent, in one sentence; what can be no key costs no statement."""
    statements.clear()
    response = get(f"/api/books/{key}")
    assert _assert_problem(response, 404, "not-found")["detail"] == "There is no such member."
    assert len(statements) == (key in {"-1", "999999", "9223372036854775807"})


@pytest.mark.parametrize("name", STRANGE_KEYS)
def test_keys_of_other_kinds_are_404_too(name: str, database: Any) -> None:
    """Composite keys with too few or too many parts, UUIDs, text: never an error of the database."""
    fill_zoo()
    for key in STRANGE_KEYS[name]:
        _assert_problem(get(f"/zoo/{name}/{key}"), 404, "not-found")


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
        ("authorization", "Bearer nonsense"),
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


# path below /rules/; the status for anybody, for a user, for staff; how many items each of them sees
CELLS: list[tuple[str, list[int], list[int]]] = [
    ("public", [200, 200, 200], [20, 20, 20]),
    ("members", [401, 200, 200], [0, 20, 20]),
    ("staffs", [401, 403, 200], [0, 0, 20]),
    ("closed", [401, 403, 403], [0, 0, 0]),
    ("cheap", [200, 200, 200], [11, 11, 11]),
    ("cheap-for-staff", [401, 403, 200], [0, 0, 11]),
    ("mine", [401, 200, 200], [0, 3, 0]),
    ("mine-or-all", [401, 200, 200], [0, 3, 100]),
]
USERS = ["", "ann", "sam"]


@pytest.mark.parametrize(("name", "statuses", "sizes"), CELLS, ids=[cell[0] for cell in CELLS])
@with_rules
def test_a_rule_decides_who_sees_what(name: str, statuses: Any, sizes: Any, shop: Any, statements: Any) -> None:
    """401 with a challenge for anybody, 403 for somebody, the rows that the rule leaves for whom it lets in."""
    for user, status, size in zip(USERS, statuses, sizes, strict=True):
        statements.clear()
        response = _ask("GET", f"/rules/{name}?limit=200", user=user)
        if status == 200:
            assert len(response.json()["items"]) == size
            continue
        _assert_problem(response, status, {401: "not-identified", 403: "not-allowed"}[status])
        assert response.headers.get("WWW-Authenticate") == ('Session realm="api"' if status == 401 else None)
        assert not any("shop_" in sql for sql in statements)
        assert _ask("GET", f"/rules/{name}/1", user=user).status_code == status
        assert _ask("GET", f"/rules/{name}?nosuch=1", user=user).status_code == status, "who may not ask learns nothing"


@with_rules
def test_a_row_that_a_rule_hides_does_not_exist(shop: Any) -> None:
    """A hidden member is the same 404 as one that never was, for everybody from whom it is hidden."""
    dear = Book.objects.filter(price__gte=20)[0]
    hidden, absent = (get(f"/rules/cheap/{key}").json() for key in (dear.pk, 999_999))
    assert hidden.pop("instance") != absent.pop("instance")
    assert hidden == absent
    assert [_ask("GET", "/rules/mine/2", user=name).status_code for name in ("ann", "sam")] == [200, 404]


@with_rules
def test_the_index_names_what_the_asker_may_open(shop: Any) -> None:
    """And a resource with rules for writing alone has no path to read."""
    for column, user in enumerate(USERS):
        named = _ask("GET", "/rules/", user=user).json()["resources"]
        assert named == {name: f"/rules/{name}" for name, statuses, _ in CELLS if statuses[column] == 200}
    _assert_problem(get("/rules/write-only"), 404, "not-found")


@pytest.mark.parametrize("name", ["failing-rule", "mumbling-rule", "rule-inside", "hook", "value"])
@with_rules
def test_a_fault_in_an_authors_code_is_a_500_that_says_nothing(name: str, shop: Any, caplog: Any) -> None:
    """And is logged once, with its traceback."""
    with caplog.at_level(logging.DEBUG):
        response = _ask("GET", f"/faulty/{name}?limit=1")
    document = _assert_problem(response, 500, "internal-error")
    assert document["detail"] == "This server failed; the failure is logged."
    tracebacks = [(record.name, record.getMessage()) for record in caplog.records if record.exc_info]
    assert tracebacks == [("nuages.request", f"GET /faulty/{name} failed")]


@pytest.mark.parametrize(
    "cookie",
    [
        *("sessionid=", "sessionid=short", "sessionid=" + "x" * 32, "sessionid=" + "x" * 100_000, "sessionid"),
        *("=;=;=", "\x01"),
        *('sessionid="\\000aaaaaaaaaaaa"', "sessionid=%00aaaaaaaaaaaa", "sessionid=a; sessionid=b"),
        *("xsessionid=aaaaaaaaaaaa", "é=é"),
    ],
    ids=lambda cookie: repr(cookie[:30]),
)
def test_a_cookie_that_names_no_session_is_anybody(cookie: str, shop: Any) -> None:
    """Whatever it holds: public resources stay public."""
    assert get("/api/books/1", cookie=cookie).status_code == 200


@with_rules
def test_a_deactivated_or_deleted_user_is_anybody(shop: Any) -> None:
    """From the next request on."""
    for end in ("deactivate", "delete"):
        client = Client()
        user = get_user_model().objects.create_user(f"eve-{end}", is_staff=True)
        client.force_login(user)
        assert client.get("/rules/staffs").status_code == 200
        if end == "delete":
            user.delete()
        else:
            type(user).objects.filter(pk=user.pk).update(is_active=False)
        assert client.get("/rules/staffs").status_code == 401
