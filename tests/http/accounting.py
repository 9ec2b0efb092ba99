"""Register, confirm, change and reset over an API's core, and read the mails, as the tests of accounts do."""

import json
import re
from typing import Any

from django import VERSION
from django.core import mail

from nuages import API
from nuages.accounts.outbox import outbox
from nuages.http.response import Response
from tests.http.entering import post

LINKS = {
    "confirm": "https://app.example/confirm#token={token}",
    "reset": "https://app.example/reset?token={token}",
    "email": "https://app.example/email?token={token}",
}
ACCOUNTS = {
    "register": True,
    "change_password": True,
    "reset_password": True,
    "change_email": True,
    "links": LINKS,
    "mails": 1_000,
    "client_mails": 1_000,
}
STRONG = "a horse, correct, with staples"
NEWCOMER = {"username": "zoe", "email": "zoe@example.org", "password": STRONG}
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
MAILER = "MAILERS" if VERSION >= (6, 1) else "EMAIL_BACKEND"
_TOKEN = re.compile(r"https://app\.example/\w+[?#]token=([\w.-]+)")


def choose_mailer(settings: Any, backend: str, timeout: int | None = None) -> None:
    """Send mails in another way."""
    if MAILER == "MAILERS":
        settings.MAILERS = {"default": {"BACKEND": backend} | ({"OPTIONS": {"timeout": timeout}} if timeout else {})}
    else:
        settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = backend, timeout


def mails() -> list[Any]:
    """Every mail that was sent, once none waits."""
    assert outbox.wait(60)
    return mail.outbox


def last_mail() -> Any:
    """The newest one."""
    return mails()[-1]


def token_of(letter: Any) -> str:
    """The token of a mail's link."""
    found = _TOKEN.search(letter.body)
    assert found, letter.body
    return found[1]


def register(api: API, **more: Any) -> Response:
    """Ask for an account."""
    document = {name: value for name, value in (NEWCOMER | more).items() if value is not None}
    return post(api, "register", document)


def confirm(api: API, token: Any) -> Response:
    """Follow the link."""
    return post(api, "register/confirm", {"token": token})


def ask_reset(api: API, email: Any = "ann@example.org", **more: str) -> Response:
    """Say that a password is forgotten."""
    return post(api, "password/reset", {"email": email}, **more)


def reset_token(api: API, email: str = "ann@example.org") -> str:
    """The token of a link that was mailed."""
    assert ask_reset(api, email).status == 202
    return token_of(last_mail())


def reset(api: API, token: Any, password: Any = STRONG) -> Response:
    """Choose another password by a link."""
    return post(api, "password/reset/confirm", {"token": token, "new_password": password})


def faults(response: Response) -> dict[str, str]:
    """The codes of what is wrong, by their places; of a 422 or 409."""
    document = json.loads(response.body)
    assert response.status in {409, 422}, document
    return {each["pointer"]: each["code"] for each in document["errors"]}
