"""Webhooks as a Django app: its tables, its admin, its checks. A project without it has none of them."""

from __future__ import annotations

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The app "nuages.webhooks" in INSTALLED_APPS, beside "nuages"."""

    name = "nuages.webhooks"
    label = "nuages_webhooks"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"  # whatever the project's is, the migrations say this

    def ready(self) -> None:
        from nuages.webhooks import checks  # noqa: F401, PLC0415  # registers the checks, which need loaded models
