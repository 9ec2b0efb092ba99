"""Receive the body of a change or an action: of the right type, of a told length, within the bound."""

from __future__ import annotations

from collections.abc import Mapping

from nuages.configuration import max_body_bytes
from nuages.errors import LengthRequired, UnsupportedMediaType
from nuages.http.bodies import media_type, read_body
from nuages.http.request import Request

MERGE_PATCH, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
JSON = ("application/json",)
TYPES: Mapping[str, tuple[str, ...]] = {
    "create": JSON,
    "replace": JSON,
    "merge": (MERGE_PATCH, JSON_PATCH, *JSON),
    "merge-many": JSON,
}
"""The types that the body of a change may have, by its kind."""


def receive(request: Request, types: tuple[str, ...], *, header: str = "Accept") -> bytes:
    """Read the whole body.

    Shapes: `header` tells a client whose type is another which there are.
    Raises: UnsupportedMediaType, LengthRequired, ContentTooLarge, BadRequest.
    """
    if media_type(request) not in types:
        names = " or ".join(types)
        raise UnsupportedMediaType(f"Content-Type must be {names}.", headers=[(header, ", ".join(types))])
    if request.header("content-length") is None:
        raise LengthRequired("Say by Content-Length how long the body is: a cut one would look whole without it.")
    return read_body(request, max_bytes=max_body_bytes())
