"""Nuages' logins by other providers as a Django app: it registers its checks, and hears when a session ends."""

from __future__ import annotations

from django.apps import AppConfig


class SocialConfig(AppConfig):
    """The app "nuages.social" in INSTALLED_APPS; allauth itself loads the module `provider`."""

    name = "nuages.social"
    label = "nuages_social"
    verbose_name = "Nuages: logins by other providers"

    def ready(self) -> None:
        import nuages.social.checks  # noqa: F401, PLC0415  # registers the checks, which need loaded models
        from nuages.social.granting import watch_sessions  # noqa: PLC0415

        watch_sessions()
