"""Find the user behind a login, as long as both stand: not ended, not over, active, with the password of then."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django.apps import apps
from django.db import router
from django.utils import timezone
from django.utils.crypto import constant_time_compare


def find_user(login: str, subject: str) -> Any | None:
    """The user of a login, by the texts that an access token has; None where nobody may be let in by it.

    Shapes: `login` is a UUID's text, `subject` the text of the user's primary key.
    """
    try:
        key = uuid.UUID(login)
    except ValueError:
        return None
    model: Any = apps.get_model("nuages", "Login")
    logins = model._default_manager.using(router.db_for_write(model)).select_related("user")
    found = logins.filter(pk=key, ended_at__isnull=True, expires_at__gt=timezone.now()).first()
    return found.user if found is not None and str(found.user.pk) == subject and is_sound(found) else None


def is_sound(login: Any) -> bool:
    """Whether the user of a login is active and has the password that the login was made with."""
    return bool(login.user.is_active) and any(
        constant_time_compare(login.password_mark, mark) for mark in _marks(login.user)
    )


def password_mark(user: Any) -> str:
    """A digest that changes with the password, as Django's session hash does, and tells nothing of it.

    Source: django.contrib.auth.base_user.AbstractBaseUser.get_session_auth_hash.
    """
    return _digest(user.get_session_auth_hash())


def _marks(user: Any) -> list[str]:
    """Also by the keys of SECRET_KEY_FALLBACKS: turning a key ends no login."""
    return [password_mark(user), *(_digest(old) for old in user.get_session_auth_fallback_hash())]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
