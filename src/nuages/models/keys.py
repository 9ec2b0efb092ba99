"""API keys, by their digests: a key itself is shown once, to whom it was made for, and then nowhere."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class StoredKey(models.Model):
    """An API key of a user.

    Shapes: `prefix` is the part of the key that may be shown; `digest` the SHA-256 of the whole key, in hexadecimal;
        `scopes` are words with blanks between them, and where there are none the key may do what its user may.
    """

    user: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    name: models.CharField[Any, Any] = models.CharField(max_length=80, help_text="What the key is for.")
    prefix: models.CharField[Any, Any] = models.CharField(max_length=16, unique=True, editable=False)
    digest: models.CharField[Any, Any] = models.CharField(max_length=64, editable=False)
    scopes: models.CharField[Any, Any] = models.CharField(
        max_length=500, blank=True, help_text="Words such as books:read, with blanks between them; empty for all."
    )
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField(auto_now_add=True)
    expires_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, blank=True)
    last_used_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return f"{self.prefix}... {self.name}"
