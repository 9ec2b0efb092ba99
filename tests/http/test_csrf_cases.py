"""Whatever Django's own middleware says of a change from a page, the API says too, on every way.

Source: the cases of Django's tests/csrf_tests/tests.py.
"""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.middleware import csrf
from django.test import Client, override_settings
from django.urls import path

from nuages import API, Authenticator, Principal, Resource, Session, anyone, authenticated
from nuages.errors import NotIdentified
from nuages.http.request import Request
from shop.models import Tag
from tests.http.doors import WAYS, Reply, knock


class Bearer(Authenticator):
    """A token that names its user; "bad" names nobody."""

    challenge = "Bearer"

    def identify(self, request: Request) -> Principal | None:
        said = request.header("authorization") or ""
        if not said.startswith("Bearer "):
            return None
        user = User.objects.filter(username=said.removeprefix("Bearer ")).first()
        if user is None:
            raise NotIdentified("The token is not valid.")
        return Principal(user, "bearer")


def _who(principal: Principal) -> Any:
    return bool(principal.user and principal.user.username in {"ann", "root"})


api = API(title="Csrf", authenticate=[Bearer(), Session()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "create": _who, "write": authenticated}


def plain(request: HttpRequest) -> HttpResponse:
    """A view of Django's, under its middleware."""
    return HttpResponse("done")


urlpatterns = [path("api/", api.urls), path("plain", plain)]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]
SECRET = "abcdefghijklmnopqrstuvwxyzABCDEF"
OTHER = "ABCDEFabcdefghijklmnopqrstuvwxyz"
_mask: Any = csrf._mask_cipher_secret  # type: ignore[attr-defined]  # the stubs lack it


def session_of(name: str, **data: str) -> str:
    """The key of a new session of a user."""
    user, _ = User.objects.get_or_create(username=name)
    client = Client()
    client.force_login(user)
    key = str(client.cookies["sessionid"].value)
    store = SessionStore(key)
    store.update(data)
    store.save()
    return key


# what differs from a right request, over HTTP or HTTPS, with these settings
HTTPS: dict[str, Any] = {"secure": True, "referer": "https://testserver/page"}
TRUSTED = {"CSRF_TRUSTED_ORIGINS": ["https://trusted.example", "https://*.wild.example", "http://plain.example:8080"]}
TOKENS: list[Any] = [
    *({"token": token} for token in (None, "", SECRET, _mask(SECRET), OTHER, _mask(OTHER), SECRET[:-1], SECRET + "x")),
    *({"token": token} for token in ("x" * 32, "x" * 64, "*" * 32, "é" * 32, "a" * 10_000, _mask(SECRET)[:-1])),
    *({"cookie": cookie} for cookie in (None, "", SECRET, _mask(SECRET), OTHER, "x" * 5, "*" * 32, "x" * 64)),
    *({"cookie": _mask(SECRET), "token": token} for token in (_mask(SECRET), SECRET, _mask(OTHER))),
    {"cookie": _mask(OTHER), "token": OTHER},
]
NAMES: list[Any] = [
    {"settings": {"CSRF_HEADER_NAME": "HTTP_X_OWN"}},
    {"settings": {"CSRF_HEADER_NAME": "HTTP_X_OWN"}, "header": "x_own"},
    {"settings": {"CSRF_COOKIE_NAME": "own"}},
    {"settings": {"CSRF_COOKIE_NAME": "own"}, "cookie_name": "own"},
]
ORIGIN_TEXTS = [
    *("http://testserver", "https://testserver", "http://testserver:80", "https://testserver:443", "http://TESTSERVER"),
    *("http://testserver:8080", "http://a.testserver", "http://testserver.evil.example", "http://evil.example", "null"),
    *("", "testserver", "http://", "http://[", "http://testserver/", "http://testserver@evil.example", "x" * 5000),
    *("https://trusted.example", "http://trusted.example", "https://a.trusted.example", "https://trusted.example:8443"),
    *("https://a.wild.example", "https://b.a.wild.example", "https://wild.example", "https://awild.example"),
    *("http://a.wild.example", "https://a.wild.example.evil", "http://plain.example:8080", "http://plain.example"),
]
ORIGINS: list[Any] = [
    {"origin": origin, "settings": chosen, **more}
    for origin in ORIGIN_TEXTS
    for chosen in ({}, TRUSTED)
    for more in ({}, HTTPS, {"secure": True})
]
REFERER_TEXTS = [
    *(
        None,
        "",
        "https://testserver",
        "https://testserver/page?x=1",
        "http://testserver/page",
        "https://testserver:443/",
    ),
    *("https://testserver:8443/", "https://evil.example/testserver", "https://testserver.evil.example/", "https://"),
    *(
        "https://a.testserver/",
        "https://[",
        "https:/testserver",
        "testserver",
        "javascript:x",
        "https://trusted.example/",
    ),
    *("https://a.wild.example/", "https://wild.example/", "https://a.wild.example.evil/", "https://shop.example/"),
    *("https://a.shop.example/", "https://testserver@evil.example/", "x" * 5000),
]
REFERERS: list[Any] = [
    {**HTTPS, "referer": referer, "settings": chosen}
    for referer in REFERER_TEXTS
    for chosen in ({}, TRUSTED, {"CSRF_COOKIE_DOMAIN": ".shop.example"}, {"CSRF_COOKIE_DOMAIN": "testserver"})
]
SHOP = "https://shop.example/"
STORED: list[Any] = [
    *({"stored": each, "token": token} for each in (None, SECRET, OTHER) for token in (SECRET, _mask(SECRET), None)),
    {**HTTPS, "stored": SECRET, "settings": {"SESSION_COOKIE_DOMAIN": "shop.example"}},
    {**HTTPS, "stored": SECRET, "settings": {"SESSION_COOKIE_DOMAIN": ".shop.example"}, "referer": SHOP},
]
IN_SESSIONS = [{**case, "settings": {"CSRF_USE_SESSIONS": True, **case.get("settings", {})}} for case in STORED]
TABLES = {"tokens": TOKENS, "names": NAMES, "origins": ORIGINS, "referers": REFERERS, "in sessions": IN_SESSIONS}


