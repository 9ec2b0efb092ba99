"""Read this project's own keys from NUAGES_TOKEN_KEYS or NUAGES_TOKEN_KEY; with DEBUG, derive one from SECRET_KEY."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from nuages.identify.compact import Malformed, read_object
from nuages.identify.keys import BadKey, Key, read_set, secret_key

SETTINGS = ("NUAGES_TOKEN_KEY", "NUAGES_TOKEN_KEYS")


class NoKey(BadKey):
    """There is no key, and nothing to derive one from."""


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The keys of this project.

    Shapes: `signing` makes new tokens, None where every key only checks.
    """

    by_kid: Mapping[str, Key] = field(default_factory=dict)
    signing: Key | None = None

    @property
    def public(self) -> list[Mapping[str, str]]:
        """What may be published; nothing of a shared secret."""
        return [key.public for key in self.by_kid.values() if key.public]


def read_own_keys() -> OwnKeys:
    """Read the keys; the first that can sign does.

    Raises: BadKey, whose message begins with the name of the setting; NoKey where there is none.
    """
    secret, document = (getattr(settings, name, None) for name in SETTINGS)
    if secret is not None and document is not None:
        raise BadKey("settings.NUAGES_TOKEN_KEY is set beside NUAGES_TOKEN_KEYS: keep one of them.")
    if document is not None:
        return _named("NUAGES_TOKEN_KEYS", lambda: _of_set(document))
    if secret is not None:
        return _named("NUAGES_TOKEN_KEY", lambda: _of_secret(secret))
    if settings.DEBUG:
        return _of_bytes(salted_hmac("nuages.token-key", "", algorithm="sha256").digest())
    raise NoKey("settings.NUAGES_TOKEN_KEYS is not set, nor is NUAGES_TOKEN_KEY.")


def _named(setting: str, read: Any) -> OwnKeys:
    try:
        keys: OwnKeys = read()
    except BadKey as error:
        raise BadKey(f"settings.{setting} {error}") from None
    return keys


def _of_secret(secret: Any) -> OwnKeys:
    if not isinstance(secret, str):
        raise BadKey("is no text.")
    return _of_bytes(_own_secret(secret.encode()))


def _of_set(document: Any) -> OwnKeys:
    if isinstance(document, str):
        try:
            document = read_object(document.encode())
        except Malformed:
            raise BadKey("is no JSON object.") from None
    keys = read_set(document)
    for key in keys.values():
        if key.algorithm == "HS256":
            _own_secret(key.signing)
    return OwnKeys(keys, next((key for key in keys.values() if key.signing is not None), None))


def _own_secret(secret: bytes) -> bytes:
    """SECRET_KEY signs sessions, cursors and links of password resets; a token's key signs nothing else."""
    if any(hmac.compare_digest(secret, other.encode()) for other in _django_secrets()):
        raise BadKey("is SECRET_KEY, which has other uses: make a key of its own.")
    return secret


def _django_secrets() -> list[str]:
    return [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]


def _of_bytes(secret: bytes) -> OwnKeys:
    kid = hmac.digest(secret, b"nuages.token-kid", "sha256").hex()[:16]
    key = secret_key(secret, kid)
    return OwnKeys({kid: key}, key)
