"""Serve the page on which people read the description of an API and try it: Swagger UI, from this package alone.

What the page does stands in `page/docs.js`; it asks no other host.
Source: github.com/swagger-api/swagger-ui, docs/usage/configuration.md; w3.org/TR/CSP3.
"""

from __future__ import annotations

import gzip
from functools import cache
from html import escape
from importlib.resources import files

from nuages.errors import NotFound
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.parse.pairs import refuse_parameters
from nuages.respond.links import safe_path

PATH = "/docs"
_VERSION = "5.35.0-2"  # of the files together: their URLs are kept for ever
FILES = f"{PATH}/{_VERSION}/{{name}}"
_TYPES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "docs.css": "text/css; charset=utf-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LASTING = ("Cache-Control", "public, max-age=31536000, immutable")
_VARY = ("Vary", "Accept-Encoding")


def page(title: str, request: Request) -> Response:
    """The page of an API of this title.

    Raises: BadRequest for parameters.
    """
    refuse_parameters(request.query)
    root = safe_path(request.prefix)
    places = {"title": escape(title), "root": escape(root), "files": escape(f"{root}{PATH}/{_VERSION}")}
    text = (files(__package__) / "page" / "index.html").read_text(encoding="utf-8")
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    body = text.encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    return Response(200, body, [*headers, ("Content-Security-Policy", _POLICY)])


def file_of(request: Request, name: str) -> Response:
    """One of the files that the page needs; the same for every API.

    Raises: NotFound, BadRequest.
    """
    refuse_parameters(request.query)
    if name not in _TYPES:
        raise NotFound("There is no such file.")
    packed = "gzip" in (request.header("accept-encoding") or "").lower()
    body = _content(name, packed=packed)
    headers = [("Content-Type", _TYPES[name]), ("Content-Length", str(len(body))), _LASTING, _VARY]
    return Response(200, body, [*headers, ("Content-Encoding", "gzip")] if packed else headers)


@cache
def _content(name: str, *, packed: bool) -> bytes:
    body = (files(__package__) / "page" / name).read_bytes()
    return gzip.compress(body, mtime=0) if packed else body
