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
    beside = (b'],"next":', _url(links.next), b',"previous":', _url(links.previous))
    response = Response.json(b"".join((b'{"items":[', b",".join(rows), *beside, counted, b"}")))
    if links.next is not None or links.previous is not None:
        pairs = (("next", links.next), ("previous", links.previous))
        spelled = ", ".join([f'<{url}>; rel="{name}"' for name, url in pairs if url is not None])
        response.headers.append(("Link", spelled))
    return response


def _url(url: str | None) -> bytes:
    return b"null" if url is None else msgspec.json.encode(url)
