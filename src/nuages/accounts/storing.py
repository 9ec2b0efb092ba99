"""Store another password, and end every login that was made with the old one; one transaction.

Django's sessions end by themselves: they hold a digest of the password. API keys are no logins, and stay.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.views.decorators.debug import sensitive_variables

from nuages.change.transactions import run_change
from nuages.identify.logins import password_mark
from nuages.logins.families import alias_of_logins, end, login_rows


@sensitive_variables()
def store_password(
    key: Any, password: str, hashed: str, *, is_still: Callable[[Any], bool], keep: str = ""
) -> Any | None:
    """Store the hash of a password, where the user is still as was found; gives the user, None where not.

    Shapes: `is_still` looks at the user's row as it is now, locked; `keep` is the login that goes on. `password` itself
        is for the validators of AUTH_PASSWORD_VALIDATORS that keep a history.
    """

    def change() -> Any | None:
        user = lock_user(key)
        if user is None or not is_still(user):
            return None
        user.password, user._password = hashed, password
        user.save(using=alias_of_logins(), update_fields=["password"])
        end_others(user, keep=keep, by="password")
        return user

    return run_change(connections[alias_of_logins()], change)


def lock_user(key: Any) -> Any | None:
    """The active user of a key, whom nobody else changes till the end of the transaction."""
    model: Any = get_user_model()
    users = model._base_manager.using(alias_of_logins())
    return users.select_for_update().filter(pk=key, is_active=True).first()


def end_others(user: Any, *, keep: str, by: str) -> None:
    """End the logins of a user but for one, which goes on with the password of now."""
    own = login_rows().filter(user_id=user.pk, ended_at__isnull=True)
    kept = own.filter(pk=uuid.UUID(keep)) if keep else own.none()
    kept.update(password_mark=password_mark(user))
    end(own.exclude(pk=uuid.UUID(keep)) if keep else own, by=by)
