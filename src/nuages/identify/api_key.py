"""Turn an API key in a header into a Principal, and make new keys. Who may make one is the admin's business.

A key is found by its prefix and known by its digest; the key itself is stored nowhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from nuages.errors import BadRequest, NotIdentified
from nuages.http.request import Request
from nuages.identify import epoch
from nuages.identify.chain import Authenticator
from nuages.identify.last_used import LastUsed
from nuages.identify.principal import Principal
from nuages.identify.standing import Standing, same_user

_SECRET_BYTES = 32
_PREFIX_CHARS = 10
_LETTERS = string.ascii_letters + string.digits
# 32 bytes are 43 characters of base64url.
_KEY = re.compile(r"nk_([A-Za-z0-9]{8,12})_[A-Za-z0-9_-]{43}", re.ASCII)
_SCHEME = "api-key"
_METHOD = "api-key"
_REFUSED = (("WWW-Authenticate", 'Api-Key error="invalid_key"'),)
# RFC 6749 section 3.3: a scope is printable ASCII without a blank, a quotation mark or a backslash.
_SCOPE = re.compile(r"[!#-\[\]-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a stored key."""

    prefix: str
    digest: str
    user: Any
    scopes: frozenset[str] | None
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class ApiKey(Authenticator):
    """A key of a user, as `X-API-Key: nk_...` or `Authorization: Api-Key nk_...`; never in a URL.

    Shapes: a valid key costs one statement every five seconds at most, and now and then one that notes its use.
    """

    challenge = 'Api-Key realm="api"'
    vary = ("Authorization", "X-API-Key")

    def __init__(self) -> None:
        self._standing = Standing()
        self._last_used = LastUsed()

    def identify(self, request: Request) -> Principal | None:
        """Find the user of the key.

        Raises: NotIdentified `invalid-api-key` for one that is unknown, revoked or over; BadRequest `repeated-api-key`
            for more than one.
        """
        key = _read_key(request)
        if key is None:
            return None
        found = _KEY.fullmatch(key)
        known = self._standing.get(found[1], lambda: _load(found[1])) if found else None
        if known is None or not constant_time_compare(known.digest, _digest(key)) or _is_over(known):
            raise NotIdentified("This API key is not valid.", code="invalid-api-key", headers=_REFUSED)
        self._last_used.note(known.prefix, known.last_used_at)
        return Principal(same_user(known.user), _METHOD, {"key_prefix": known.prefix}, known.scopes)


def make_key(
    user: Any, name: str, scopes: Iterable[str] = (), expires_at: dt.datetime | None = None
) -> tuple[Any, str]:
    """Make and store a key; its text is given here and never again.

    Shapes: (the StoredKey, "nk_..."); without scopes the key may do what its user may.
    Raises: ValueError for a scope that is no word of RFC 6749, or more of them than are stored.
    """
    words = sorted(set(scopes))
    demand_scopes(words)
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_CHARS))
    key = f"nk_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    stored = _model()(
        user=user, name=name, prefix=prefix, digest=_digest(key), scopes=" ".join(words), expires_at=expires_at
    )
    stored.clean_fields()
    stored.save(force_insert=True)
    return stored, key


def demand_scopes(words: Iterable[str]) -> None:
    """Demand words that may stand in a list with blanks between them.

    Raises: ValueError naming the first that may not.
    """
    wrong = next((word for word in words if not _SCOPE.fullmatch(word)), None)
    if wrong is not None:
        raise ValueError(f"{wrong!r} is no scope: write a word such as books:read.")


def watch_keys() -> None:
    """Begin another epoch whenever a stored key changes or goes through Django."""
    for signal in (post_save, post_delete):
        signal.connect(_changed, sender=_model(), dispatch_uid="nuages.api_key.changed")


def _changed(sender: Any, using: str, created: bool = False, **_: Any) -> None:  # noqa: ARG001, FBT001, FBT002  # a signal's signature
    if not created:
        epoch.begin(using)


def _read_key(request: Request) -> str | None:
    """The key that a request holds, be it one or not; None where there is none.

    Servers join headers of one name with a comma, which no key holds.
    """
    plain, authorization = request.header("x-api-key"), request.header("authorization")
    if authorization is None or _SCHEME not in authorization.lower():
        given = [] if plain is None else plain.split(",")
    else:
        named = [_after_scheme(part) for part in authorization.split(",")]
        has_other = any(key is None for key in named) and any(key is not None for key in named)
        given = [key for key in named if key is not None] + ([plain] if plain is not None else [])
        given += given if has_other else []
    if len(given) > 1:
        raise BadRequest("Send one API key, in one header.", code="repeated-api-key")
    return given[0].strip() if given else None


def _after_scheme(credentials: str) -> str | None:
    scheme, _, key = credentials.strip().partition(" ")
    return key if scheme.lower() == _SCHEME else None


def _load(prefix: str) -> _Known | None:
    model = _model()
    keys = model._default_manager.using(router.db_for_write(model)).select_related("user")
    found = keys.filter(prefix=prefix, revoked_at__isnull=True).first()
    if found is None or not found.user.is_active:
        return None
    scopes = frozenset(found.scopes.split()) or None
    return _Known(prefix, found.digest, found.user, scopes, found.expires_at, found.last_used_at)


def _is_over(known: _Known) -> bool:
    return known.expires_at is not None and known.expires_at <= timezone.now()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _model() -> Any:
    return apps.get_model("nuages", "StoredKey")
