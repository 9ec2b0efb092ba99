"""Turn what waits for a mail to be read into the token of its link, and back: sealed, so that nothing is stored.

What nobody confirms takes no room, holds no name, and needs no cleaning up. A token is encrypted, since it travels
through mailboxes and holds a password's hash, and says for what it is good.
Source: cryptography.io, "Fernet"; NIST SP 800-63B section 5.1.3.2.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables


@sensitive_variables()
def seal(purpose: str, content: Mapping[str, Any]) -> str:
    """Make a token of letters, digits, - and _."""
    return _box(purpose).encrypt(msgspec.json.encode(content)).rstrip(b"=").decode()


@sensitive_variables()
def unseal(purpose: str, token: str, *, lifetime_s: int) -> dict[str, Any] | None:
    """Read a token that was made for a purpose within its lifetime; None where it was not."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        content: dict[str, Any] = msgspec.json.decode(_box(purpose).decrypt(padded, ttl=lifetime_s))
    except (InvalidToken, ValueError):  # a text that is not ASCII, too
        return None
    return content


def _box(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derive(purpose, key)) for key in keys])


def _derive(purpose: str, key: str | bytes) -> bytes:
    return urlsafe_b64encode(salted_hmac("nuages.accounts", purpose, secret=key, algorithm="sha256").digest())
