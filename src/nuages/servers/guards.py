"""Turn Django's settings into what its middleware would have done on the straight path: who may be asked for, which
headers go out, what must come by HTTPS. Settings are read once; each guard stands only where its middleware does.

Other middleware of a project is not run on the straight path: `manage.py serve` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

from nuages.errors import BadRequest
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.servers.cors import CORS_MIDDLEWARE, read_cors

_SECURITY = "django.middleware.security.SecurityMiddleware"
# The middleware whose part the straight path takes over; the last is in Django from 6.0 on.
GUARDED = (
    _SECURITY,
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
)
PASSED_BY_WITHOUT_LOSS = (*GUARDED, CORS_MIDDLEWARE)
# What Django allows while DEBUG is on and nothing is said: django.http.request.HttpRequest.get_host.
_DEBUG_HOSTS = (".localhost", "127.0.0.1", "[::1]")
# A pattern such as ".example.com" lets a client choose names without end; RFC 1035 ends a name at 255 characters.
_MOST_HOSTS = 1024
_LONGEST_HOST_CHARS = 255 + len(":65535")

Pairs = tuple[tuple[str, str], ...]


class Guards:
    """What Django's settings ask of every request and response.

    Shapes: headers come as a mapping of lower-case names; `scheme` is the server's word for the socket.
    """

    def __init__(self) -> None:
        hosts = settings.ALLOWED_HOSTS
        self._allowed = tuple(hosts) if hosts or not settings.DEBUG else _DEBUG_HOSTS
        self._known: set[str] = set()
        self._host_names = ("x-forwarded-host", "host") if settings.USE_X_FORWARDED_HOST else ("host",)
        self._proxy = _read_proxy_header()
        self._redirects = settings.SECURE_SSL_REDIRECT and _SECURITY in settings.MIDDLEWARE
        self._has_redirect_host = bool(settings.SECURE_SSL_HOST)
        self.cors = read_cors()
        self._added = {secure: _headers_added(_PROBES[secure]()) for secure in (False, True)}

    def demand_host(self, headers: Mapping[str, str], authority: str = "") -> str:
        """Demand one valid host name that this project goes by, and give it.

        Shapes: `authority` is the host of a request target in absolute form, where the server shows it; it must be the
            host's own. A missing host is refused as well, as RFC 9112 wants for HTTP/1.1 and Django would not do.
        Raises: BadRequest `unknown-host`.
        Source: RFC 9112 sections 3.2 and 3.2.2; django.http.request.HttpRequest.get_host.
        """
        host = self._host(headers)
        if (host in self._known or self._allows(host)) and (not authority or authority.lower() == host.lower()):
            return host
        raise BadRequest("This server does not go by that name.", code="unknown-host")

    def is_secure(self, headers: Mapping[str, str], scheme: str) -> bool:
        """Tell whether the client came by HTTPS, by the word of the socket or of the proxy in front.

        Source: django.http.request.HttpRequest.scheme.
        """
        said = headers.get(self._proxy[0]) if self._proxy else None
        if said is None or self._proxy is None:
            return scheme == "https"
        return said.split(",", 1)[0].strip() == self._proxy[1]

    def admit(self, request: Request, authority: str = "") -> bool:
        """Admit a request to the core, and note its host; False where Django may send the client to HTTPS instead.

        Raises: BadRequest as demand_host does, unless the client is sent to a host of the project's choosing.
        """
        is_djangos = self._redirects and not request.secure
        if not (is_djangos and self._has_redirect_host):
            request.host = self.demand_host(request.headers, authority)
        return not is_djangos

    def complete(self, response: Response, *, secure: bool) -> Response:
        """Add the headers that Django's middleware adds, unless they stand there already."""
        added = self._added[secure]
        if added:
            present = {name.lower() for name, _ in response.headers}
            response.headers += [pair for pair in added if pair[0].lower() not in present]
        return response

    def _host(self, headers: Mapping[str, str]) -> str:
        for name in self._host_names:
            host = headers.get(name)
            if host is not None:
                return host
        return ""

    def _allows(self, host: str) -> bool:
        domain, _ = split_domain_port(host)
        if not domain or not validate_host(domain, self._allowed):
            return False
        if len(host) <= _LONGEST_HOST_CHARS:
            if len(self._known) >= _MOST_HOSTS:
                self._known.clear()
            self._known.add(host)
        return True


def authority_of(target: str) -> str:
    """Give the host of a request target in absolute form, and "" for one that is a path.

    Shapes: `authority_of("http://a:80/b")` is "a:80".
    """
    if target.startswith("/") or "://" not in target:
        return ""
    try:
        return urlsplit(target).netloc or "?"
    except ValueError:
        return "?"  # no host is called so


class _Plain(HttpRequest):
    """A request that came by HTTP."""


class _Secure(HttpRequest):
    """A request that came by HTTPS."""

    def _get_scheme(self) -> str:
        return "https"


_PROBES: dict[bool, type[HttpRequest]] = {False: _Plain, True: _Secure}


def _headers_added(request: HttpRequest) -> Pairs:
    """Ask Django's own middleware, once, what it adds to a response that has nothing yet."""
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del response["Content-Type"]
    for name in GUARDED:
        if name in settings.MIDDLEWARE:
            import_string(name)(lambda _: response).process_response(request, response)
    return tuple(response.items())


def _read_proxy_header() -> tuple[str, str] | None:
    """Read SECURE_PROXY_SSL_HEADER: the header's lower-case name and the value that means HTTPS."""
    if not settings.SECURE_PROXY_SSL_HEADER:
        return None
    name, value = settings.SECURE_PROXY_SSL_HEADER
    return name.removeprefix("HTTP_").replace("_", "-").lower(), value
