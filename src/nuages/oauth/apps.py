"""The provider as a Django app: registers its checks. What makes tokens invalid, the app "nuages" watches."""

from __future__ import annotations

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """The app "nuages.oauth" in INSTALLED_APPS, beside "oauth2_provider"."""

    name = "nuages.oauth"
    label = "nuages_oauth"
    verbose_name = "Nuages OAuth provider"

    def ready(self) -> None:
        from nuages.oauth import checks  # noqa: F401, PLC0415  # registers the checks, which need loaded models
