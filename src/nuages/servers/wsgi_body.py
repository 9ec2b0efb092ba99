"""From `wsgi.input` to bytes, when somebody asks for them. Where a body is too long is `http.bodies`' to say.

Source: PEP 3333, "Input and Error Streams".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nuages.errors import LengthRequired
from nuages.http.bodies import incomplete_body

PIECE_BYTES = 65_536


def read_input(environ: Mapping[str, Any], most: int) -> bytes:
    """Read the first `most` bytes of the body, fewer when it ends before; a GET's is never read.

    Raises: BadRequest `incomplete-body` when the connection breaks; LengthRequired for a chunked body that the server
        does not end by itself: reading on could wait for ever.
    """
    most = _bounded(environ, most)
    return b"".join(_pieces(environ["wsgi.input"], most, most)) if most else b""


def input_pieces(environ: Mapping[str, Any], most: int) -> Iterator[bytes]:
    """Give the same piece by piece.

    Raises: as `read_input`.
    """
    most = _bounded(environ, most)
    return _pieces(environ["wsgi.input"], most, PIECE_BYTES) if most else iter(())


def _bounded(environ: Mapping[str, Any], most: int) -> int:
    """How much of the body there may be to read, at most."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        return min(most, int(length))
    if not environ.get("wsgi.input_terminated"):
        _refuse_chunks(environ)
        return 0
    return most


def _pieces(stream: Any, most: int, at_once: int) -> Iterator[bytes]:
    """Read until there is enough or no more: a stream may give less than it was asked for."""
    try:
        while most > 0 and (piece := stream.read(min(most, at_once))):
            yield piece
            most -= len(piece)
    except Exception as error:  # each server has errors of its own for a body that broke off or is garbled
        raise incomplete_body() from error


def _refuse_chunks(environ: Mapping[str, Any]) -> None:
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired("This server reads a body only by its Content-Length.")
