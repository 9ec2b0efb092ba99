"""Turn the setting NUAGES_ACCOUNTS into the terms of accounts. What is wrong in it is told by `mistakes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from nuages.identify.session import Session
from nuages.logins.terms import logs_in

SETTING = "NUAGES_ACCOUNTS"
SWITCHES = ("register", "change_password", "reset_password", "change_email")
# Which link the mails of what is switched on lead to.
LINKS = {"register": "confirm", "reset_password": "reset", "change_email": "email"}
TOKEN = "{token}"
_HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class Accounts:
    """What is switched on, and how often.

    Shapes: `links` are URLs of the project's own pages, each with {token} where the token goes; `fields` are further
        fields of the user that a registration may set.
    Units: `lifetime_s` is how long the links of a registration and of another e-mail address are good; those of a
        forgotten password have Django's PASSWORD_RESET_TIMEOUT. `mails` may be asked for one address, and
        `client_mails` from one client, within `window_s`, for each purpose.
    """

    register: bool = False
    change_password: bool = False
    reset_password: bool = False
    change_email: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    lifetime_s: int = _HOUR_S
    fields: tuple[str, ...] = ()
    mails: int = 5
    client_mails: int = 50
    window_s: int = _HOUR_S

    def link(self, name: str, token: str) -> str:
        """The URL that a mail leads to; its host is the setting's, never the request's."""
        return self.links[name].replace(TOKEN, token)


def read_accounts() -> Accounts:
    """Read the setting, which `account_mistakes` has found right."""
    given: dict[str, Any] = dict(getattr(settings, SETTING, None) or {})
    given["fields"] = tuple(given.get("fields", ()))
    return Accounts(**given)


def has_accounts(ways: Any) -> bool:
    """Whether an API has accounts, by its ways of proving who one is: one logs in there."""
    named = ways if isinstance(ways, list | tuple) else ()
    return any(logs_in(way) or (isinstance(way, Session) and way.login) for way in named)


def email_field() -> str:
    """The name of the user's field for the e-mail address."""
    model: Any = get_user_model()
    return str(model.get_email_field_name())


def name_field() -> str:
    """The name of the user's field that one logs in with."""
    model: Any = get_user_model()
    return str(model.USERNAME_FIELD)
