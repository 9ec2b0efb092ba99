"""Pages of other origins: closed unless the settings say so, and on every way what django-cors-headers answers."""

from typing import Any

import pytest
from corsheaders.signals import check_request_enabled
from django.test import override_settings
from django.urls import path

from nuages import API, Resource, Session, anyone, authenticated
from nuages.errors import DeclarationError
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.servers.banner import _middleware_passed_by
from nuages.servers.cors import CORS_MIDDLEWARE, read_cors, view_cors
from nuages.servers.guards import Guards
from shop.models import Tag
from tests.http.doors import WAYS, Reply, knock

api = API(title="Cors", authenticate=[Session()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": authenticated}


urlpatterns = [path("api/", api.urls)]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]
GOOD, EVIL = "https://good.example", "https://evil.example"
URL = "/api/tags"
ALLOW = "access-control-allow-origin"
ALLOWED: dict[str, Any] = {"CORS_ALLOWED_ORIGINS": [GOOD]}


def _told(reply: Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.answer.headers if name.lower().startswith("access-control-")}


def _varies(reply: Reply) -> set[str]:
    return {name.strip().lower() for name in str(reply.header("Vary")).split(",")}


def _preflight(way: str, origin: str, **headers: str) -> Reply:
    return knock(way, "OPTIONS", URL, origin=origin, access_control_request_method="POST", **headers)


SETTINGS: list[dict[str, Any]] = [
    {},
    ALLOWED,
    {"CORS_ALLOWED_ORIGINS": [GOOD, "http://localhost:3000"], "CORS_ALLOW_CREDENTIALS": True},
    {"CORS_ALLOWED_ORIGINS": ["null"]},
    {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example$"]},
    {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example$"], "CORS_ALLOW_CREDENTIALS": True},
    {"CORS_ALLOW_ALL_ORIGINS": True},
    {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_EXPOSE_HEADERS": ["X-One", "X-Two"]},
    {**ALLOWED, "CORS_ALLOW_METHODS": ["GET"], "CORS_ALLOW_HEADERS": ["x-own"], "CORS_PREFLIGHT_MAX_AGE": 0},
    {**ALLOWED, "CORS_ALLOW_PRIVATE_NETWORK": True, "CORS_PREFLIGHT_MAX_AGE": 7},
    {**ALLOWED, "CORS_URLS_REGEX": r"^/api/tags$"},
    {**ALLOWED, "CORS_URLS_REGEX": r"^/other/.*$"},
    {"CORS_ORIGIN_WHITELIST": [GOOD]},
]
ORIGINS = [
    *(
        None,
        GOOD,
        EVIL,
        "null",
        "http://good.example",
        f"{GOOD}:8443",
        f"{GOOD}.evil.example",
        "https://a.good.example",
    ),
    *("http://localhost:3000", "https://good", "https://", "x", "https://GOOD.example"),
]
ASKED: list[tuple[str, str, dict[str, str]]] = [
    ("GET", URL, {}),
    ("GET", "/api/nothing", {}),
    ("GET", f"{URL}?nonsense=1", {}),
    ("POST", URL, {}),
    ("HEAD", URL, {}),
    ("OPTIONS", URL, {}),
    ("OPTIONS", URL, {"access_control_request_method": "DELETE", "access_control_request_headers": "x-own"}),
    ("OPTIONS", "/api/nothing", {"access_control_request_method": "QUERY"}),
    (
        "OPTIONS",
        URL,
        {"access_control_request_method": "POST", "access_control_request_private_network": "true"},
    ),
]


@pytest.mark.parametrize("chosen", SETTINGS, ids=lambda chosen: ",".join(chosen) or "none")
def test_straight_answers_are_those_of_the_library(chosen: dict[str, Any], settings: Any) -> None:
    """Where its middleware is installed: status, headers and Vary, for good answers, problems and preflights."""
    with override_settings(MIDDLEWARE=[CORS_MIDDLEWARE, *settings.MIDDLEWARE], **chosen):
        for origin in ORIGINS:
            if origin == "x" and "null" in chosen.get("CORS_ALLOWED_ORIGINS", ()):
                continue  # the library takes any text without a scheme for "null"
            for method, url, headers in ASKED:
                theirs, ours = (knock(way, method, url, origin=origin, **headers) for way in WAYS)
                place = (origin, method, url, headers)
                assert (ours.status, _told(ours)) == (theirs.status, _told(theirs)), place
                assert ("origin" in _varies(ours)) == ("origin" in _varies(theirs)), place
                assert bool(ours.answer.body) == bool(theirs.answer.body) or method == "HEAD", place


@pytest.mark.parametrize("chosen", SETTINGS, ids=lambda chosen: ",".join(chosen) or "none")
def test_both_ways_answer_alike_without_the_library(chosen: dict[str, Any]) -> None:
    """Django's view adds what the guards add."""
    with override_settings(**chosen):
        for origin in ORIGINS:
            for method, url, headers in ASKED:
                view, straight = (knock(way, method, url, origin=origin, **headers) for way in WAYS)
                assert (view.status, _told(view)) == (straight.status, _told(straight)), (origin, method, url)
                assert _varies(view) == _varies(straight)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Through Django's handlers, and straight to the core."""
    return str(request.param)


@pytest.mark.parametrize("origin", [GOOD, EVIL, "null"])
def test_closed_by_default(way: str, origin: str) -> None:
    """No header tells of other origins, Vary does not name it, and nothing is built."""
    assert not _told(knock(way, "GET", URL, origin=origin))
    preflight = _preflight(way, origin)
    assert (preflight.status, _told(preflight)) == (204, {})
    assert "origin" not in _varies(preflight)
    assert (Guards().cors, view_cors()) == (None, None)


@pytest.mark.parametrize("credentials", [False, True])
def test_unlisted_origin_is_told_nothing(way: str, settings: Any, credentials: bool) -> None:  # C12
    """Not even in a preflight; caches know that the answer depends on it."""
    settings.CORS_ALLOWED_ORIGINS, settings.CORS_ALLOW_CREDENTIALS = [GOOD], credentials
    for origin in (EVIL, "null", f"{GOOD}.evil.example", f"{GOOD}/", "https://good.example@evil.example", f"{GOOD},x"):
        for reply in (knock(way, "GET", URL, origin=origin), _preflight(way, origin)):
            assert not _told(reply)
            assert "origin" in _varies(reply)
    assert "origin" in _varies(knock(way, "GET", URL))


def test_pattern_must_match_the_whole_origin(way: str, settings: Any) -> None:
    """One that forgets its end lets nobody in who goes on after it."""
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [r"https://\w+\.example"]
    assert _told(knock(way, "GET", URL, origin=GOOD))
    assert not _told(knock(way, "GET", URL, origin=f"{GOOD}.evil"))


def test_listed_origin_may_read_problems_and_our_headers(way: str, settings: Any) -> None:
    """Errors too; a page may read what an API says in headers, and send what an API reads."""
    settings.CORS_ALLOWED_ORIGINS, settings.CORS_ALLOW_CREDENTIALS = [GOOD], True
    for url, status in ((URL, 200), ("/api/nothing", 404), (f"{URL}?x=1", 400)):
        reply = knock(way, "GET", url, origin=GOOD)
        assert reply.status == status
        assert _told(reply) == {
            "access-control-allow-origin": GOOD,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
            "X-Request-ID, Server-Timing",
        }
    asked = _told(_preflight(way, GOOD))
    assert {"if-match", "x-api-key", "idempotency-key"} <= set(asked["access-control-allow-headers"].split(", "))
    assert "QUERY" in asked["access-control-allow-methods"].split(", ")


def test_refused_host_is_told_too(way: str, settings: Any) -> None:
    """A problem from before the core has the headers as well."""
    settings.CORS_ALLOWED_ORIGINS = [GOOD]
    settings.ALLOWED_HOSTS, settings.MIDDLEWARE = ["elsewhere"], []
    reply = knock(way, "GET", URL, origin=GOOD)
    assert (reply.status, reply.code) == (400, "unknown-host")
    assert _told(reply)["access-control-allow-origin"] == GOOD


def test_preflight_identifies_nobody(way: str, settings: Any, statements: Any) -> None:
    """A browser sends no credentials with it; whatever comes with one is not looked at."""
    settings.CORS_ALLOWED_ORIGINS = [GOOD]
    reply = _preflight(way, GOOD, cookie="sessionid=abcdefgh12345678", authorization="Bearer nonsense")
    assert (reply.status, reply.answer.body, reply.header("Content-Length")) == (200, b"", "0")
    assert not [sql for sql in statements if "session" in sql]


WRONG: list[dict[str, Any]] = [
    {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
    {"CORS_ALLOWED_ORIGINS": ["null"], "CORS_ALLOW_CREDENTIALS": True},
    *({"CORS_ALLOWED_ORIGINS": [origin]} for origin in ("good.example", "https://", "//good.example", f"{GOOD}/", "*")),
    *({"CORS_ALLOWED_ORIGINS": [f"{GOOD}{rest}"]} for rest in ("/path", "?x", "#x", ":x", ":99999", ":")),
    *(
        {"CORS_ALLOWED_ORIGINS": [origin]}
        for origin in ("https://Good.example", "https://a@good.example", "https://[x")
    ),
    {"CORS_ALLOWED_ORIGINS": GOOD},
    {"CORS_ALLOWED_ORIGINS": [1]},
    {"CORS_ALLOWED_ORIGIN_REGEXES": ["("]},
    {"CORS_ALLOWED_ORIGIN_REGEXES": r"^https://\w+$"},
    {"CORS_ALLOW_ALL_ORIGINS": "yes"},
    {"CORS_ALLOW_CREDENTIALS": 1},
    {"CORS_ALLOW_METHODS": "GET"},
    {"CORS_EXPOSE_HEADERS": [None]},
    {"CORS_URLS_REGEX": "["},
    {"CORS_PREFLIGHT_MAX_AGE": -1},
    {"CORS_PREFLIGHT_MAX_AGE": "1"},
]


@pytest.mark.parametrize("chosen", WRONG, ids=str)
def test_wrong_settings_stop_the_start(chosen: dict[str, Any]) -> None:
    """E038 names the setting."""
    with override_settings(**chosen), pytest.raises(DeclarationError) as error:
        API(title="Wrong").build()
    assert {mistake.id for mistake in error.value.mistakes} == {"nuages.E038"}
    assert error.value.mistakes[0].place.removeprefix("settings.") in chosen


def test_everybody_with_credentials_is_nobody(settings: Any) -> None:  # C12
    """Were the check silenced, only origins that are named would be let in, and never a `*`."""
    settings.CORS_ALLOW_ALL_ORIGINS = settings.CORS_ALLOW_CREDENTIALS = True
    settings.CORS_ALLOWED_ORIGINS = [GOOD]
    cors = read_cors()
    assert cors is not None
    told = [
        cors.complete(Request("GET", "/", "", {"origin": each}), "/", Response(200)).header(ALLOW)
        for each in (GOOD, EVIL)
    ]
    assert told == [GOOD, None]


@pytest.mark.parametrize("chosen", [*SETTINGS, {"CORS_ALLOWED_ORIGINS": frozenset({"file://"})}], ids=str)
def test_right_settings_start(chosen: dict[str, Any]) -> None:
    """Whatever the table of answers holds."""
    with override_settings(**chosen):
        API(title="Right").build()


def test_receivers_of_the_librarys_signal_are_not_passed_by(settings: Any) -> None:
    """They would not be asked on the straight path; E038 says so."""

    def ask(sender: Any, **_: Any) -> bool:
        return False

    settings.MIDDLEWARE = [CORS_MIDDLEWARE, *settings.MIDDLEWARE]
    API(title="Nobody listens").build()
    check_request_enabled.connect(ask)
    try:
        with pytest.raises(DeclarationError, match=r"nuages\.E038.*check_request_enabled"):
            API(title="Somebody listens").build()
        settings.NUAGES_STRAIGHT = False
        API(title="Asked").build()
    finally:
        check_request_enabled.disconnect(ask)


def test_banner_does_not_warn_of_what_the_guards_do() -> None:
    """The library's middleware is not passed by: its part is played."""
    assert _middleware_passed_by([CORS_MIDDLEWARE, "own.Middleware"]) == ["own.Middleware"]
