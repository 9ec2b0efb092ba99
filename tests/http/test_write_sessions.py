"""A session's cookie comes by itself, from whatever page: a change in its name wants a token and the site's origin."""

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.middleware import csrf
from django.test import Client

from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import find_mounts
from nuages.servers.wsgi_app import WsgiApplication
from shop.models import Tag
from tests.unit.servers.calls import call_wsgi, environ_of

BODY = json.dumps({"name": "novel"}).encode()
WAYS = ("view", "wsgi")


@pytest.fixture(autouse=True)
def _database(transactional_db: None) -> None:
    """The sessions, and what must not be stored; the straight path closes its connection after each answer."""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Through Django's handlers with every middleware, and straight to the core."""
    return str(request.param)


@pytest.fixture
def session() -> str:
    """The key of a session of somebody who may write."""
    user = User.objects.create_user("ann", password="secret", is_staff=True)
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


@pytest.fixture
def token() -> str:
    """What Django's CSRF cookie holds, and a header must repeat."""
    return str(csrf._get_new_csrf_string())


def _no_django(environ: Any, start_response: Any) -> Any:
    raise AssertionError("the straight path leads to the core")


def _post(way: str, *, method: str = "POST", path: str = "/api/tags", **environ: str) -> tuple[int, Any]:
    """Send a change; `environ` are CGI's names."""
    if way == "view":
        client = Client(enforce_csrf_checks=True)
        cookies = environ.pop("HTTP_COOKIE", "")
        for pair in filter(None, cookies.split("; ")):
            name, _, value = pair.partition("=")
            client.cookies[name] = value
        secure = environ.pop("wsgi.url_scheme", "http") == "https"
        extra: Any = environ
        answer = client.generic(method, path, BODY, content_type="application/json", secure=secure, **extra)
        return answer.status_code, json.loads(answer.content or b"null")
    given = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(BODY)), "wsgi.input": io.BytesIO(BODY)}
    application = WsgiApplication(Front(find_mounts(), Guards()), _no_django)
    reply = call_wsgi(application, environ_of(path, method, **given, **environ))
    return reply.status, json.loads(reply.body or b"null")


def _cookie(session: str, token: str = "") -> str:
    return f"sessionid={session}" + (f"; csrftoken={token}" if token else "")


def _demand_refused(answer: tuple[int, Any]) -> None:
    status, document = answer
    assert (status, document["type"]) == (403, "urn:nuages:problem:csrf-failed"), document
    assert Tag.objects.count() == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_session_without_a_token_changes_nothing(way: str, session: str, token: str, method: str) -> None:
    """403, whatever the method, with the CSRF cookie or without: it comes by itself as well."""
    Tag.objects.create(id=7, name="old")
    path = "/api/tags" if method == "POST" else "/api/tags/7"
    for cookie in (_cookie(session), _cookie(session, token)):
        status, document = _post(way, method=method, path=path, HTTP_COOKIE=cookie)
        assert (status, document["type"]) == (403, "urn:nuages:problem:csrf-failed")
    assert list(Tag.objects.values_list("name", flat=True)) == ["old"]


def test_a_session_with_its_token_changes(way: str, session: str, token: str) -> None:
    """X-CSRFToken repeats the cookie, or hides it as Django's forms do."""
    for sent in (token, csrf._mask_cipher_secret(token)):  # type: ignore[attr-defined]  # the stubs lack it
        status, document = _post(way, HTTP_COOKIE=_cookie(session, token), HTTP_X_CSRFTOKEN=sent)
        assert (status, document["name"]) == (201, "novel")
        Tag.objects.all().delete()


@pytest.mark.parametrize("sent", ["", "x" * 32, "x" * 64, "é", "a" * 10_000])
def test_a_wrong_token_changes_nothing(way: str, session: str, token: str, sent: str) -> None:
    """Of another session, of no length, of no alphabet."""
    _demand_refused(_post(way, HTTP_COOKIE=_cookie(session, token), HTTP_X_CSRFTOKEN=sent))


