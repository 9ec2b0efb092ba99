"""Logins, the refresh tokens that keep them alive, and what went wrong at the door. Nothing here is a usable token.

How tokens follow one another is `logins`' business; who is behind a login is asked by `identify.standing`.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models


class Login(models.Model):
    """One login of one user on one device: the family of all tokens that came of it.

    Shapes: `id` is the `sid` of its access tokens; `password_mark` tells whether the password is still the same;
        `ended_at` is set once, by whatever ended it, and `ended_by` names that; `verified_at` is when the user last
        proved who they are, and `methods` how, in words of RFC 8176 with blanks between them.
    Source: RFC 9700 section 4.14.2.
    """

    id: models.UUIDField[Any, Any] = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user: models.ForeignKey[Any, Any] = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    password_mark: models.CharField[Any, Any] = models.CharField(max_length=64)
    device: models.CharField[Any, Any] = models.CharField(max_length=200, blank=True)
    address: models.GenericIPAddressField[Any, Any] = models.GenericIPAddressField(null=True, blank=True)
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField()
    last_used_at: models.DateTimeField[Any, Any] = models.DateTimeField()
    expires_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_index=True)
    ended_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, blank=True)
    ended_by: models.CharField[Any, Any] = models.CharField(max_length=20, blank=True)
    verified_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True, blank=True)
    methods: models.CharField[Any, Any] = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "login"
        verbose_name_plural = "logins"

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"


class RefreshToken(models.Model):
    """A refresh token that was given out, by its digest; the one request that gets its successor sets `consumed_at`.

    Shapes: `digest` is the SHA-256 of 256 random bits, in hexadecimal.
    """

    digest: models.CharField[Any, Any] = models.CharField(max_length=64, primary_key=True)
    login: models.ForeignKey[Any, Any] = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="tokens")
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField()
    expires_at: models.DateTimeField[Any, Any] = models.DateTimeField()
    consumed_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "refresh token"
        verbose_name_plural = "refresh tokens"

    def __str__(self) -> str:
        return f"{self.digest[:8]}..."


class FailedLogin(models.Model):
    """How many logins failed for one key (a digest of account and address, say) in the present window."""

    key: models.CharField[Any, Any] = models.CharField(max_length=64, primary_key=True)
    count: models.PositiveIntegerField[Any, Any] = models.PositiveIntegerField()
    window_ends_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "failed login"
        verbose_name_plural = "failed logins"

    def __str__(self) -> str:
        return f"{self.count} until {self.window_ends_at:%H:%M}"
