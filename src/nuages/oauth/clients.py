"""Register apps, and say which redirect URIs they may not have."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from oauth2_provider.models import get_application_model
from oauth2_provider.settings import oauth2_settings

from nuages.oauth.redirects import may_be_registered

_SECRET_BYTES = 48


def register_client(
    name: str, *, redirect_uris: Sequence[str] = (), public: bool = True, for_itself: bool = False, **values: Any
) -> tuple[Any, str]:
    """Register an app; gives its row, and its secret, which is stored hashed and cannot be read again.

    Shapes: a `public` app, such as one on a phone or in a page, has no secret: "". One that is not may act `for_itself`
        with the client credentials grant instead of for users. `values` are other fields of the row, `client_id` say.
    Raises: ValidationError for a redirect URI that may not be registered.
    """
    if wrong := unsound_uris(redirect_uris):
        raise ValidationError(f"{wrong[0]} may not be registered: it must be https, or a loopback address.")
    kind = get_application_model()
    secret = "" if public else secrets.token_urlsafe(_SECRET_BYTES)
    row = kind(
        name=name,
        redirect_uris=" ".join(redirect_uris),
        client_type=kind.CLIENT_PUBLIC if public else kind.CLIENT_CONFIDENTIAL,
        authorization_grant_type=kind.GRANT_CLIENT_CREDENTIALS if for_itself else kind.GRANT_AUTHORIZATION_CODE,
        algorithm=kind.RS256_ALGORITHM if oauth2_settings.OIDC_ENABLED and not for_itself else kind.NO_ALGORITHM,
        client_secret=secret,
        **values,
    )
    row.save()
    return row, secret


def unsound_uris(uris: Sequence[str]) -> list[str]:
    """Those of some redirect URIs that may not be registered."""
    return [uri for uri in uris if not _is_sound(uri)]


def _is_sound(uri: str) -> bool:
    return may_be_registered(
        uri,
        schemes=oauth2_settings.ALLOWED_REDIRECT_URI_SCHEMES,
        localhost=oauth2_settings.ALLOW_LOCALHOST_LOOPBACK,
    )
