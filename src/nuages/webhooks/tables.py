"""Find the tables of webhooks, and the database where they are. What is in them, others know."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import router


def endpoint_rows() -> Any:
    """Every endpoint."""
    return _rows("WebhookEndpoint")


def delivery_rows() -> Any:
    """Every delivery."""
    return _rows("WebhookDelivery")


def attempt_rows() -> Any:
    """Every attempt."""
    return _rows("WebhookAttempt")


def alias_of_webhooks() -> str:
    """The database where webhooks are."""
    return router.db_for_write(apps.get_model("nuages_webhooks", "WebhookEndpoint"))


def _rows(name: str) -> Any:
    return apps.get_model("nuages_webhooks", name)._base_manager.using(alias_of_webhooks())
