"""Turn the secrets of an endpoint into what may be stored, and back: encrypted by keys that come from SECRET_KEY.

They must be read to sign, so that a digest would not do. Who holds the table alone can sign nothing.
Source: cryptography.io, "Fernet"; Django, "SECRET_KEY_FALLBACKS".
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from nuages.webhooks.signing import make_secret

OVERLAP_S = 86_400.0


class UnreadableSecret(Exception):
    """Secrets that a key sealed which the project has no more."""


@sensitive_variables()
def begin() -> tuple[str, str]:
    """Make the first secret of an endpoint: what is stored, and what is shown once."""
    secret = make_secret()
    return _seal([(secret, None)]), secret


@sensitive_variables()
def renew(sealed: str, *, overlap_s: float = OVERLAP_S) -> tuple[str, str]:
    """Make another secret, beside which the last one goes on signing for a while.

    Raises: UnreadableSecret.
    """
    secret, (last, _) = make_secret(), _unseal(sealed)[0]
    return _seal([(secret, None), (last, time.time() + overlap_s)]), secret


@sensitive_variables()
def read(sealed: str) -> list[str]:
    """The secrets that sign now, the newest first.

    Raises: UnreadableSecret.
    """
    now_s = time.time()
    return [secret for secret, until_s in _unseal(sealed) if until_s is None or now_s < until_s]


@sensitive_variables()
def reseal(sealed: str) -> str:
    """Seal by the SECRET_KEY of now what another one sealed.

    Raises: UnreadableSecret.
    """
    return _seal(_unseal(sealed))


@sensitive_variables()
def _seal(kept: list[tuple[str, float | None]]) -> str:
    return _box().encrypt(msgspec.json.encode(kept)).decode()


@sensitive_variables()
def _unseal(sealed: str) -> list[tuple[str, float | None]]:
    try:
        return msgspec.json.decode(_box().decrypt(sealed), type=list[tuple[str, float | None]])
    except (InvalidToken, ValueError):
        raise UnreadableSecret("The secret of an endpoint was sealed by a SECRET_KEY that is not there.") from None


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [salted_hmac("nuages.webhooks", "secrets", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
