"""Turn the setting NUAGES_ACCOUNTS into what is wrong with it: nuages.E047. Serves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import global_settings, settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, CharField, TextField
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from nuages.accounts.letters import KINDS, template_of
from nuages.accounts.terms import LINKS, SETTING, SWITCHES, TOKEN, Accounts, email_field, has_accounts, name_field
from nuages.errors import Misdeclared, suggest

_PLACE = f"settings.{SETTING}"
# What nobody may give themselves, and what has a member of its own.
_CLOSED = {"is_staff", "is_superuser", "is_active", "groups", "user_permissions", "last_login", "date_joined"}
_NUMBERS = ("lifetime_s", "mails", "client_mails", "window_s")
_MAX_LIFETIME_S = 7 * 86_400  # a mail lies in a mailbox for years
_DEAD_ENDS = ("console", "dummy", "filebased", "locmem")


def account_mistakes(ways: Any) -> Iterable[Misdeclared]:
    """What is wrong in the setting, and in the user model where accounts are switched on; for an API with logins."""
    given = getattr(settings, SETTING, None)
    if given is None or not has_accounts(ways):
        return
    if not isinstance(given, Mapping):
        yield _mistake("is no dict.", 'Write {"register": True, "links": {...}}.')
        return
    known = [each.name for each in fields(Accounts)]
    yield from (_mistake(f"there is no {name!r}.", suggest(str(name), known)) for name in given if name not in known)
    for name in SWITCHES:
        if not isinstance(given.get(name, False), bool):
            yield _mistake(f"{name}: {given[name]!r} is neither True nor False.")
    yield from _number_mistakes(given)
    yield from _link_mistakes(given)
    if any(given.get(name) for name in SWITCHES):
        yield from _model_mistakes()
        yield from _field_mistakes(given.get("fields", ()), registers=given.get("register") is True)
        yield from _template_mistakes()


def deploy_mistakes() -> Iterable[Misdeclared]:
    """What a site that is there for others must not have: mails from nobody, or to nowhere."""
    given = getattr(settings, SETTING, None)
    if not isinstance(given, Mapping) or not any(given.get(name) for name in SWITCHES):
        return
    if settings.DEFAULT_FROM_EMAIL == global_settings.DEFAULT_FROM_EMAIL:
        hint = "Set it to an address of your own; many servers refuse others."
        yield Misdeclared("nuages.E047", "settings.DEFAULT_FROM_EMAIL", "mails to users would come from nobody.", hint)
    place, backend, timeout_s = _mailer()
    if any(f".backends.{name}." in backend for name in _DEAD_ENDS):
        yield Misdeclared("nuages.E047", place, f"{backend} sends no mail.", "Name one that does.")
    elif timeout_s is None and ".smtp." in backend:
        message = "a mail server that does not answer would hold up every mail behind it."
        yield Misdeclared("nuages.E047", place, message, "EMAIL_TIMEOUT = 10, or its option timeout in MAILERS.")


def _mailer() -> tuple[str, str, Any]:
    """Where mails go: the setting, the backend, its seconds."""
    if hasattr(settings, "MAILERS"):  # Django 6.1 and later; the older settings cannot be read beside it
        mailer = settings.MAILERS.get("default", {})
        return "settings.MAILERS", str(mailer.get("BACKEND", "")), mailer.get("OPTIONS", {}).get("timeout")
    return "settings.EMAIL_BACKEND", str(settings.EMAIL_BACKEND), settings.EMAIL_TIMEOUT


def _number_mistakes(given: Mapping[str, Any]) -> Iterable[Misdeclared]:
    for name in _NUMBERS:
        number = given.get(name, 1)
        if type(number) is not int or number < 1:  # True is an int too
            yield _mistake(f"{name}: {number!r} is no whole number from 1.")
        elif name == "lifetime_s" and number > _MAX_LIFETIME_S:
            yield _mistake(f"lifetime_s: {number} seconds are more than {_MAX_LIFETIME_S}, a week.")


def _link_mistakes(given: Mapping[str, Any]) -> Iterable[Misdeclared]:
    links = given.get("links", {})
    if not isinstance(links, Mapping):
        yield _mistake("links is no dict.", 'Write {"reset": "https://app.example/reset#token={token}"}.')
        return
    known = list(LINKS.values())
    yield from (
        _mistake(f"links: there is no {name!r}.", suggest(str(name), known)) for name in links if name not in known
    )
    for switch, name in LINKS.items():
        if given.get(switch) and name not in links:
            hint = f'"links": {{"{name}": "https://app.example/{name}#token={TOKEN}"}}'
            yield _mistake(f"{switch} is on and links has no {name!r}.", hint)
    for name, link in links.items():
        if (message := _wrong_link(link)) is not None:
            yield _mistake(f"links[{name!r}]: {link!r} {message}")


def _wrong_link(link: Any) -> str | None:
    if not isinstance(link, str) or link.count(TOKEN) != 1:
        return f"must have {TOKEN} once, where the token goes."
    if any(char.isspace() or not char.isprintable() for char in link):
        return "has a blank in it."
    parts = urlsplit(link)
    if TOKEN in parts.netloc or not parts.netloc:
        return "must be a whole URL."
    schemes = {"https", "http"} if settings.DEBUG else {"https"}
    return None if parts.scheme in schemes else "must begin with https://; http:// is for DEBUG."


def _model_mistakes() -> Iterable[Misdeclared]:
    model: Any = get_user_model()
    if not apps.is_installed("nuages"):
        hint = 'Add "nuages" to INSTALLED_APPS and run manage.py migrate.'
        yield _mistake("accounts count in tables, which are not there.", hint)
    for name, what in ((email_field(), "e-mail address"), (name_field(), "name that one logs in with")):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            yield _mistake(
                f"{model._meta.label} has no field {name!r} for the {what}.", "Set EMAIL_FIELD on the model."
            )
        else:
            if not isinstance(field, CharField):
                yield _mistake(f"{model._meta.label}.{name}, the {what}, is no text.")


def _field_mistakes(names: Any, *, registers: bool) -> Iterable[Misdeclared]:
    if not isinstance(names, list | tuple):
        yield _mistake("fields is no list.", 'Write ["first_name"].')
        return
    model: Any = get_user_model()
    known = {field.name: field for field in model._meta.concrete_fields}
    own = {email_field(), name_field(), "password"}
    for name in names:
        if name not in known:
            yield _mistake(f"fields: {model._meta.label} has no field {name!r}.", suggest(str(name), known))
        elif name in _CLOSED | own or known[name].primary_key:
            yield _mistake(f"fields: {name!r} is nothing that a registration may choose.")
        elif not isinstance(known[name], CharField | TextField | BooleanField):
            yield _mistake(f"fields: {name!r} is neither a text nor true or false.")
        elif known[name].unique:
            yield _mistake(f"fields: {name!r} is unique: its refusal would tell who there is.")
    given = {*own, *(str(name) for name in names)}
    for field in model._meta.concrete_fields if registers else ():
        if field.name not in given and _is_wanting(field):
            yield _mistake(
                f"a new {model._meta.label} needs {field.name!r}.", "Name it in fields, or give it a default."
            )


def _is_wanting(field: Any) -> bool:
    is_filled = field.primary_key or field.has_default() or field.null or field.blank or field.generated
    return not is_filled and not getattr(field, "auto_now", False) and not getattr(field, "auto_now_add", False)


def _template_mistakes() -> Iterable[Misdeclared]:
    for kind in KINDS:
        try:
            get_template(template_of(kind))
        except TemplateDoesNotExist:
            hint = 'TEMPLATES wants a DjangoTemplates with "APP_DIRS": True, and INSTALLED_APPS "nuages".'
            yield _mistake(f"the template {template_of(kind)} is not found.", hint)
            return


def _mistake(message: str, hint: str = "") -> Misdeclared:
    return Misdeclared("nuages.E047", _PLACE, message, hint)
