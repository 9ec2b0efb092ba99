"""Turn the setting SIMPLE_JWT into what is demanded of the tokens of djangorestframework-simplejwt, or into mistakes.

The package itself is not imported: a project may have dropped it, and keeps its setting for as long as its tokens live.
Source: django-rest-framework-simplejwt.readthedocs.io, "Settings"; RFC 8725 sections 3.1, 3.2 and 3.5.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.utils.module_loading import import_string
from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

from nuages.identify.demands import MAX_LEEWAY_S
from nuages.identify.keys import MIN_SECRET_BYTES, BadKey
from nuages.identify.own_keys import read_own_keys

SETTING = "SIMPLE_JWT"
_FAMILIES = {"HS", "RS", "PS", "ES", "Ed"}
_ALGORITHMS = {name: maker for name, maker in get_default_algorithms().items() if name[:2] in _FAMILIES}
_MIN_RSA_BITS = 2048
_DEFAULTS: Mapping[str, Any] = {
    "ALGORITHM": "HS256",
    "VERIFYING_KEY": "",
    "AUDIENCE": None,
    "ISSUER": None,
    "LEEWAY": 0,
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "user_id",
    "TOKEN_TYPE_CLAIM": "token_type",
    "JTI_CLAIM": "jti",
    "CHECK_REVOKE_TOKEN": False,
    "REVOKE_TOKEN_CLAIM": "hash_password",
    "USER_AUTHENTICATION_RULE": None,
    "JWK_URL": None,
}


@dataclass(frozen=True, slots=True)
class SimpleTerms:
    """What is demanded of a token.

    Shapes: `audiences` are None where `aud` is not looked at, `issuer` is None where `iss` is not; `revoke_claim` is ""
        where a token outlives its password; `may_enter` is a project's own word about a user.
    Units: `leeway_s` is how much longer a token is taken.
    """

    algorithm: str
    key: Any = field(repr=False)
    audiences: frozenset[str] | None
    issuer: str | None
    leeway_s: float
    user_field: str
    user_claim: str
    type_claim: str
    jti_claim: str
    revoke_claim: str
    may_enter: Callable[[Any], Any] | None

    def is_signature(self, signature: bytes, signed: bytes) -> bool:
        """Whether a signature is this key's."""
        return bool(_ALGORITHMS[self.algorithm].verify(signed, self.key, signature))


class BadTerms(ValueError):
    """A setting that is not taken; the message holds no part of a secret."""


def read_simple_terms() -> SimpleTerms:
    """Read the setting.

    Raises: BadTerms naming the part that is wrong.
    """
    given = getattr(settings, SETTING, {})
    if not isinstance(given, Mapping):
        raise BadTerms("is no dict.")
    said = {**_DEFAULTS, **given}
    if said["JWK_URL"]:
        raise BadTerms("has a JWK_URL: take such tokens by Bearer(trusted=[Issuer(keys_url=...)]).")
    algorithm = said["ALGORITHM"]
    if algorithm not in _ALGORITHMS:
        raise BadTerms(f"has an ALGORITHM that is none of {', '.join(_ALGORITHMS)}.")
    for name in ("TOKEN_TYPE_CLAIM", "JTI_CLAIM", "USER_ID_CLAIM", "USER_ID_FIELD", "REVOKE_TOKEN_CLAIM"):
        if not isinstance(said[name], str) or not said[name]:
            raise BadTerms(f"has a {name} that is no name: without one, tokens could not be told apart.")
    _demand_field(said["USER_ID_FIELD"])
    return SimpleTerms(
        algorithm,
        _key(algorithm, said),
        _audiences(said["AUDIENCE"]),
        _issuer(said["ISSUER"]),
        _leeway_s(said["LEEWAY"]),
        said["USER_ID_FIELD"],
        said["USER_ID_CLAIM"],
        said["TOKEN_TYPE_CLAIM"],
        said["JTI_CLAIM"],
        said["REVOKE_TOKEN_CLAIM"] if said["CHECK_REVOKE_TOKEN"] else "",
        _rule(said["USER_AUTHENTICATION_RULE"]),
    )


def _key(algorithm: str, said: Mapping[str, Any]) -> Any:
    is_shared = algorithm.startswith("HS")
    name = "SIGNING_KEY" if is_shared else "VERIFYING_KEY"
    text = said.get("SIGNING_KEY", settings.SECRET_KEY) if is_shared else said["VERIFYING_KEY"]
    if not isinstance(text, str | bytes) or not text:
        raise BadTerms(f"has no {name}, with which {algorithm} is checked.")
    raw = text.encode() if isinstance(text, str) else text
    if is_shared:
        _demand_secret(raw)
    try:
        key = _ALGORITHMS[algorithm].prepare_key(raw)
    except (PyJWTError, ValueError, TypeError):
        raise BadTerms(f"has a {name} that is no key for {algorithm}.") from None
    if hasattr(key, "private_bytes"):
        raise BadTerms(f"has a {name} that is a private key: give the public half.")
    if algorithm[:2] in {"RS", "PS"} and key.key_size < _MIN_RSA_BITS:
        raise BadTerms(f"has a {name} of {key.key_size} bits; RSA wants {_MIN_RSA_BITS} at least.")
    return key


def _demand_secret(raw: bytes) -> None:
    """Long enough, and no other tokens' key: what another may sign is not proved by it."""
    if len(raw) < MIN_SECRET_BYTES:
        raise BadTerms(f"has a SIGNING_KEY of {len(raw)} bytes; {MIN_SECRET_BYTES} at least are safe to be guessed at.")
    try:
        own = read_own_keys().by_kid.values()
    except BadKey:  # which the Bearer that reads them tells
        return
    if any(key.algorithm == "HS256" and hmac.compare_digest(key.checking, raw) for key in own):
        raise BadTerms("has the SIGNING_KEY that Nuages' own tokens are signed with: give those a key of their own.")


def _audiences(given: Any) -> frozenset[str] | None:
    if given is None:
        return None
    named = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else []
    if not named or not all(isinstance(name, str) and name for name in named):
        raise BadTerms("has an AUDIENCE that is no text, and no list of texts.")
    return frozenset(named)


def _issuer(given: Any) -> str | None:
    if given is not None and not (isinstance(given, str) and given):
        raise BadTerms("has an ISSUER that is no text.")
    return given


def _leeway_s(given: Any) -> float:
    seconds = given.total_seconds() if isinstance(given, dt.timedelta) else given
    if seconds is None:
        return 0
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_LEEWAY_S:
        raise BadTerms(f"has a LEEWAY that is no time of 0 to {MAX_LEEWAY_S} seconds.")
    return seconds


def _demand_field(name: str) -> None:
    model: Any = get_user_model()
    if name == "pk":
        return
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise BadTerms(f"has a USER_ID_FIELD that {model._meta.label} does not have.") from None
    if not getattr(found, "unique", False):
        raise BadTerms(f"has a USER_ID_FIELD that several rows of {model._meta.label} may share.")


def _rule(given: Any) -> Callable[[Any], Any] | None:
    """A rule of the project's own; the package's asks whether the user is active, which is asked anyway."""
    if given is None or (isinstance(given, str) and given.startswith("rest_framework_simplejwt.")):
        return None
    try:
        found = import_string(given) if isinstance(given, str) else given
    except ImportError:
        raise BadTerms("has a USER_AUTHENTICATION_RULE that is not there.") from None
    if not callable(found):
        raise BadTerms("has a USER_AUTHENTICATION_RULE that is no function.")
    rule: Callable[[Any], Any] = found
    return rule
