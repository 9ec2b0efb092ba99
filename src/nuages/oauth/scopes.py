"""Turn a client into the scopes that it may ask for."""

from __future__ import annotations

from typing import Any

from oauth2_provider.scopes import SettingsScopes
from oauth2_provider.settings import oauth2_settings

IDENTITY = frozenset({"openid", "profile", "email"})


class ClientScopes(SettingsScopes):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """The scopes of the settings, or those of them that are a client's own.

    Those of OpenID Connect are only for a client that takes ID tokens, about a user.
    """

    def get_available_scopes(self, application: Any = None, request: Any = None, *_: Any, **__: Any) -> list[str]:
        """The scopes that a client may ask for; all where no client is asked about."""
        known = list(oauth2_settings._SCOPES)
        if application is None:
            return known
        own = oauth2_settings.user_settings.get("NUAGES_APP_SCOPES", {}).get(application.client_id)
        known = known if own is None else [scope for scope in known if scope in own]
        is_for_itself = getattr(request, "grant_type", None) == "client_credentials"
        if application.algorithm == application.RS256_ALGORITHM and not is_for_itself:
            return known
        return [scope for scope in known if scope not in IDENTITY]

    def get_default_scopes(self, application: Any = None, request: Any = None, *_: Any, **__: Any) -> list[str]:
        """The scopes of a client that names none."""
        available = self.get_available_scopes(application, request)
        return [scope for scope in oauth2_settings._DEFAULT_SCOPES if scope in available]
