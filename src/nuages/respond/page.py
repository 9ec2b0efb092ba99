"""Frame finished rows: the page's envelope and its headers. The rows' bytes are joined, never read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from nuages.http.response import Response


class Links(msgspec.Struct, frozen=True):
    """The URLs of the pages beside this one; None where there is none."""

    next: str | None = None
    previous: str | None = None


class Count(msgspec.Struct, frozen=True):
    """How many members there are.

    Shapes: `relation` is "exact", "at_least" or "estimated".
    """

    number: int
    relation: str


NO_LINKS = Links()


def page_response(rows: Sequence[bytes], links: Links = NO_LINKS, count: Count | None = None) -> Response:
    """Frame a page.

    Shapes: `{"items": [...], "next": url or null, "previous": url or null}`, and the same links as a `Link` header;
        with a count, `"count"` and `"count_relation"` too.
    Source: RFC 8288 (web linking).
    """
    counted = b"" if count is None else b',"count":%d,"count_relation":"%s"' % (count.number, count.relation.encode())
    end = b'],"next":%b,"previous":%b%b}' % (_url(links.next), _url(links.previous), counted)
    response = Response.json(_framed(b'{"items":[', rows, end))
    if links.next is not None or links.previous is not None:
        pairs = (("next", links.next), ("previous", links.previous))
        spelled = ", ".join([f'<{url}>; rel="{name}"' for name, url in pairs if url is not None])
        response.headers.append(("Link", spelled))
    return response


def _framed(start: bytes, rows: Sequence[bytes], end: bytes) -> bytes:
    """Join everything at once: a page may be long, and each further join copies it once more."""
    if not rows:
        return start + end
    *others, last = rows
    if not others:
        return b"".join((start, last, end))
    return b",".join((start + others[0], *others[1:], last + end))


def _url(url: str | None) -> bytes:
    return b"null" if url is None else msgspec.json.encode(url)
