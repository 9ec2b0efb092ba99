"""On the straight path the answers carry the status and the headers that Django's middleware would give them."""

from importlib.util import find_spec
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.urls import path
from django.utils import timezone, translation

from nuages.errors import BadRequest
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.servers.django_view import urls_for
from nuages.servers.front import Front
from nuages.servers.guards import Guards, authority_of
from nuages.servers.mounts import Mount, find_mounts
from nuages.servers.wsgi_app import WsgiApplication
from tests.unit.servers.calls import Answer, call_wsgi, environ_of

SECURITY = "django.middleware.security.SecurityMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"
EVERY = [SECURITY, COMMON, FRAMES]


def _core(request: Request) -> Response:
    """Tell what reached it."""
    body = f"{request.method} {request.prefix} {request.path} {request.query} {request.secure}".encode()
    return Response(200, body, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])


def _framed(request: Request) -> Response:
    """Set a header that Django's middleware would set too, in another case."""
    response = _core(request)
    response.headers += [("x-frame-options", "SAMEORIGIN"), ("Referrer-Policy", "origin")]
    return response


urlpatterns = [path("api/", urls_for(_core)), path("framed/", urls_for(_framed))]

CSP = "django.middleware.csp.ContentSecurityPolicyMiddleware"
SINCE_DJANGO_6: list[Any] = [
    {"MIDDLEWARE": [*EVERY, CSP]},
    {"MIDDLEWARE": [CSP], "SECURE_CSP": {"default-src": ["'self'"], "script-src": ["<CSP_NONCE_SENTINEL>"]}},
    {"MIDDLEWARE": [CSP], "SECURE_CSP_REPORT_ONLY": {"default-src": ["'none'"]}},
]
SETTINGS: list[Any] = [
    *(SINCE_DJANGO_6 if find_spec("django.middleware.csp") else []),
    {},
    {"MIDDLEWARE": []},
    {"MIDDLEWARE": [SECURITY]},
    {"MIDDLEWARE": [FRAMES]},
    {"X_FRAME_OPTIONS": "sameorigin"},
    {"SECURE_CONTENT_TYPE_NOSNIFF": False, "SECURE_CROSS_ORIGIN_OPENER_POLICY": None},
    {"SECURE_REFERRER_POLICY": "origin, strict-origin"},
    {"SECURE_REFERRER_POLICY": ["origin", "strict-origin"]},
    {"SECURE_REFERRER_POLICY": None},
    {"SECURE_HSTS_SECONDS": 60},
    {"SECURE_HSTS_SECONDS": 60, "SECURE_HSTS_INCLUDE_SUBDOMAINS": True, "SECURE_HSTS_PRELOAD": True},
    {"SECURE_HSTS_SECONDS": 60, "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
    {"SECURE_SSL_REDIRECT": True},
    {"SECURE_SSL_REDIRECT": True, "MIDDLEWARE": [COMMON]},
    {"SECURE_SSL_REDIRECT": True, "SECURE_SSL_HOST": "secure.example.com"},
    {"SECURE_SSL_REDIRECT": True, "SECURE_REDIRECT_EXEMPT": ["^api/"]},
    {"SECURE_SSL_REDIRECT": True, "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
    {"ALLOWED_HOSTS": ["*"]},
    {"ALLOWED_HOSTS": [".example.com"]},
    {"ALLOWED_HOSTS": [], "DEBUG": True},
    {"ALLOWED_HOSTS": []},
    {"ALLOWED_HOSTS": ["example.com"], "USE_X_FORWARDED_HOST": True},
    {"FORCE_SCRIPT_NAME": "/forced"},
]
REQUESTS: list[Any] = [
    {},
    {"REQUEST_METHOD": "HEAD"},
    {"PATH_INFO": "/framed/"},
    {"PATH_INFO": "/api"},
    {"PATH_INFO": "/api/caf\xc3\xa9", "QUERY_STRING": "q=%C3%A9"},
    {"SCRIPT_NAME": "/shop"},
    {"wsgi.url_scheme": "https"},
    {"HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_X_FORWARDED_PROTO": "https, http"},
    {"HTTP_X_FORWARDED_PROTO": "http", "wsgi.url_scheme": "https"},
    {"HTTP_X_FORWARDED_HOST": "example.com"},
    *({"HTTP_HOST": host} for host in ("localhost", "localhost:8000", "a.localhost", "127.0.0.1", "[::1]:80")),
    *({"HTTP_HOST": host} for host in ("example.com", "a.example.com.", "A.EXAMPLE.com:1", "xexample.com", "evil")),
    *({"HTTP_HOST": host} for host in ("", "testserver,evil", "testserver:x", "testserver/", "a b", "-", "test\xe9")),
]


@pytest.mark.parametrize("chosen", SETTINGS, ids=str)
def test_straight_answers_are_djangos(chosen: dict[str, Any]) -> None:
    """Status, headers and body are those that Django gives; a refused host has its status, and a problem for a body."""
    defaults = {"ROOT_URLCONF": __name__, "MIDDLEWARE": EVERY, "DEBUG": False, "ALLOWED_HOSTS": ["testserver"]}
    with override_settings(**{**defaults, **chosen}):
        django = WSGIHandler()
        straight = WsgiApplication(Front(find_mounts(), Guards()), django)
        for more in REQUESTS:
            environ = {**environ_of("/api/books"), **more}
            _compare(call_wsgi(straight, {**environ}), call_wsgi(django, {**environ}), more)


def _compare(straight: Answer, django: Answer, more: dict[str, Any]) -> None:
    assert straight.status == django.status, more
    if django.status == 400:
        is_django = more.get("PATH_INFO") == "/api"
        assert (straight.header("content-type") == "application/problem+json") is not is_django, more
        assert b"unknown-host" in straight.body or is_django or more.get("REQUEST_METHOD") == "HEAD", more
    elif more.get("REQUEST_METHOD") != "HEAD":  # the server takes a HEAD's body away from Django's answer
        assert (_spelled(straight), straight.body) == (_spelled(django), django.body), more


def _spelled(answer: Answer) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in answer.headers)


@pytest.mark.parametrize("host", [None, "", "evil", "testserver,testserver", "testserver, evil", "a@testserver", "é"])
def test_host_that_is_not_ours_is_refused(host: str | None) -> None:
    """A missing, empty, doubled or foreign host is `unknown-host`, also where Django would put the server's name."""
    with override_settings(ALLOWED_HOSTS=["testserver", "127.0.0.1"]), pytest.raises(BadRequest) as refusal:
        Guards().demand_host({} if host is None else {"host": host})
    assert refusal.value.code == "unknown-host"


def test_absolute_target_must_name_the_host() -> None:
    """A target in absolute form with another host is refused, though both are known; the same host will do."""
    with override_settings(ALLOWED_HOSTS=["testserver", "other"]):
        guards = Guards()
        guards.demand_host({"host": "testserver"}, authority_of("http://TESTSERVER/api"))
        with pytest.raises(BadRequest):
            guards.demand_host({"host": "testserver"}, authority_of("http://other/api"))


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        ("/api?u=http://x/", ""),
        ("*", ""),
        ("a:80", ""),
        ("http://a:80/b", "a:80"),
        ("http:///b", "?"),
        ("http://[/b", "?"),
        ("http://u@a/b", "u@a"),
    ],
)
def test_authority_is_read_off_an_absolute_target(target: str, authority: str) -> None:
    """Only a target in absolute form has an authority; one that cannot be read is no host's name."""
    assert authority_of(target) == authority


