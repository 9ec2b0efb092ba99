"""A browser's refresh token lives in a cookie that its pages cannot read and other sites cannot use."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.middleware import csrf
from django.test import Client, override_settings
from django.urls import path

from nuages import API
from nuages.http.response import Response
from nuages.models import Login
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import find_mounts
from nuages.servers.wsgi_app import WsgiApplication
from tests.http.entering import (
    PASSWORD,
    assert_refused,
    log_in,
    make_api,
    make_user,
    may_enter,
    post,
    refresh,
    session_api,
)
from tests.unit.servers.calls import call_wsgi, environ_of

TOKEN = csrf._get_new_csrf_string()  # type: ignore[attr-defined]  # the stubs lack it
COOKIE = f"csrftoken={TOKEN}"
BY_COOKIE = {"username": "ann", "password": PASSWORD, "cookie": True}

mounted = make_api()
urlpatterns = [path("api/", mounted.urls)]


@pytest.fixture
def api(database: Any) -> API:
    """An API with logins, and ann, who may log in."""
    make_user()
    return make_api()


def from_page(api: API, path: str, document: Any, cookie: str = "", **headers: str) -> Response:
    """Send as a page of this site does: with the CSRF cookie, and its token in a header."""
    cookies = "; ".join(filter(None, [COOKIE, cookie]))
    return post(api, path, document, cookie=cookies, x_csrftoken=TOKEN, **headers)


def kept(response: Response) -> str:
    """The refresh token in the cookie that an answer sets; how it is set is proved."""
    assert response.status == 200, response.body
    assert "refresh_token" not in json.loads(response.body)
    [header] = [value for name, value in response.headers if name == "Set-Cookie"]
    pair, *attributes = header.split("; ")
    assert attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=1209600"]
    name, _, token = pair.partition("=")
    assert name == "__Host-refresh"
    assert len(token) == 43
    assert token.encode() not in response.body
    return token


def test_a_cookie_holds_the_refresh_token(api: API) -> None:  # R20
    """Out of reach of scripts and of other hosts; refreshing turns it, logging out deletes it."""
    first = kept(from_page(api, "token", BY_COOKIE))
    second_answer = from_page(api, "refresh", {}, f"__Host-refresh={first}")
    second = kept(second_answer)
    assert second != first
    access = json.loads(second_answer.body)["access_token"]
    assert may_enter(api, access)
    response = from_page(api, "logout", None, f"__Host-refresh={second}")
    assert response.status == 204
    assert response.header("set-cookie") == ("__Host-refresh=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
    assert not may_enter(api, access)
    assert_refused(from_page(api, "refresh", {}, f"__Host-refresh={second}"))


@pytest.mark.parametrize("path", ["token", "refresh", "logout"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_csrftoken": "x" * 32},
        {"x_csrftoken": TOKEN, "origin": "https://evil.example"},
        {"x_csrftoken": TOKEN, "origin": "null"},
    ],
)
def test_another_site_cannot_use_the_cookie(api: API, path: str, headers: dict[str, str]) -> None:  # R20
    """403, and nothing begins, follows or ends; nor can it log a browser in as somebody else."""
    token = kept(from_page(api, "token", BY_COOKIE))
    document = BY_COOKIE if path == "token" else {}
    response = post(api, path, document, cookie=f"{COOKIE}; __Host-refresh={token}", **headers)
    assert_refused(response, "csrf-failed", 403)
    assert response.header("set-cookie") is None
    assert Login.objects.filter(ended_at=None).count() == 1
    assert kept(from_page(api, "refresh", {}, f"__Host-refresh={token}"))


def test_a_token_in_the_body_needs_no_proof(api: API) -> None:
    """No browser sends it by itself; the cookie that comes along is left alone."""
    cookie = kept(from_page(api, "token", BY_COOKIE))
    token = log_in(api, cookie=f"__Host-refresh={cookie}")["refresh_token"]
    response = refresh(api, token, cookie=f"__Host-refresh={cookie}", origin="https://evil.example")
    assert response.status == 200
    assert response.header("set-cookie") is None
    assert_refused(refresh(api, "", cookie=f"__Host-refresh={cookie}"))


def test_a_cookie_that_was_there_before_is_not_taken_over(api: API) -> None:  # R25
    """A login makes a token of its own, whatever was planted."""
    planted = log_in(api)["refresh_token"]
    assert kept(from_page(api, "token", BY_COOKIE, f"__Host-refresh={planted}")) != planted
    assert Login.objects.count() == 2


@pytest.mark.parametrize("cookie", ["__Host-refresh=", "refresh=abc", "x__Host-refresh=abc", "__host-refresh=abc"])
def test_without_the_cookie_a_token_is_wanted(api: API, cookie: str) -> None:
    """422 at its place."""
    response = from_page(api, "refresh", {}, cookie)
    assert_refused(response, "invalid-document", 422)
    assert json.loads(response.body)["errors"][0]["pointer"] == "/refresh_token"


@pytest.mark.parametrize("cookie", ["__Host-refresh=abc", '__Host-refresh="\\000"', "a=1;;__Host-refresh=é; =x"])
def test_a_bad_cookie_is_a_bad_token(api: API, cookie: str) -> None:
    """The same 401; the cookie is left, since another tab may just have turned it."""
    response = from_page(api, "refresh", {}, cookie)
    assert_refused(response)
    assert response.header("set-cookie") is None


def test_a_session_ends_all_logins_with_its_proof_alone(database: Any) -> None:
    """Django's session may list and end the API's logins; from this site."""
    make_user()
    api = session_api()
    log_in(api)
    client = Client()
    client.force_login(User.objects.get())
    session = f"sessionid={client.cookies['sessionid'].value}"
    assert len(json.loads(post(api, "sessions", method="GET", cookie=session).body)["items"]) == 1
    assert post(api, "logout-all", cookie=session).status == 403
    assert Login.objects.get().ended_at is None
    assert from_page(api, "logout-all", None, session).status == 204
    assert Login.objects.get().ended_at is not None


@pytest.fixture
def at_a_url(transactional_db: None) -> Iterator[None]:
    """The API under /api/, and ann."""
    make_user()
    with override_settings(ROOT_URLCONF=__name__):
        yield


def _no_django(environ: Any, start_response: Any) -> Any:
    raise AssertionError("the straight path leads to the core")


def test_the_cookie_comes_through_django(at_a_url: None) -> None:
    """With every attribute, beside a cookie of a middleware, and it may be used."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = TOKEN
    answer = client.post("/api/auth/token", BY_COOKIE, content_type="application/json", headers={"X-CSRFToken": TOKEN})
    assert answer.status_code == 200, answer.content
    morsel = answer.cookies["__Host-refresh"]
    assert (morsel["path"], morsel["secure"], morsel["httponly"], morsel["samesite"]) == ("/", True, True, "Strict")
    assert (morsel["max-age"], morsel["domain"]) == ("1209600", "")
    again = client.post("/api/auth/refresh", {}, content_type="application/json", headers={"X-CSRFToken": TOKEN})
    assert again.status_code == 200, again.content
    assert again.cookies["__Host-refresh"].value != morsel.value
    assert Login.objects.get().address == "127.0.0.1"


def test_the_cookie_comes_straight(at_a_url: None) -> None:
    """By WSGI past Django's handlers, which tells the peer's address."""
    body = json.dumps(BY_COOKIE).encode()
    application = WsgiApplication(Front(find_mounts(), Guards()), _no_django)
    sent = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    more = {"HTTP_COOKIE": COOKIE, "HTTP_X_CSRFTOKEN": TOKEN, "REMOTE_ADDR": "192.0.2.77"}
    answer = call_wsgi(application, environ_of("/api/auth/token", "POST", **sent, **more))
    assert answer.status == 200, answer.body
    assert (answer.header("set-cookie") or "").startswith("__Host-refresh=")
    assert Login.objects.get().address == "192.0.2.77"
