"""Say when and how somebody proved who they are, as a token or a session keeps it. What that suffices for, rules say.

Source: OpenID Connect Core 1.0 section 2 (`auth_time`); RFC 8176 (`amr`); RFC 9068 section 2.2.1.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MARK = "nuages.proof"
# Where django-allauth notes what it has seen of a session's user: allauth.account.internal.flows.login.
_RECORDS, _RECORDS_USER = "account_authentication_methods", "account_authentication_methods_user"


@dataclass(frozen=True, slots=True)
class Proof:
    """A moment at which somebody proved who they are.

    Shapes: `methods` are words of RFC 8176, such as "pwd", "otp" and "mfa".
    Units: `at_s` is since the epoch.
    """

    at_s: int
    methods: tuple[str, ...] = ()


def proof_of_now(methods: Iterable[str] = ()) -> Proof:
    """A proof that was just given."""
    return Proof(int(time.time()), tuple(methods))


def proof_of_claims(claims: Mapping[str, Any]) -> Proof | None:
    """The proof that a token tells of; None where it tells of none, or in another form than a number of seconds."""
    at_s, methods = claims.get("auth_time"), claims.get("amr")
    if type(at_s) is not int:  # True is an int too
        return None
    words = methods if isinstance(methods, list) else []
    return Proof(at_s, tuple([word for word in words if isinstance(word, str)]))


def claims_of(proof: Proof | None) -> dict[str, Any]:
    """The claims by which a token tells of a proof."""
    if proof is None:
        return {}
    return {"auth_time": proof.at_s, **({"amr": list(proof.methods)} if proof.methods else {})}


def proof_of_session(session: Any, user: Any) -> Proof | None:
    """The last proof that a session of Django's keeps: of its login, of a step up, or of one that allauth asked for."""
    found = [*_marked(session.get(_MARK)), *_recorded(session, user)]
    return max(found, key=lambda proof: proof.at_s, default=None)


def mark_session(session: Any, proof: Proof) -> None:
    """Keep a proof in a session of Django's."""
    session[_MARK] = {"at": proof.at_s, "methods": list(proof.methods)}


def watch_logins() -> None:
    """Keep in each session of Django's, whoever begins it, when its user logged in."""
    from django.contrib.auth import user_logged_in  # noqa: PLC0415  # wants the apps to be loaded

    user_logged_in.connect(_note_login, dispatch_uid="nuages.proofs.logged_in")


def _note_login(sender: Any, request: Any = None, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    session = getattr(request, "session", None)
    if session is not None:
        mark_session(session, proof_of_now())


def _marked(mark: Any) -> Iterator[Proof]:
    if isinstance(mark, dict) and type(mark.get("at")) is int:
        yield Proof(mark["at"], tuple(mark.get("methods", ())))


def _recorded(session: Any, user: Any) -> Iterator[Proof]:
    """Those that allauth notes as proofs given anew; what belongs to its login has come by the signal already."""
    records = session.get(_RECORDS)
    if not isinstance(records, list) or session.get(_RECORDS_USER) != user._meta.pk.value_to_string(user):
        return
    for record in records:
        if isinstance(record, dict) and record.get("reauthenticated") and isinstance(record.get("at"), int | float):
            yield Proof(int(record["at"]), (str(record.get("method", "")),))
