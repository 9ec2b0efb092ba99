"""Turn what a request says of its body into the one type that is read, and the bytes that it may have."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from nuages.errors import LengthRequired, UnsupportedMediaType
from nuages.http.bodies import media_type, read_body
from nuages.http.request import Request

JSON = "application/json"
DEFAULT_MAX_BODY_BYTES = 1 << 20


def max_body_bytes() -> int:
    """How long a body may be: the setting NUAGES_MAX_BODY_BYTES.

    Units: bytes.
    """
    return int(getattr(settings, "NUAGES_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES))


def demand_type(request: Request, types: Sequence[str]) -> str:
    """Demand one of several types, and a length.

    Raises: UnsupportedMediaType, LengthRequired.
    """
    named = media_type(request)
    if named not in types:
        header = ("Accept-Patch" if request.method == "PATCH" else "Accept", ", ".join(types))
        raise UnsupportedMediaType(f"Content-Type must be {' or '.join(types)}.", headers=[header])
    if request.header("content-length") is None:
        raise LengthRequired("Say by Content-Length how long the body is: a cut one would look whole without it.")
    return named


def receive_json(request: Request) -> bytes:
    """Read a body of JSON that somebody else decodes.

    Raises: as `demand_type`, and as http.bodies.
    """
    demand_type(request, (JSON,))
    return read_body(request, max_bytes=max_body_bytes())
