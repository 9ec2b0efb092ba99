"""Receive the body of a change or an action: of the right type, of a told length, within the bound."""

from __future__ import annotations

from nuages.configuration import max_body_bytes
from nuages.errors import LengthRequired, UnsupportedMediaType
from nuages.http.bodies import media_type, read_body
from nuages.http.request import Request

MERGE_PATCH = "application/merge-patch+json"
JSON = ("application/json",)


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