def _send(way: str, url: str, session: str, case: dict[str, Any], method: str) -> Reply:
    right = {"token": SECRET, "cookie": SECRET, "cookie_name": "csrftoken", "header": "x_csrftoken"}
    asked = {**right, **case}
    cookies = [f"sessionid={session}"]
    if asked["cookie"] is not None and "stored" not in case:
        cookies.append(f"{asked['cookie_name']}={asked['cookie']}")
    headers = {asked["header"]: asked["token"], "origin": asked.get("origin"), "referer": asked.get("referer")}
    secure = asked.get("secure", False)
    return knock(way, method, url, {"name": "x"}, secure=secure, cookie="; ".join(cookies), **headers)


@pytest.mark.parametrize("name", TABLES)
def test_verdicts_are_djangos(name: str) -> None:  # C01 to C04
    """Case by case: what Django's middleware lets through changes something, and nothing else does."""
    passed = 0
    plain_session = session_of("ann")
    for case in TABLES[name]:
        session = plain_session
        if case.get("stored"):
            session = session_of("ann", _csrftoken=case["stored"])
        with override_settings(**case.get("settings", {})):
            expected = _send("view", "/plain", session, case, "POST").status
            assert expected in {200, 403}, case
            for way in WAYS:
                Tag.objects.all().delete()
                reply = _send(way, "/api/tags", session, case, "POST")
                assert reply.status == {200: 201, 403: 403}[expected], (way, case, reply.answer.body)
                assert Tag.objects.count() == (expected == 200)
                assert expected == 200 or reply.code == "csrf-failed"
        passed += expected == 200
    assert 0 < passed < len(TABLES[name]), "a table whose verdicts are all alike says nothing"


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Through Django's handlers, and straight to the core."""
    return str(request.param)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_looked_at(way: str, method: str) -> None:  # C01
    """With a token it changes, without it does not."""
    tag = Tag.objects.create(name="old")
    session = session_of("ann")
    assert _send(way, f"/api/tags/{tag.pk}", session, {"token": None}, method).code == "csrf-failed"
    assert list(Tag.objects.values_list("name", flat=True)) == ["old"]
    assert _send(way, f"/api/tags/{tag.pk}", session, {}, method).status in {200, 204}
    assert list(Tag.objects.values_list("name", flat=True)) != ["old"]


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("cross-site", None, 403),
        ("cross-site", "http://testserver", 403),
        ("cross-site", "https://trusted.example", 201),
        ("cross-site", "https://evil.example", 403),
        ("same-origin", None, 201),
        ("same-origin", "http://testserver", 201),
        ("same-site", None, 201),
        ("none", None, 201),
        ("nonsense", None, 201),
    ],
)
def test_browsers_word_of_another_site_stands(
    way: str, settings: Any, site: str, origin: str | None, status: int
) -> None:
    """`Sec-Fetch-Site: cross-site` is refused, token or no token, unless a trusted Origin explains it (C07)."""
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]
    cookie = f"sessionid={session_of('ann')}; csrftoken={SECRET}"
    headers = {"x_csrftoken": SECRET, "cookie": cookie, "sec_fetch_site": site, "origin": origin}
    assert knock(way, "POST", "/api/tags", {"name": "x"}, **headers).status == status
    assert Tag.objects.count() == (status == 201)
    headers["cookie"] = None
    assert knock(way, "POST", "/api/tags", {"name": "y"}, authorization="Bearer ann", **headers).status == 201


