"""Send a body in pieces where a client can see that it was broken off; elsewhere make all of it before it is sent.

A body without a length ends with its last chunk, and a server that cannot make it must not send that one. granian
sends it under WSGI whatever an application raises. HTTP/1.0 has no chunks: there a body ends where the connection does.
Source: RFC 9112 sections 6.3 and 7.1; PEP 3333, "Handling Exceptions"; granian's src/wsgi/io.rs.
"""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import Any

from nuages.errors import BrokenOff
from nuages.http.request import Request
from nuages.http.response import Pieces, Response
from nuages.respond.problem import problem_response

SHOWING = frozenset({"1.1", "2", "2.0", "3"})
"""Versions of HTTP in which an end is told from a break; servers spell the second in two ways."""

_READ_BYTES = 64 << 10
_MOST_IN_MEMORY_BYTES = 1 << 20
_OF_THE_BODY = ("content-type", "content-length", "content-encoding", "content-disposition", "cache-control")


def environ_shows_breaks(environ: Mapping[str, Any]) -> bool:
    """Whether a server that speaks WSGI breaks off, when an application fails, what it has begun to send."""
    version = str(environ.get("SERVER_PROTOCOL", "")).removeprefix("HTTP/")
    return version in SHOWING and str(environ.get("SERVER_SOFTWARE", "")).startswith("gunicorn/")


def sendable(response: Response, request: Request) -> Response:
    """Give what may be sent: the response as it is, or with its whole body in a file, and so with a length.

    Shapes: the file lies in the directory for temporary ones, once it is longer than a megabyte. Where the body cannot
        be made, the problem that says so. A body whose length is told shows by that alone that it was broken off.
    """
    if request.shows_breaks or response.pieces is None or response.header("Content-Length") is not None:
        return response
    try:
        stored = _Stored(response.pieces)
    except BrokenOff as broken:
        said = problem_response(broken.problem, request)
        said.headers += [pair for pair in response.headers if pair[0].lower() not in _OF_THE_BODY]
        return said
    response.pieces = stored
    response.headers.append(("Content-Length", str(stored.size_bytes)))
    return response


class _Stored:
    """The pieces of a file that lives as long as they are sent."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._file = SpooledTemporaryFile(max_size=_MOST_IN_MEMORY_BYTES)  # noqa: SIM115  # closed by close()
        try:
            for piece in pieces:
                self._file.write(piece)
        except BaseException:
            self.close()
            raise
        self.size_bytes = self._file.tell()
        self._file.seek(0)

    def __iter__(self) -> _Stored:
        return self

    def __next__(self) -> bytes:
        piece: bytes = self._file.read(_READ_BYTES)
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let go of the file and of what made the pieces."""
        self._file.close()
        self._pieces.close()
