"""Turn a message into the headers that prove who sent it, and check those of a message that came in.

Knows no Django, no network and no table: secrets are given, and the clock may be.
Source: Standard Webhooks, specification 1.0.0, "Signature scheme" and "Webhook metadata".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
import time
from collections.abc import Mapping, Sequence

from nuages.errors import NotAllowed

PREFIX = "whsec_"
TOLERANCE_S = 300
_KEY_BYTES = 32
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")


class BadSignature(NotAllowed):
    """A message that whoever has the secret did not send, or not now."""

    code = "bad-signature"


def make_secret() -> str:
    """A new secret, for sender and receiver: "whsec_" and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(random.token_bytes(_KEY_BYTES)).decode()


def sign(message_id: str, sent_at_s: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Give the three headers of a message.

    Shapes: one signature for each secret, `v1,<base64> v1,<base64>`: while a key is changed, both count.
    Units: `sent_at_s` seconds since 1970.
    Raises: ValueError for a secret that is none, or where there is none.
    """
    signatures = " ".join(_signatures(message_id, str(sent_at_s), body, secrets))
    return dict(zip(_NAMES, (message_id, str(sent_at_s), signatures), strict=True))


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    *,
    tolerance_s: float = TOLERANCE_S,
    now_s: float | None = None,
) -> str:
    """Check a message that came in, and give its id, by which a message that comes twice is known.

    Shapes: `headers` by names of any case; `body` to the byte as it came; any of `secrets` may have signed it.
    Units: a message is good for `tolerance_s` before and after `now_s`, seconds since 1970.
    Raises: BadSignature, a 403, whatever a stranger sends; ValueError for a secret of ours that is none.
    """
    named = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at, given = (named.get(name, "") for name in _NAMES)
    right = [each.encode() for each in _signatures(message_id, sent_at, body, secrets)]
    found = [each.encode(errors="replace") for each in given.split(" ")]
    # All are compared, whichever fits: the time tells nothing.
    is_signed = sum(hmac.compare_digest(mine, theirs) for mine in right for theirs in found) > 0
    if not message_id or not _SECONDS.fullmatch(sent_at) or not is_signed:
        raise BadSignature("The webhook is not signed, or not with the secret that was agreed upon.")
    if abs((time.time() if now_s is None else now_s) - int(sent_at)) > tolerance_s:
        raise BadSignature("The webhook was signed too long ago, or one of the clocks is wrong.")
    return message_id


def _signatures(message_id: str, sent_at: str, body: bytes, secrets: Sequence[str]) -> list[str]:
    if not secrets:
        raise ValueError("There is no secret to sign with.")
    text = f"{message_id}.{sent_at}.".encode(errors="replace") + body
    digests = [hmac.digest(_read_key(secret), text, hashlib.sha256) for secret in secrets]
    return [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]


def _read_key(secret: str) -> bytes:
    """Read a secret, which no message shows.

    Raises: ValueError.
    """
    bare = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError(f"A secret of webhooks is {PREFIX!r} and base64 behind it.")
    return key
