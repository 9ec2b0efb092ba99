"""Lock the member that a change or an action is about, and compare it with what the client believes."""

from __future__ import annotations

from typing import Any

from nuages.change.rows import lock_row
from nuages.errors import PreconditionFailed, PreconditionRequired
from nuages.http.conditional import etag_of, match_tags
from nuages.writes.asked import Asked, key_of, key_text
from nuages.writes.shown import show


def lock_member(asked: Asked[Any], *, is_shown: bool = False) -> tuple[Any, bytes]:
    """Lock the member, and compare it with what the client believes.

    Shapes: the row, and its JSON where a precondition or `is_shown` wants it; else, and where it may not be read, b"".
    Raises: NotFound, NotAllowed; PreconditionFailed, PreconditionRequired.
    Source: RFC 9110 section 13.2.2; RFC 6585 section 3.
    """
    operation, request = asked.operation, asked.request
    seen = asked.sight.rows(operation.spec.model, operation.spec.name)
    row = lock_row(seen, key_of(asked), asked.verdict, asked.refuse)
    wanted, unwanted = request.header("if-match"), request.header("if-none-match")
    if wanted is None and operation.spec.requires_match:
        raise PreconditionRequired("Say by If-Match which state of the member this changes.")
    if wanted is None and unwanted is None and not is_shown:
        return row, b""
    body = show(asked, key_text(asked, row)) or b""
    etag = etag_of(body) if body else ""
    if wanted is not None and not match_tags(wanted, etag, weak=False):
        raise PreconditionFailed("The member is not in the state that If-Match names.")
    if unwanted is not None and match_tags(unwanted, etag, weak=True):
        raise PreconditionFailed("The member is in a state that If-None-Match excludes.")
    return row, body
