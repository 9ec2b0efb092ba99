"""Turn a row's place in an order into an opaque cursor, and back. Signed: an edited cursor never reaches SQL."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
from functools import cache
from typing import Any

import msgspec

from nuages.errors import BadRequest

VERSION = b"\x02"
_MAC_BYTES = 12  # 96 bits: forging one takes 2^95 tries on average

Place = tuple[str | int | float | None, ...]


class Cursor(msgspec.Struct, frozen=True):
    """Where a page begins: behind a place, or before it when the list is walked backwards.

    Shapes: `is_inclusive` where a row at the very place belongs to the page too.
    """

    place: Place
    is_backwards: bool = False
    is_inclusive: bool = False


def write_cursor(cursor: Cursor, *, scope: str, key: bytes) -> str:
    """Encode a cursor, valid for one scope only.

    Shapes: the place holds the raw values of the order's columns; `scope` names the resource and the order.
    Source: base64url of RFC 4648 section 5 without padding.
    """
    payload = _dump((cursor.is_backwards + 2 * cursor.is_inclusive, *cursor.place))
    return _encode(VERSION + _sign(payload, scope, key) + payload)


def read_cursor(text: str, *, scope: str, key: bytes, size: int) -> Cursor:
    """Decode a cursor.

    Raises: BadRequest when it was edited, cut, made for another order, or by another version.
    """
    payload = _open(text, scope, key)
    if payload is None:
        detail = "This cursor does not belong to this list and order. Start again without it."
        raise BadRequest.parameter("cursor", "invalid-cursor", detail)
    direction, *place = json.loads(payload)
    if len(place) != size:
        detail = "This cursor belongs to an earlier version of this list."
        raise BadRequest.parameter("cursor", "invalid-cursor", detail)
    return Cursor(tuple(place), is_backwards=bool(direction & 1), is_inclusive=bool(direction & 2))


def _dump(values: tuple[str | int | float | None, ...]) -> bytes:
    if any(type(value) is float and not math.isfinite(value) for value in values):
        return json.dumps(values).encode()  # keeps an infinity, where msgspec writes null
    return msgspec.json.encode(values)


def _open(text: str, scope: str, key: bytes) -> bytes | None:
    if not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    version, mac, payload = raw[:1], raw[1 : 1 + _MAC_BYTES], raw[1 + _MAC_BYTES :]
    is_ours = version == VERSION and _encode(raw) == text and hmac.compare_digest(mac, _sign(payload, scope, key))
    return payload if is_ours else None


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _sign(payload: bytes, scope: str, key: bytes) -> bytes:
    """A keyed BLAKE2b (RFC 7693): an eighth of what an HMAC costs."""
    mac = _keyed(key).copy()
    mac.update(b"%b%b\x00%b" % (VERSION, scope.encode(), payload))
    return bytes(mac.digest())


@cache
def _keyed(key: bytes) -> Any:
    """One for each API; copying it spares the key's own round."""
    return hashlib.blake2b(key=key, digest_size=_MAC_BYTES)
