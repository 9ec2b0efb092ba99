"""Turn the last row's place in an order into an opaque cursor, and back. Signed: an edited cursor never reaches SQL."""

from __future__ import annotations

import base64
import binascii
import hmac
import json

from nuages.errors import BadRequest

VERSION = b"\x01"
_MAC_BYTES = 12  # 96 bits: forging one takes 2^95 tries on average

Place = tuple[str | int | float | None, ...]


def write_cursor(place: Place, *, scope: str, key: bytes) -> str:
    """Encode a place, valid for one scope only.

    Shapes: `place` holds the raw values of the order's columns; `scope` names the resource and the order.
    Source: base64url of RFC 4648 section 5 without padding.
    """
    payload = json.dumps(place, ensure_ascii=False, separators=(",", ":")).encode()  # keeps an infinity, unlike msgspec
    return _encode(VERSION + _sign(payload, scope, key) + payload)


def read_cursor(text: str, *, scope: str, key: bytes, size: int) -> Place:
    """Decode a cursor.

    Raises: BadRequest when it was edited, cut, made for another order, or by another version.
    """
    payload = _open(text, scope, key)
    if payload is None:
        raise BadRequest.parameter(
            "cursor", "invalid-cursor", "This cursor does not belong to this list and order. Start again without it."
        )
    place: list[str | int | float | None] = json.loads(payload)
    if len(place) != size:
        raise BadRequest.parameter(
            "cursor", "invalid-cursor", "This cursor belongs to an earlier version of this list."
        )
    return tuple(place)


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
    message = VERSION + scope.encode() + b"\x00" + payload
    return hmac.digest(key, message, "sha256")[:_MAC_BYTES]
