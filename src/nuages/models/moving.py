"""Refresh tokens of another system that were exchanged for a login, so that each is exchanged once."""

from __future__ import annotations

from typing import Any

from django.db import models


class ExchangedToken(models.Model):
    """A token that is of no more use here.

    Shapes: `digest` is the SHA-256 of its name, in hexadecimal; after `expires_at` the token is over anyway.
    """

    digest: models.CharField[Any, Any] = models.CharField(max_length=64, primary_key=True)
    expires_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "exchanged token"
        verbose_name_plural = "exchanged tokens"

    def __str__(self) -> str:
        return f"{self.digest[:8]}..."
