"""A browser's page logs in, asks who it is, and logs out at /auth/session, with the cookies of Django's settings."""

import json
import logging
from typing import Any

import pytest
from django.contrib.auth import user_logged_in, user_logged_out
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as Stored
from django.urls import path

from nuages import API, Resource, Session, anyone, authenticated
from nuages.errors import DeclarationError
from shop.models import Tag
from tests.http.asking import SAME
from tests.http.doors import WAYS, Reply, knock

api = API(title="Browsers", authenticate=[Session(login=True)])
closed = API(title="No login")


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": authenticated}


urlpatterns = [path("api/", api.urls), path("closed/", closed.urls)]
pytestmark = [pytest.mark.urls(__name__)]
URL = "/api/auth/session"
RIGHT = {"username": "ann", "password": "the secret"}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Through Django's handlers, and straight to the core."""
    return str(request.param)


@pytest.fixture(autouse=True)
def ann(database: Any, transactional_db: None) -> Any:
    """A user with a password; the ways close their connection after each answer."""
    return User.objects.create_user("ann", password="the secret")


class Browser:
    """Keeps cookies as a browser does, and repeats the token that it was given last."""

    def __init__(self, way: str, *, secure: bool = False) -> None:
        self.way, self.secure = way, secure
        self.cookies: dict[str, str] = {}
        self.token = ""

    def send(self, method: str, url: str = URL, document: Any = None, **headers: str | None) -> Reply:
        """Send a request, and keep what comes back."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None
        given = {"x_csrftoken": self.token or None, "cookie": cookie, **headers}
        if self.secure:
            given.setdefault("referer", "https://testserver/page")
        reply = knock(self.way, method, url, document, secure=self.secure, **given)
        for name, morsel in reply.cookies.items():
            self.cookies[name] = morsel.value
            if morsel["max-age"] in {0, "0"}:
                del self.cookies[name]
        if reply.status == 200 and "csrf_token" in (reply.document or {}):
            self.token = reply.document["csrf_token"]
        return reply

    def log_in(self) -> Reply:
        """Fetch a token, and log in with it."""
        self.send("GET")
        return self.send("POST", URL, RIGHT)


@pytest.fixture
def browser(way: str) -> Browser:
    """A browser that knows nothing yet."""
    return Browser(way)


def test_page_logs_in_changes_things_and_logs_out(browser: Browser, ann: Any) -> None:
    """From the first token to the last cookie."""
    first = browser.send("GET")
    assert (first.status, first.document["user"], first.header("Cache-Control")) == (200, None, "no-store")
    entered = browser.send("POST", URL, RIGHT)
    assert (entered.status, entered.document["user"]) == (200, {"id": ann.pk, "username": "ann"})
    assert browser.send("GET").document["user"] == {"id": ann.pk, "username": "ann"}
    assert browser.send("POST", "/api/tags", {"name": "x"}).status == 201
    left = browser.send("DELETE")
    assert (left.status, left.answer.body, "sessionid" in browser.cookies) == (204, b"", False)
    assert not Stored.objects.exists()
    assert browser.send("GET").document["user"] is None
    assert browser.send("DELETE").status == 204
    assert browser.send("POST", "/api/tags", {"name": "y"}).status == 401


def test_login_gives_two_cookies(browser: Browser) -> None:  # C13
    """Each in a header of its own, with Django's attributes."""
    reply = browser.log_in()
    assert len([name for name, _ in reply.answer.headers if name.lower() == "set-cookie"]) == 2
    session, csrf = reply.cookies["sessionid"], reply.cookies["csrftoken"]
    assert (session["httponly"], session["samesite"], session["path"], session["domain"]) == (True, "Lax", "/", "")
    assert (csrf["samesite"], csrf["secure"], session["secure"]) == ("Lax", "", "")
    assert "Cookie" in str(reply.header("Vary"))


def test_cookies_are_those_of_the_settings(way: str, settings: Any) -> None:  # C13
    """Names, domain, age and flags, as Django's middleware sets them."""
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrf"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.CSRF_COOKIE_HTTPONLY = True
    settings.SESSION_COOKIE_SAMESITE = settings.CSRF_COOKIE_SAMESITE = "Strict"
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    reply = Browser(way, secure=True).log_in()
    assert reply.status == 200
    for name in ("__Host-sessionid", "__Host-csrf"):
        morsel = reply.cookies[name]
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Strict")
    assert reply.cookies["__Host-sessionid"]["max-age"] == ""
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_DOMAIN = "own", "testserver"
    settings.SESSION_COOKIE_PATH, settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = "/api", False
    morsel = Browser(way, secure=True).log_in().cookies["own"]
    assert (morsel["domain"], morsel["path"], morsel["max-age"]) == ("testserver", "/api", "1209600")