def test_other_credentials_want_no_token(way: str) -> None:
    """C08: no page of another site can add an Authorization header."""
    User.objects.create_user("ann")
    reply = knock(way, "POST", "/api/tags", {"name": "x"}, authorization="Bearer ann", origin="https://evil.example")
    assert reply.status == 201


def test_one_credential_decides_alone(way: str) -> None:
    """C09: a token beside a cookie is the token's user, and a bad token is a 401 though the cookie is good."""
    User.objects.create_user("eve")
    cookie = f"sessionid={session_of('ann')}; csrftoken={SECRET}"
    headers: dict[str, Any] = {"cookie": cookie, "x_csrftoken": SECRET}
    assert knock(way, "POST", "/api/tags", {"name": "x"}, **headers).status == 201
    assert knock(way, "POST", "/api/tags", {"name": "y"}, authorization="Bearer eve", **headers).status == 403
    assert knock(way, "POST", "/api/tags", {"name": "y"}, authorization="Bearer bad", **headers).status == 401
    assert list(Tag.objects.values_list("name", flat=True)) == ["x"]


def test_headers_that_name_another_method_are_not_read(way: str) -> None:
    """C11: neither on a GET nor on a POST, nor as a parameter."""
    tag = Tag.objects.create(name="kept")
    cookie = f"sessionid={session_of('ann')}; csrftoken={SECRET}"
    headers: dict[str, Any] = {"cookie": cookie, "x_csrftoken": SECRET}
    for name in ("x_http_method_override", "x_method_override", "x_http_method"):
        assert knock(way, "GET", f"/api/tags/{tag.pk}", **headers, **{name: "DELETE"}).status == 200
        assert knock(way, "POST", f"/api/tags/{tag.pk}", {"name": "x"}, **headers, **{name: "DELETE"}).status == 405
    assert knock(way, "GET", "/api/tags?_method=DELETE", **headers).status == 400
    assert knock(way, "POST", "/api/tags", {"name": "x", "_method": "DELETE"}, **headers).status == 422
    assert list(Tag.objects.values_list("name", flat=True)) == ["kept"]


def test_answers_are_nothing_a_browser_runs(way: str) -> None:
    """C14: JSON and nosniff, whatever is asked for; what a client sent is told escaped, as JSON."""
    for url in ("/api/tags", "/api/<script>alert(1)</script>", "/api/tags?<b>=1"):
        reply = knock(way, "GET", url, accept="text/html,*/*;q=0.1")
        assert str(reply.header("Content-Type")).startswith("application/")
        assert reply.header("X-Content-Type-Options") == "nosniff"
        reply.document  # noqa: B018  # it is JSON
