"""Webhooks as they are stored: who wants to hear of what, what was sent, and how each attempt went.

Secrets are sealed, see `nuages.webhooks.sealing`; nothing of an answer is kept but its status.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class WebhookEndpoint(models.Model):
    """An address that wants to hear of events.

    Shapes: `events` are types with blanks between them, or "*" for all; without an `owner` it is the project's own,
        which nobody but its admin makes; `failing_since` is the first failure after the last success.
    """

    class Why(models.TextChoices):
        GONE = "gone", "it answered 410 Gone"
        FAILING = "failing", "it has failed for days"
        STOPPED = "stopped", "it was stopped by hand"

    url: models.CharField[Any, Any] = models.CharField(max_length=1000)
    events: models.CharField[Any, Any] = models.CharField(
        max_length=1000, default="*", help_text="Types of events with blanks between them; * for all."
    )
    owner: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who hears of their own events; without one, it hears of everybody's.",
    )
    sealed_secrets: models.TextField[Any, Any] = models.TextField(editable=False)
    is_active: models.BooleanField[Any, Any] = models.BooleanField(default=True, editable=False)
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_default=Now(), editable=False)
    failing_since: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, editable=False)
    disabled_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, editable=False)
    disabled_why: models.CharField[Any, Any] = models.CharField(
        max_length=10, choices=Why, default="", blank=True, editable=False
    )

    class Meta:
        db_table = "nuages_webhook_endpoint"
        verbose_name = "endpoint"
        verbose_name_plural = "endpoints"

    def __str__(self) -> str:
        return f"Endpoint {self.pk}"


class WebhookDelivery(models.Model):
    """An event on its way to an endpoint, or there.

    Shapes: `payload` is the JSON that is sent, the same at each attempt; `job` is the id of the last job that had it,
        which may be gone; `status_code` and `error` are those of the last attempt.
    """

    id: models.UUIDField[Any, Any] = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint: models.ForeignKey[Any, Any] = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    event_type: models.CharField[Any, Any] = models.CharField(max_length=80)
    payload: models.TextField[Any, Any] = models.TextField()
    # No foreign key: who purges jobs must not have to know of deliveries.
    job: models.UUIDField[Any, Any] = models.UUIDField(null=True)
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_default=Now())
    attempts: models.PositiveIntegerField[Any, Any] = models.PositiveIntegerField(default=0)
    status_code: models.PositiveSmallIntegerField[Any, Any] = models.PositiveSmallIntegerField(null=True)
    error: models.CharField[Any, Any] = models.CharField(max_length=20, default="", blank=True)
    delivered_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    failed_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)

    class Meta:
        db_table = "nuages_webhook_delivery"
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["endpoint", "-created_at"], name="nuages_webhook_delivery_of"),
            models.Index(fields=["created_at"], name="nuages_webhook_delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.message_id}"

    @property
    def message_id(self) -> str:
        """The id that the receiver sees, the same at each attempt."""
        return f"msg_{self.pk.hex}"


class WebhookAttempt(models.Model):
    """One attempt at a delivery.

    Shapes: `status_code` is null where nobody answered; `error` is a word of `calling.Outcome`.
    """

    delivery: models.ForeignKey[Any, Any] = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="tries")
    at: models.DateTimeField[Any, Any] = models.DateTimeField(db_default=Now())
    status_code: models.PositiveSmallIntegerField[Any, Any] = models.PositiveSmallIntegerField(null=True)
    error: models.CharField[Any, Any] = models.CharField(max_length=20, default="", blank=True)
    duration_ms: models.PositiveIntegerField[Any, Any] = models.PositiveIntegerField()

    class Meta:
        db_table = "nuages_webhook_attempt"
        verbose_name = "attempt"
        verbose_name_plural = "attempts"

    def __str__(self) -> str:
        return f"{self.status_code or self.error}"