@pytest.mark.parametrize("known", ["preset", "another user's", "anonymous"])
def test_login_changes_session_and_secret(browser: Browser, known: str) -> None:
    """Whoever knew the session's key or the token before knows neither after (R25)."""
    browser.send("GET")
    if known == "preset":
        browser.cookies["sessionid"] = "abcdefgh12345678abcdefgh12345678"
    elif known == "another user's":
        User.objects.create_user("eve", password="hers")
        assert browser.send("POST", URL, {"username": "eve", "password": "hers"}).status == 200
    else:
        store = Stored.get_session_store_class()()
        store["basket"] = [1]
        store.save()
        browser.cookies["sessionid"] = str(store.session_key)
    before = dict(browser.cookies)
    assert browser.send("POST", URL, RIGHT).status == 200
    assert browser.cookies["sessionid"] != before.get("sessionid")
    assert browser.cookies["csrftoken"] != before["csrftoken"]
    assert not Stored.objects.filter(session_key=before.get("sessionid")).exists()
    if known == "anonymous":
        assert Stored.objects.get().get_decoded()["basket"] == [1]


@pytest.mark.parametrize("every", [False, True])
def test_session_that_middleware_has_opened_is_the_same(way: str, settings: Any, every: bool) -> None:
    """With SESSION_SAVE_EVERY_REQUEST, Django's middleware sets the new key too, not one of its own."""
    settings.SESSION_SAVE_EVERY_REQUEST = every
    browser = Browser(way)
    browser.cookies["sessionid"] = "abcdefgh12345678abcdefgh12345678"
    browser.log_in()
    assert browser.send("GET").document["user"]["username"] == "ann"
    assert [stored.session_key for stored in Stored.objects.all()] == [browser.cookies["sessionid"]]
    assert ("sessionid" in browser.send("GET").cookies) is every


