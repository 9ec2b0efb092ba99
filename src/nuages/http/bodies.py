"""Turn a request's body into bytes, whole or in pieces, within a bound, and its Content-Type into a name.

What stands in the bytes is `parse`'s to read; how a server hands them over is `servers`'. Nothing here is called for a
request whose body nobody wants, so that a GET's body is never waited for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from time import monotonic

from nuages.errors import BadRequest, ContentTooLarge, UnsupportedMediaType
from nuages.http.request import Request

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST_TYPE_CHARS = 255  # RFC 6838 section 4.2: 127 for each of the two names
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
# Possessive throughout: nothing is tried twice, whatever the client sends.
_MEDIA_TYPE = re.compile(
    rf'\s*+({_TOKEN}/{_TOKEN})((?:[ \t]*+;[ \t]*+(?:{_TOKEN}=(?:{_TOKEN}|"[^"\\]*+"))?+)*+)\s*+', re.ASCII
)
_PARAMETER = re.compile(rf';[ \t]*+({_TOKEN})=(?:({_TOKEN})|"([^"]*+)")', re.ASCII)
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", re.ASCII)  # RFC 2046 section 5.1.1
# A thread waits for a body that comes in pieces: it may begin slowly, and must then come as a telephone could send it.
# Apache's mod_reqtimeout bounds bodies in this way.
_GRACE_S = 30.0
_SLOWEST_BYTES_PER_S = 16_384
_CHARSET = re.compile(r';[ \t]*+charset="?([^";]*)', re.ASCII | re.IGNORECASE)


def read_body(request: Request, *, max_bytes: int) -> bytes:
    """Read the whole body, once.

    Raises: ContentTooLarge for a body of more than `max_bytes`, before the rest of it is read; BadRequest
        `incomplete-body` for one that ends too early; UnsupportedMediaType for one that is compressed.
    Source: RFC 9110 sections 8.4, 8.6 and 15.5.14.
    """
    _refuse_coding(request.header("content-encoding") or "identity")
    length = _read_length(request.header("content-length") or "")
    if length is not None and length > max_bytes:
        raise _too_large(max_bytes)
    body = request.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    if length is not None and len(body) < length:
        raise incomplete_body()
    return body


def read_pieces(request: Request, *, max_bytes: int, clock: Callable[[], float] = monotonic) -> Iterator[bytes]:
    """Read the body piece by piece, once, so that a long one is never held as a whole.

    Raises: as `read_body`, each as soon as it shows; BadRequest `incomplete-body` also for one that comes too slowly.
    """
    _refuse_coding(request.header("content-encoding") or "identity")
    length = _read_length(request.header("content-length") or "")
    if length is not None and length > max_bytes:
        raise _too_large(max_bytes)
    received, begun_s = 0, clock()
    for piece in request.pieces(max_bytes + 1) if request.pieces else (request.read(max_bytes + 1),):
        received += len(piece)
        if received > max_bytes:
            raise _too_large(max_bytes)
        if clock() - begun_s > _GRACE_S + received / _SLOWEST_BYTES_PER_S:
            raise incomplete_body("The body comes too slowly.")
        yield piece
    if length is not None and received < length:
        raise incomplete_body()


def media_type(request: Request) -> str:
    """Give the type of the body.

    Shapes: "application/json" for `Application/JSON; charset=UTF-8`; parameters other than charset are left out.
    Raises: UnsupportedMediaType when there is none, more than one, no proper one, or a charset other than UTF-8.
    Source: RFC 9110 section 8.3; RFC 8259 section 8.1.
    """
    text = request.header("content-type") or ""
    found = _MEDIA_TYPE.fullmatch(text) if len(text) <= _LONGEST_TYPE_CHARS else None
    if found is None:
        raise UnsupportedMediaType("Content-Type must name the one type of the body, such as application/json.")
    if any(charset.strip().lower() != "utf-8" for charset in _CHARSET.findall(found[2])):
        raise UnsupportedMediaType("The body must be UTF-8.")
    return found[1].lower()


def boundary_of(request: Request) -> str:
    """Give what stands between the parts of a body of several.

    Raises: BadRequest `invalid-multipart` where Content-Type names none, two, or one that cannot be.
    Source: RFC 2046 section 5.1.1; RFC 7578 section 4.1.
    """
    found = _MEDIA_TYPE.fullmatch(request.header("content-type") or "")
    pairs = _PARAMETER.findall(found[2]) if found else []
    named = [token or quoted for name, token, quoted in pairs if name.lower() == "boundary"]
    if len(named) != 1 or _BOUNDARY.fullmatch(named[0]) is None:
        raise BadRequest("Content-Type must name the one boundary of the parts.", code="invalid-multipart")
    return str(named[0])


def incomplete_body(detail: str = "The body ends too early.") -> BadRequest:
    """Make the problem of a body whose end did not come."""
    return BadRequest(detail, code="incomplete-body")


def _refuse_coding(coding: str) -> None:
    """Refuse a compressed body: a few bytes of it may be gigabytes of memory."""
    if coding.strip().lower() != "identity":
        hint = ("Accept-Encoding", "identity")
        raise UnsupportedMediaType("The body must not be compressed.", headers=[hint])


def _read_length(text: str) -> int | None:
    if not text:
        return None
    if _LENGTH.fullmatch(text) is None:
        raise BadRequest("Content-Length must be one whole number.")
    return int(text)


def _too_large(max_bytes: int) -> ContentTooLarge:
    return ContentTooLarge(f"The body may have {max_bytes} bytes.")
