"""Turn the name of a user, as a command is given it, into who is asking."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from nuages.identify.principal import ANONYMOUS, Principal


def find_principal(username: str | None) -> Principal:
    """The user of a name; anybody, where there is none.

    Raises: CommandError for a name that no user has.
    """
    if username is None:
        return ANONYMOUS
    users: Any = get_user_model()
    try:
        return Principal(users._default_manager.get_by_natural_key(username), "command line")
    except users.DoesNotExist:
        raise CommandError(f"There is no user {username!r}.") from None
