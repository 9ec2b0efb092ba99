"""From `wsgi.input` to bytes, when somebody asks for them. Where a body is too long is `http.bodies`' to say.

Source: PEP 3333, "Input and Error Streams".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.errors import LengthRequired
from nuages.http.bodies import incomplete_body


def read_input(environ: Mapping[str, Any], most: int) -> bytes:
    """Read the first `most` bytes of the body, fewer when it ends before; a GET's is never read.

    Raises: BadRequest `incomplete-body` when the connection breaks; LengthRequired for a chunked body that the server
        does not end by itself: reading on could wait for ever.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        most = min(most, int(length))
    elif not environ.get("wsgi.input_terminated"):
        _refuse_chunks(environ)
        return b""
    try:
        return _read_fully(environ["wsgi.input"], most)
    except Exception as error:  # each server has errors of its own for a body that broke off or is garbled
        raise incomplete_body() from error


def _read_fully(stream: Any, most: int) -> bytes:
    """Read until there is enough or no more: a stream may give less than it was asked for."""
    chunks: list[bytes] = []
    while most > 0 and (chunk := stream.read(most)):
        chunks.append(chunk)
        most -= len(chunk)
    return b"".join(chunks)


def _refuse_chunks(environ: Mapping[str, Any]) -> None:
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired("This server reads a body only by its Content-Length.")
