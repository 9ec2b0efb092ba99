"""Frame finished rows: the page's envelope, its links, one member. The rows' bytes are joined, never read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_plus

import msgspec

from nuages.http.response import Response

# What may stand in a query (RFC 3986 section 3.4), and the percent sign of what is already encoded.
_QUERY_SAFE = "%!$&'()*+,;=:@/?-._~"
_SAFE_QUERY = re.compile(r"[A-Za-z0-9%!$&'()*+,;=:@/?._~-]*")


def page_response(rows: Sequence[bytes], *, next_url: str | None) -> Response:
    """Frame a page.

    Shapes: `{"items": [...], "next": url or null, "previous": null}`, and the same links as a `Link` header.
    Source: RFC 8288 (web linking).
    """
    following = b"null" if next_url is None else msgspec.json.encode(next_url)
    body = b"".join((b'{"items":[', b",".join(rows), b'],"next":', following, b',"previous":null}'))
    response = Response.json(body)
    if next_url is not None:
        response.headers.append(("Link", f'<{next_url}>; rel="next"'))
    return response


def next_link(path: str, query: str, cursor: str) -> str:
    """Spell the URL of the next page: the same question, behind a cursor.

    Shapes: path-absolute, so that it holds behind any proxy that keeps paths.
    """
    kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) != "cursor"]
    question = "&".join([*kept, f"cursor={cursor}"])
    if not _SAFE_QUERY.fullmatch(question):
        question = quote(question.encode("latin-1", "replace"), safe=_QUERY_SAFE)  # a raw query is latin-1 (PEP 3333)
    return f"{safe_path(path)}?{question}"


def safe_path(path: str) -> str:
    """Spell a path as it stands in a URL (RFC 3986 section 3.3)."""
    return path if path.isascii() and " " not in path else quote(path, safe="/%!$&'()*+,;=:@-._~")
