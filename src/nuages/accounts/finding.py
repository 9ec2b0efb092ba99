"""Find users by an e-mail address or a name, always by the same statement, whether there are any or not.

Two spellings are one where Unicode says so. The database's idea of that is wider (to PostgreSQL an i without its dot is
an I), so what it finds is looked at again, and mails go to the address that is stored.
Source: CVE-2019-19844; Unicode TR 36, section 2.11.2; django.contrib.auth.forms.PasswordResetForm.get_users.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth import get_user_model

from nuages.accounts.terms import email_field, name_field
from nuages.logins.families import alias_of_logins

MOST = 20  # users of one address: each gets a mail of their own


def fold(text: str) -> str:
    """The same for every spelling of one text."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def users_with(email: str) -> list[Any]:
    """The users who have an e-mail address, active or not."""
    return _users(email_field(), email)


def is_taken(name: str) -> bool:
    """Whether somebody logs in with a name, or one that differs by case alone."""
    return bool(_users(name_field(), name))


def email_of(user: Any) -> str:
    """The address that is stored with a user, "" where there is none."""
    return str(getattr(user, email_field()) or "")


def _users(field: str, text: str) -> list[Any]:
    model: Any = get_user_model()
    found = model._default_manager.using(alias_of_logins()).filter(**{f"{field}__iexact": text}).order_by("pk")
    wanted = fold(text)
    # Never one row alone: a search that stops at the first takes less time where there is one.
    return [user for user in found[:MOST] if fold(str(getattr(user, field))) == wanted]
