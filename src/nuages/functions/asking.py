"""Tell who asks a function whose answers are kept: as a key, and as a principal that holds nothing but what is in it.

Whatever somebody is known by is part of the key: an answer made for a row of a user as it was is never found by the row
as it is. What was looked up for them before the call (a right, a related row) is left behind, and is asked for again
where a table's version tells of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import msgspec
from django.db.models import Model

from nuages.identify.principal import Principal


def as_asked(principal: Principal) -> tuple[str, Principal] | None:
    """The key of who asks, and the same principal as far as that key tells; None where no key could tell."""
    user = principal.user
    row = _row(user)
    if row is None:
        return None
    said: list[Any] = [type(principal).__qualname__, principal.method, principal.login, principal.proof, row]
    said += [dict(principal.claims), principal.scopes is None, sorted(principal.scopes or ())]
    try:
        packed = msgspec.msgpack.encode(said)
    except (TypeError, ValueError, OverflowError):
        return None
    key = hashlib.blake2b(packed, digest_size=32).hexdigest()
    return key, principal if user is None else replace(principal, user=_anew(user))


def _row(user: Any) -> list[Any] | None:
    """What is known of a user: the row as it was read, and plain attributes beside it; None where there is more."""
    if user is None:
        return []
    if not issubclass(type(user), Model):
        return None
    own = {name: known for name, known in vars(user).items() if not name.startswith("_")}
    return [user._meta.label, user._state.db, sorted(own.items())]


def _anew(user: Any) -> Any:
    known = vars(user)
    names = [field.attname for field in user._meta.concrete_fields if field.attname in known]
    fresh = type(user).from_db(user._state.db, names, [known[name] for name in names])
    for name, value in known.items():
        if not name.startswith("_") and name not in names:
            setattr(fresh, name, value)
    return fresh
