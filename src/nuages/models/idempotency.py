"""Answers that are given again when a request comes again."""

from __future__ import annotations

from typing import Any

from django.db import models


class IdempotentAnswer(models.Model):
    """The answer to a request that carried an `Idempotency-Key`.

    Shapes: `scope` tells who asked what (a digest); `fingerprint` is the body's; `headers` are pairs, as
        JSON text: for a JSONField Django asks SQLite what it can do before a server may start.
    Source: draft-ietf-httpapi-idempotency-key-header.
    """

    scope: models.CharField[Any, Any] = models.CharField(max_length=64)
    key: models.CharField[Any, Any] = models.CharField(max_length=255)
    fingerprint: models.CharField[Any, Any] = models.CharField(max_length=64)
    status: models.PositiveSmallIntegerField[Any, Any] = models.PositiveSmallIntegerField()
    headers: models.TextField[Any, Any] = models.TextField()
    body: models.BinaryField[Any, Any] = models.BinaryField()
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "idempotent answer"
        verbose_name_plural = "idempotent answers"
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="nuages_idempotent_once")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key}"
