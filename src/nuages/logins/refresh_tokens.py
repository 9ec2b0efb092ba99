"""Make refresh tokens, their digests and their successors. Stores nothing.

A successor is computed from its predecessor and SECRET_KEY. So a client that has lost the answer can be given the same
one again, though the database holds digests alone.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode

from django.conf import settings
from django.utils.crypto import salted_hmac

_BYTES = 32
_RAW = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url


def make_token() -> str:
    """Make the first refresh token of a login: 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def may_be_token(text: str) -> bool:
    """Whether a text has the shape of a refresh token."""
    return _RAW.fullmatch(text) is not None


def digest_of(token: str) -> str:
    """Give what is stored of a token: nobody finds 256 bits by their SHA-256, so no salt and no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def successors_of(token: str) -> list[str]:
    """Give the token that follows: by the present SECRET_KEY first, then by those that it has replaced."""
    return [_derive(token, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _derive(token: str, key: str | bytes) -> str:
    raw = salted_hmac("nuages.refresh", token, secret=key, algorithm="sha256").digest()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
