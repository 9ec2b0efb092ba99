"""Turn a Request into the HttpRequest that Django's own code wants: host, scheme, cookies, headers. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, parse_cookie

from nuages.http.request import Request

_PORTS = {False: "80", True: "443"}


class _Secure(HttpRequest):
    """A request that came by HTTPS."""

    def _get_scheme(self) -> str:
        return "https"


def stand_in(request: Request, names: Iterable[str]) -> HttpRequest:
    """Give a request that Django takes for its own.

    Shapes: `names` are those of the headers that it holds, in lower case; its body is empty. Its port is the one that
        the client named.
    """
    djangos = (_Secure if request.secure else HttpRequest)()
    djangos.method, djangos.path, djangos.path_info = request.method, request.prefix + request.path, request.path
    port = request.host.rpartition(":")[2]
    djangos.META = {
        "REQUEST_METHOD": request.method,
        "HTTP_HOST": request.host,
        "SERVER_NAME": "",
        "SERVER_PORT": port if port.isdecimal() else _PORTS[request.secure],
    }
    given = {name: request.header(name) for name in names if name != "host"}
    djangos.META |= {_meta_name(name): value for name, value in given.items() if value is not None}
    djangos.COOKIES = parse_cookie(request.header("cookie") or "")
    return djangos


def _meta_name(name: str) -> str:
    plain = name.upper().replace("-", "_")
    return plain if plain in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{plain}"
