"""The tokens that allauth gives to apps: those of a login of Nuages, and a session token that is no session key.

A client that knew the session's key could send it as a cookie, past the login's end. So what it gets is the key under
encryption, which only X-Session-Token takes.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import import_module
from typing import Any

from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from nuages.logins.families import Granted
from nuages.social.granting import families, grant, stands

_GRANTED = "_nuages_granted"
_MAX_TOKEN_CHARS = 500


class FamilyTokens(AbstractTokenStrategy):
    """The setting HEADLESS_TOKEN_STRATEGY.

    Source: docs.allauth.org, "Token Strategies" of headless.
    """

    def create_session_token(self, request: HttpRequest) -> str:
        """Give the token of the request's session; the one that the request came with, where that is it."""
        if not request.session.session_key:
            request.session.save()
        key, sent = str(request.session.session_key), self.get_session_token(request)
        return sent if sent and _open(sent) == key else seal(key)

    def lookup_session(self, session_token: str) -> Any:
        """Give the session of a token; None where it is over, or the login that it became."""
        key = _open(session_token)
        if key is None:
            return None
        session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        session.get(SESSION_KEY)  # which loads it: one that is over has no key afterwards
        if not session.session_key:
            return None
        if not stands(session):
            session.flush()
            return None
        return session

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        """Begin the login and give its tokens; asked again about one request, give the same."""
        if not hasattr(request, _GRANTED):
            setattr(request, _GRANTED, grant(request))
        granted = getattr(request, _GRANTED)
        return None if granted is None else payload(granted)

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """Follow a refresh token, for projects that include allauth's own URL for that."""
        found = families().follow(refresh_token)
        return (found.access, found.refresh) if isinstance(found, Granted) else None


def payload(granted: Granted) -> dict[str, Any]:
    """Write the tokens down as every login's (RFC 6749 section 5.1)."""
    return {
        "access_token": granted.access,
        "token_type": granted.token_type,
        "expires_in": granted.access_s,
        "refresh_token": granted.refresh,
    }


def seal(key: str) -> str:
    """Make the token of a session's key."""
    return _ciphers().encrypt(key.encode()).decode()


def _open(token: str) -> str | None:
    if len(token) > _MAX_TOKEN_CHARS:
        return None
    try:
        return _ciphers().decrypt(token.encode()).decode()
    except (InvalidToken, ValueError):
        return None


def _ciphers() -> MultiFernet:
    """By the present SECRET_KEY first, then by those that it has replaced."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [salted_hmac("nuages.session", "", secret=key, algorithm="sha256").digest() for key in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(each).digest())) for each in digests])