def test_known_hosts_are_bounded() -> None:
    """However many names a pattern lets through, and however long, what is remembered stays small."""
    with override_settings(ALLOWED_HOSTS=[".example.com"]):
        guards = Guards()
    for number in range(3000):
        guards.demand_host({"host": f"{number}.example.com"})
    for length in range(300, 3000, 100):
        guards.demand_host({"host": f"{'a' * length}.example.com"})
    assert len(guards._known) <= 1024
    assert max(map(len, guards._known)) < 300


def test_views_language_and_time_zone_end_with_the_view() -> None:
    """What a view's middleware has set for its thread does not reach a core's next request in that thread."""
    seen: list[Any] = []

    def look(request: Request) -> Response:
        seen.append((translation.get_language(), timezone.get_current_timezone_name()))
        return Response(204)

    with override_settings(LANGUAGE_CODE="en-us", TIME_ZONE="UTC"):
        application = WsgiApplication(Front([Mount("/api/", look)], Guards()), _choose_french)
        call_wsgi(application, environ_of("/page"))
        call_wsgi(application, environ_of("/api/"))
        translation.deactivate()
        timezone.deactivate()
    assert seen == [("en-us", "UTC")]


def _choose_french(environ: Any, start_response: Any) -> list[bytes]:
    """Be a project whose middleware chooses a language and a time zone for its thread."""
    translation.activate("fr")
    timezone.activate("Asia/Tokyo")
    start_response("204 No Content", [])
    return []