@pytest.mark.parametrize("given", ["no token", "wrong token", "no cookie", "evil origin", "null origin", "from afar"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_another_site_logs_nobody_in_or_out(browser: Browser, method: str, given: str) -> None:
    """403 before anything is looked up (C05); nobody is logged in, and who is stays so."""
    browser.log_in()
    browser.send("GET")
    count = Stored.objects.count()
    headers: dict[str, Any] = {
        "no token": {"x_csrftoken": None},
        "wrong token": {"x_csrftoken": "a" * 64},
        "no cookie": {"cookie": None},
        "evil origin": {"origin": "https://evil.example"},
        "null origin": {"origin": "null"},
        "from afar": {"sec_fetch_site": "cross-site"},
    }[given]
    kept = dict(browser.cookies)
    reply = browser.send(method, URL, RIGHT if method == "POST" else None, **headers)
    assert (reply.status, reply.code) == (403, "csrf-failed")
    assert not reply.cookies
    assert (browser.cookies, Stored.objects.count()) == (kept, count)


@pytest.mark.parametrize("wrong", ["unknown", "password", "inactive", "no password", "case"])
def test_failed_logins_are_alike(browser: Browser, ann: Any, wrong: str, caplog: Any) -> None:
    """Status, headers and body tell nothing of what was wrong, and no session begins (R23)."""
    tried = dict(RIGHT)
    if wrong == "unknown":
        tried["username"] = "nobody"
    elif wrong == "password":
        tried["password"] = "another"
    elif wrong == "case":
        tried["password"] = "THE SECRET"
    elif wrong == "inactive":
        User.objects.update(is_active=False)
    else:
        ann.set_unusable_password()
        ann.save()
    browser.send("GET")
    with caplog.at_level(logging.DEBUG):
        reply = browser.send("POST", URL, tried)
    assert (reply.status, reply.header("WWW-Authenticate")) == (401, 'Session realm="api"')
    assert reply.document == {
        "type": "urn:nuages:problem:invalid-credentials",
        "title": "Not identified",
        "status": 401,
        "detail": "No active user has this name and password.",
        "instance": URL,
        "request_id": SAME,
    }
    assert not reply.cookies
    assert not Stored.objects.exists()
    assert tried["password"] not in caplog.text


def test_a_browsers_failures_count_with_all_others(browser: Browser, settings: Any) -> None:
    """R24: after so many failures even the right password is a 429, which says when to try again."""
    settings.NUAGES_LOGIN = {"failures": 3}
    browser.send("GET")
    wrong = {"username": RIGHT["username"], "password": "a guess"}
    assert [browser.send("POST", URL, wrong).status for _ in range(3)] == [401, 401, 401]
    refused = browser.send("POST", URL, RIGHT)
    assert (refused.status, refused.code) == (429, "too-many-requests")
    assert int(refused.header("Retry-After") or 0) > 0


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({}, 422, "invalid-document"),
        ({"username": "ann"}, 422, "invalid-document"),
        ({**RIGHT, "next": "/"}, 422, "invalid-document"),
        ({"username": 1, "password": "x"}, 422, "invalid-document"),
        ({"username": None, "password": ["x"]}, 422, "invalid-document"),
        ({"username": "", "password": "x"}, 401, "invalid-credentials"),
        ({"username": "a" * 4097, "password": "x"}, 422, "invalid-document"),
        ({"username": "a" * 4096, "password": "x"}, 401, "invalid-credentials"),
        ([RIGHT], 400, "invalid-document"),
        (b"{", 400, "invalid-json"),
        (b'{"username": "a\\u0000", "password": "x"}', 400, "invalid-json"),
        (b'{"username": "a\\ud800", "password": "x"}', 400, "invalid-json"),
        (b'{"username": "\xff", "password": "x"}', 400, "invalid-json"),
        (b'{"username": "ann", "username": "eve", "password": "x"}', 400, "invalid-json"),
        (b" " * 70_000, 413, "content-too-large"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_login_is_refused(browser: Browser, document: Any, status: int, code: str) -> None:
    """In words that repeat no password."""
    browser.send("GET")
    reply = browser.send("POST", URL, document)
    assert (reply.status, reply.code) == (status, code)
    assert b"the secret" not in reply.answer.body


@pytest.mark.parametrize(
    "media_type",
    [
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None, ""),
        *("text/plain;application/json", "application/json; charset=latin-1", "application/json, text/plain"),
    ],
)
def test_only_json_logs_in(browser: Browser, media_type: str | None) -> None:
    """What another site's form could send is a 415, though the token is right (C06)."""
    browser.send("GET")
    reply = browser.send("POST", URL, json.dumps(RIGHT).encode(), content_type=media_type)
    assert (reply.status, reply.code) == (415, "unsupported-media-type")
    assert browser.send("POST", URL, RIGHT, content_type="application/json; charset=UTF-8").status == 200


def test_tokens_may_live_in_the_session(way: str, settings: Any) -> None:
    """CSRF_USE_SESSIONS: the token stands in the answer alone, and there is no CSRF cookie."""
    settings.CSRF_USE_SESSIONS = True
    browser = Browser(way)
    assert browser.log_in().status == 200
    assert set(browser.cookies) == {"sessionid"}
    old = browser.token
    browser.send("GET")
    assert browser.send("POST", "/api/tags", {"name": "x"}).status == 201
    assert browser.send("POST", "/api/tags", {"name": "x"}, x_csrftoken=old[:-1] + "_").status == 403


def test_receivers_hear_of_login_and_logout(browser: Browser, ann: Any) -> None:
    """Django's signals are sent, with the user and a request that has a session and headers."""
    heard: list[Any] = []

    def hear(sender: Any, request: Any, user: Any, signal: Any, **_: Any) -> None:
        heard.append((user, request.headers.get("User-Agent"), request.session.is_empty()))

    for signal in (user_logged_in, user_logged_out):
        signal.connect(hear)
    try:
        browser.send("GET")
        browser.send("POST", URL, RIGHT, user_agent="Netscape")
        browser.send("DELETE", user_agent="Netscape")
    finally:
        for signal in (user_logged_in, user_logged_out):
            signal.disconnect(hear)
    assert heard == [(ann, "Netscape", False), (ann, "Netscape", False)]


def test_reading_changes_no_session(browser: Browser) -> None:
    """A list asked in a session's name saves nothing and sets no cookie, however near its end the session is."""
    browser.log_in()
    before = list(Stored.objects.values())
    assert not browser.send("GET", "/api/tags").cookies
    assert list(Stored.objects.values()) == before


def test_there_is_no_login_unless_declared(way: str) -> None:
    """Closed by default."""
    for method in ("GET", "POST", "DELETE"):
        assert knock(way, method, "/closed/auth/session", RIGHT).status == 404
    assert knock(way, "PUT", URL, RIGHT).status == 405


def test_only_the_session_counts_there(way: str) -> None:
    """Query parameters are none."""
    assert knock(way, "GET", f"{URL}?next=//evil.example").code == "unknown-parameter"


def test_what_login_wants_is_checked(settings: Any) -> None:
    """E037: sessions must be installed, and nobody else be called auth."""
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "django.contrib.sessions"]
    wrong = API(title="Wrong", authenticate=[Session(login=True)])

    @wrong.resource(Tag)
    class Auth(Resource):
        fields = ["id"]
        path = "auth"
        rules = {"read": anyone}

    with pytest.raises(DeclarationError) as error:
        wrong.build()
    assert [mistake.id for mistake in error.value.mistakes] == ["nuages.E037"] * 2
    assert "'django.contrib.sessions'" in str(error.value)
    assert "'auth' is where browsers log in" in str(error.value)