def test_a_token_without_its_cookie_changes_nothing(way: str, session: str, token: str) -> None:
    """Whoever can set a header to a guess cannot set the cookie."""
    _demand_refused(_post(way, HTTP_COOKIE=_cookie(session), HTTP_X_CSRFTOKEN=token))


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://testserver", 201),
        ("https://testserver", 403),
        ("http://evil.example", 403),
        ("http://testserver.evil.example", 403),
        ("http://testserver:8080", 403),
        ("null", 403),
        ("", 403),
        ("http://trusted.example", 201),
    ],
)
def test_the_origin_must_be_this_site(
    way: str, session: str, token: str, settings: Any, origin: str, status: int
) -> None:
    """The site itself or one of CSRF_TRUSTED_ORIGINS, token or no token."""
    settings.CSRF_TRUSTED_ORIGINS = ["http://trusted.example"]
    cookie = _cookie(session, token)
    answer = _post(way, HTTP_COOKIE=cookie, HTTP_X_CSRFTOKEN=token, HTTP_ORIGIN=origin)
    assert answer[0] == status, answer
    assert Tag.objects.count() == (status == 201)


@pytest.mark.parametrize(
    ("referer", "status"),
    [
        ("https://testserver/page", 201),
        ("http://testserver/page", 403),
        ("https://evil.example/testserver", 403),
        (None, 403),
    ],
)
def test_over_https_the_referer_counts(session: str, token: str, referer: str | None, status: int) -> None:
    """Where there is no Origin: a page of plain HTTP may be anybody's."""
    more = {"HTTP_REFERER": referer} if referer else {}
    answer = _post(
        "view", HTTP_COOKIE=_cookie(session, token), HTTP_X_CSRFTOKEN=token, **more, **{"wsgi.url_scheme": "https"}
    )
    assert answer[0] == status, answer


@pytest.mark.parametrize("cookie", ["", "sessionid=nonsense12345678", "csrftoken=abc", "a=1"])
def test_without_a_session_there_is_nothing_to_abuse(way: str, cookie: str) -> None:
    """No token is asked of anybody; the rule says no to them as ever."""
    more = {"HTTP_COOKIE": cookie} if cookie else {}
    status, document = _post(way, **more, HTTP_ORIGIN="http://evil.example")
    assert (status, document["type"]) == (401, "urn:nuages:problem:not-identified")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "QUERY"])
def test_reading_wants_no_token(way: str, session: str, method: str) -> None:
    """Safe methods change nothing."""
    if way == "view":
        client = Client(enforce_csrf_checks=True)
        client.cookies["sessionid"] = session
        answer = client.generic(method, "/api/books", b"{}", content_type="application/json")
        assert answer.status_code in {200, 204}, answer.content


def test_names_of_the_settings_count(way: str, session: str, token: str, settings: Any) -> None:
    """CSRF_COOKIE_NAME and CSRF_HEADER_NAME, as Django reads them."""
    settings.CSRF_COOKIE_NAME = "own"
    settings.CSRF_HEADER_NAME = "HTTP_X_OWN"
    cookie = f"sessionid={session}; own={token}"
    assert _post(way, HTTP_COOKIE=cookie, HTTP_X_CSRFTOKEN=token)[0] == 403
    assert _post(way, HTTP_COOKIE=cookie, HTTP_X_OWN=token)[0] == 201


def test_a_session_that_has_ended_is_nobodys(way: str, session: str, token: str) -> None:
    """After logout the cookie is worth nothing."""
    SessionStore(session).delete()
    assert _post(way, HTTP_COOKIE=_cookie(session, token), HTTP_X_CSRFTOKEN=token)[0] == 401


@pytest.mark.django_db
def test_csrf_with_tokens_in_the_session(settings: Any) -> None:
    """CSRF_USE_SESSIONS = True: Django's check wants request.session."""
    settings.CSRF_USE_SESSIONS = True
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann", is_staff=True))
    response = client.post("/api/tags", {"name": "x"}, content_type="application/json")
    assert response.status_code == 403, response.content
