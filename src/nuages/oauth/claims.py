"""Turn a user into the claims of OpenID Connect, whatever scopes were granted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string
from oauth2_provider.settings import oauth2_settings

_FIELDS = {"given_name": "first_name", "family_name": "last_name", "email": "email"}


def claims_of(user: Any) -> dict[str, Any]:
    """Give what is known of a user: the names, the e-mail address, and what the project's own function says.

    Shapes: {"preferred_username": "ada", "name": "Ada Lovelace", ...}, without what is empty. `email_verified` is never
        said here: Django does not know it.
    Source: OpenID Connect Core 1.0 section 5.1.
    """
    said = {claim: getattr(user, field, "") for claim, field in _FIELDS.items()}
    said["preferred_username"] = user.get_username()
    said["name"] = user.get_full_name() if hasattr(user, "get_full_name") else ""
    return {claim: value for claim, value in {**said, **_own_claims(user)}.items() if value is not None and value != ""}


def _own_claims(user: Any) -> dict[str, Any]:
    path = oauth2_settings.user_settings.get("NUAGES_CLAIMS")
    if not path:
        return {}
    tell: Callable[[Any], dict[str, Any]] = import_string(path)
    return tell(user)
