"""Turn the setting NUAGES_PASSKEYS into the name under which passkeys are made, and into mistakes where it is wrong.

Source: Web Authentication Level 3, sections 5.1.2 (relying party identifier) and 13.4.9 (origins).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings

from nuages.errors import Misdeclared, suggest

_PLACE = "settings.NUAGES_PASSKEYS"
_ID = "nuages.E046"
_MEMBERS = ("rp_id", "name", "origins")
_EXAMPLE = '{"rp_id": "shop.example", "name": "The shop", "origins": ["https://shop.example"]}'


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whose passkeys these are.

    Shapes: `id` is a domain, `origins` are the pages' that may use them: "https://shop.example".
    """

    id: str
    name: str
    origins: frozenset[str]


def read_relying_party() -> RelyingParty | None:
    """Read the setting, which `passkey_mistakes` has found right; None where it is not there."""
    given = getattr(settings, "NUAGES_PASSKEYS", None)
    return None if given is None else RelyingParty(given["rp_id"], given["name"], frozenset(given["origins"]))


def is_passwordless() -> bool:
    """Whether a passkey lets in without a name and a password: allauth's setting MFA_PASSKEY_LOGIN_ENABLED."""
    from allauth.mfa import app_settings  # noqa: PLC0415  # an optional dependency

    return bool(app_settings.PASSKEY_LOGIN_ENABLED)


def passkey_mistakes() -> Iterable[Misdeclared]:
    """What is wrong where passkeys are to be taken."""
    given = getattr(settings, "NUAGES_PASSKEYS", None)
    if given is None:
        return
    if not isinstance(given, Mapping):
        yield Misdeclared(_ID, _PLACE, "is no dict.", f"Write {_EXAMPLE}.")
        return
    yield from _keeper_mistakes()
    for name in given:
        if name not in _MEMBERS:
            yield Misdeclared(_ID, _PLACE, f"there is no {name!r}.", suggest(str(name), _MEMBERS))
    yield from _member_mistakes(given)


def _keeper_mistakes() -> Iterator[Misdeclared]:
    if not apps.is_installed("allauth.mfa"):
        hint = 'pip install nuages[social], add "allauth.mfa", "allauth.account" and "allauth", and migrate.'
        yield Misdeclared(_ID, _PLACE, "nothing keeps passkeys.", hint)
        return
    from allauth.mfa import app_settings  # noqa: PLC0415  # an optional dependency

    if "webauthn" not in app_settings.SUPPORTED_TYPES:
        hint = 'MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]'
        yield Misdeclared(_ID, "settings.MFA_SUPPORTED_TYPES", "leaves out passkeys, which are to be taken.", hint)


def _member_mistakes(given: Mapping[str, Any]) -> Iterator[Misdeclared]:
    rp_id, name, origins = (given.get(member) for member in _MEMBERS)
    if not isinstance(rp_id, str) or not _is_domain(rp_id):
        yield Misdeclared(_ID, _PLACE, f"rp_id: {rp_id!r} is no domain.", f"Write {_EXAMPLE}.")
        return
    if not isinstance(name, str) or not name:
        yield Misdeclared(_ID, _PLACE, f"name: {name!r} is no text that a browser could show.", f"Write {_EXAMPLE}.")
    if not isinstance(origins, list | tuple) or not origins:
        yield Misdeclared(_ID, _PLACE, f"origins: {origins!r} is no list of origins.", f"Write {_EXAMPLE}.")
        return
    for origin in origins:
        if not isinstance(origin, str) or not _may_use(origin, rp_id):
            message = f"origins: no page at {origin!r} could use passkeys of {rp_id!r}."
            hint = "An origin is https://host or https://host:port, of this domain or below; http for localhost alone."
            yield Misdeclared(_ID, _PLACE, message, hint)


def _is_domain(text: str) -> bool:
    """Whether it is a host's name, in lower case: no browser takes an address of numbers."""
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return bool(text) and text == text.lower() and urlsplit(f"//{text}").hostname == text
    return False


def _may_use(origin: str, rp_id: str) -> bool:
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    whole = f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and (host == "localhost"))
    return origin == whole and is_safe and (host == rp_id or host.endswith(f".{rp_id}"))
