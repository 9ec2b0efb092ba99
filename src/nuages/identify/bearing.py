"""Say what is wrong in how a Bearer is declared, and in its keys: nuages.E034 and nuages.E035."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from nuages.errors import Misdeclared
from nuages.identify.credentials import scheme_mistake
from nuages.identify.demands import MAX_LEEWAY_S
from nuages.identify.issuer import Issuer
from nuages.identify.keys import BadKey
from nuages.identify.tokens import default_audience, default_issuer

_MAX_LIFETIME_S = 86_400  # whoever steals a token has it for as long: a day is far too much already
_SCHEME_HINT = 'Write Bearer(scheme="Token"), or leave scheme out.'
_KEY_HINT = "Run manage.py nuages key, and put what it prints into the settings, outside of the repository."


def key_mistake(error: BadKey) -> Misdeclared:
    """A key that is not there, or not taken; the message begins with its setting."""
    place, _, message = str(error).partition(" ")
    return Misdeclared("nuages.E034", place, message, _KEY_HINT)


def bearer_mistakes(bearer: Any, title: str, earlier: str | None) -> Iterable[Misdeclared]:
    """What is wrong in a Bearer's own words; `earlier` is the title of the API that it was started for before."""
    place = f"API(title={title!r}), Bearer"
    for message in _own_mistakes(bearer, title, earlier):
        yield Misdeclared("nuages.E035", place, message)
    if message := scheme_mistake(bearer.scheme):
        yield Misdeclared("nuages.E073", place, message, _SCHEME_HINT)
    if not isinstance(bearer.trusted, list | tuple) or not all(isinstance(each, Issuer) for each in bearer.trusted):
        yield Misdeclared("nuages.E035", place, "trusted is no list of issuers.", "Write trusted=[Issuer(...)].")
        return
    for issuer in bearer.trusted:
        for message in issuer.mistakes():
            yield Misdeclared("nuages.E035", f"{place}, Issuer({issuer.issuer!r})", message)
    names = [bearer.issuer or default_issuer(), *(str(issuer.issuer) for issuer in bearer.trusted)]
    if len(set(names)) != len(names):
        yield Misdeclared("nuages.E035", place, "two issuers go by one name.", "Each `iss` belongs to one issuer.")


def _own_mistakes(bearer: Any, title: str, earlier: str | None) -> Iterable[str]:
    if not _is_whole(bearer.lifetime_s, 1, _MAX_LIFETIME_S):
        yield f"lifetime_s is a whole number of seconds, 1 to {_MAX_LIFETIME_S}."
    if not _is_whole(bearer.leeway_s, 0, MAX_LEEWAY_S):
        yield f"leeway_s is a whole number of seconds, 0 to {MAX_LEEWAY_S}."
    if not isinstance(bearer.issuer, str) or not isinstance(bearer.audience, str):
        yield "issuer and audience are texts."
    if bearer.claims is not None and not callable(bearer.claims):
        yield "claims is no function of a user."
    if bearer.login and not apps.is_installed("nuages"):
        yield 'logins are kept in tables: add "nuages" to INSTALLED_APPS.'
    has_audience = bool(bearer.audience or default_audience())
    if earlier not in {None, title} and not has_audience:
        yield f"it is the API {earlier!r}'s already: give each API its own, or both one audience."


def _is_whole(number: object, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most
