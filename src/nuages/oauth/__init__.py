"""An OAuth 2 and OpenID Connect provider: django-oauth-toolkit as RFC 9700 wants it, and safe among many at once."""

from nuages.oauth.settings import provider_settings

__all__ = ["provider_settings"]
