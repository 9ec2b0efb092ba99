"""Ask a browser for a passkey, and check what its authenticator has signed. Reads and writes no row.

A ceremony is what the question was, under a signature of ours, so that nothing is kept between question and answer.
That each is answered once is for whoever stores the answer.
Source: Web Authentication Level 3, sections 7.1 (registration) and 7.2 (authentication).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from django.core import signing
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from nuages.factors.relying_party import RelyingParty

MAX_AGE_S = 600  # as long as section 5.4 wants people to have time
_SALT = "nuages.passkey"
_ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256: section 5.8.5, and what section 5.4 recommends
_MAX_ID_BYTES = 1_023  # section 7.1, step 25
_MAX_TEXT_CHARS = 8_192  # of each part of what an authenticator says; attestations, the longest, are not asked for
_ENROL, _LOGIN, _FACTOR = "enrol", "login", "factor"
_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    OverflowError,
    struct.error,
    UnsupportedAlgorithm,
)  # what parsers of CBOR, COSE and JSON raise over what they do not expect

Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an authenticator has signed, and rightly.

    Shapes: `user` is the key of the user that the question was for, None where it was for anybody; `challenge` is what
        no two questions share; `counter` is that of section 6.1.1, 0 where the authenticator counts nothing.
    """

    user: str | None
    challenge: str
    credential_id: bytes
    counter: int
    is_verified: bool


def ask_for_new(
    party: RelyingParty,
    user: Any,
    entity: Mapping[str, Any],
    known: Sequence[AttestedCredentialData],
    *,
    passwordless: bool,
    verification: str,
) -> tuple[dict[str, Any], str]:
    """The options for `navigator.credentials.create()`, and the ceremony.

    Shapes: `entity` is `{"id": b"", "name", "display_name"}`; `known` are passkeys that are there already.
    """
    wanted = UserVerificationRequirement.REQUIRED if passwordless else UserVerificationRequirement(verification)
    resident = ResidentKeyRequirement.REQUIRED if passwordless else ResidentKeyRequirement.DISCOURAGED
    options, state = _server(party).register_begin(
        PublicKeyCredentialUserEntity(**entity),
        known,
        resident_key_requirement=resident,
        user_verification=wanted,
        extensions={"credProps": True},
    )
    return dict(options)["publicKey"], _seal(_ENROL, str(user.pk), state, party)


def ask_for_one(
    party: RelyingParty, user: Any | None, known: Sequence[AttestedCredentialData] = (), *, verification: str = ""
) -> tuple[dict[str, Any], str]:
    """The options for `navigator.credentials.get()`, and the ceremony; without a user, one must be verified."""
    wanted = UserVerificationRequirement.REQUIRED if user is None else UserVerificationRequirement(verification)
    options, state = _server(party).authenticate_begin(list(known) or None, user_verification=wanted)
    purpose, key = (_LOGIN, None) if user is None else (_FACTOR, str(user.pk))
    return dict(options)["publicKey"], _seal(purpose, key, state, party)


def check_new(party: RelyingParty, user: Any, ceremony: str, credential: Mapping[str, Any]) -> Answered | None:
    """Check a new passkey of a user; None for whatever is wrong."""
    said, state = _open(ceremony, _ENROL, party), _plain(credential, ("clientDataJSON", "attestationObject"))
    if said is None or state is None or said["user"] != str(user.pk):
        return None
    return _read(lambda: _check_new(party, said, state))


def check_one(
    party: RelyingParty,
    ceremony: str,
    credential: Mapping[str, Any],
    known: Iterable[AttestedCredentialData],
    *,
    user: Any | None,
) -> Answered | None:
    """Check what a passkey has signed for a question to `user`, or to anybody; None for whatever is wrong."""
    said = _open(ceremony, _LOGIN if user is None else _FACTOR, party)
    answer = _plain(credential, ("clientDataJSON", "authenticatorData", "signature"))
    if said is None or answer is None or (user is not None and said["user"] != str(user.pk)):
        return None
    return _read(lambda: _check_one(party, said, answer, list(known)))


def handle_of(credential: Mapping[str, Any]) -> bytes | None:
    """The user handle that a passkey brings along: what was `entity["id"]` when it was made."""
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    if not isinstance(handle, str) or not handle or len(handle) > _MAX_TEXT_CHARS:
        return None
    return _read(lambda: websafe_decode(handle))


def key_of(stored: Any) -> AttestedCredentialData | None:
    """The public key of a passkey as allauth keeps it; None for one that cannot be read."""
    return _read(lambda: RegistrationResponse.from_dict(stored).response.attestation_object.auth_data.credential_data)


def counter_of(stored: Any) -> int:
    """What the authenticator had counted when the passkey was made."""
    return _read(lambda: RegistrationResponse.from_dict(stored).response.attestation_object.auth_data.counter) or 0


def to_store(credential: Mapping[str, Any]) -> dict[str, Any]:
    """What allauth keeps of a passkey that `check_new` has found right."""
    results = credential.get("clientExtensionResults")
    properties = results.get("credProps") if isinstance(results, dict) else None
    resident = properties.get("rk") if isinstance(properties, dict) else None
    stored = _plain(credential, ("clientDataJSON", "attestationObject")) or {}
    kept = {"credProps": {"rk": resident}} if isinstance(resident, bool) else {}
    return {**stored, "clientExtensionResults": kept}


def _server(party: RelyingParty) -> Fido2Server:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=party.id, name=party.name), verify_origin=party.origins.__contains__
    )
    kind = PublicKeyCredentialType.PUBLIC_KEY
    server.allowed_algorithms = [PublicKeyCredentialParameters(type=kind, alg=each) for each in _ALGORITHMS]
    server.timeout = MAX_AGE_S * 1_000  # type: ignore[assignment]  # its type is that of its first value
    return server


def _seal(purpose: str, user: str | None, state: Mapping[str, Any], party: RelyingParty) -> str:
    wanted = str(state["user_verification"].value)
    said = {"for": purpose, "user": user, "rp": party.id, "challenge": state["challenge"], "wanted": wanted}
    return signing.dumps(said, salt=_SALT)


def _open(ceremony: str, purpose: str, party: RelyingParty) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = signing.loads(ceremony, salt=_SALT, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return None
    return said if (said["for"], said["rp"]) == (purpose, party.id) else None


def _plain(credential: Mapping[str, Any], members: Sequence[str]) -> dict[str, Any] | None:
    """A credential with those members alone that are looked at; None where one is missing, no text, or too long."""
    response = credential.get("response")
    parts = [response.get(name) for name in members] if isinstance(response, dict) else [None]
    texts = [credential.get("id"), credential.get("rawId"), *parts]
    if credential.get("type") != PublicKeyCredentialType.PUBLIC_KEY.value:
        return None
    if not all(type(text) is str and len(text) <= _MAX_TEXT_CHARS for text in texts):
        return None
    return {
        "id": texts[0],
        "rawId": texts[1],
        "type": PublicKeyCredentialType.PUBLIC_KEY.value,
        "response": dict(zip(members, parts, strict=True)),
    }


def _check_new(party: RelyingParty, said: Mapping[str, Any], answer: dict[str, Any]) -> Answered | None:
    read = RegistrationResponse.from_dict(answer)
    made = _server(party).register_complete(_state(said), read)
    key = made.credential_data
    if key is None or key.public_key.get(3) not in _ALGORITHMS or len(key.credential_id) > _MAX_ID_BYTES:
        return None
    if key.credential_id != read.raw_id or _is_framed(read.response.client_data):
        return None
    return _answered(said, key.credential_id, made)


def _check_one(
    party: RelyingParty, said: Mapping[str, Any], answer: dict[str, Any], known: Sequence[AttestedCredentialData]
) -> Answered | None:
    read = AuthenticationResponse.from_dict(answer)
    key = _server(party).authenticate_complete(_state(said), known, read)
    if _is_framed(read.response.client_data):
        return None
    return _answered(said, key.credential_id, read.response.authenticator_data)


def _state(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"challenge": said["challenge"], "user_verification": UserVerificationRequirement(said["wanted"])}


def _answered(said: Mapping[str, Any], credential_id: bytes, data: AuthenticatorData) -> Answered:
    return Answered(said["user"], said["challenge"], credential_id, data.counter, data.is_user_verified())


def _is_framed(client_data: bytes) -> bool:
    """Whether a page of ours was in a frame of another site's (section 7.2, step 14): no page of ours expects that."""
    said = json.loads(client_data)
    return said.get("crossOrigin", False) is not False or "topOrigin" in said


def _read(reading: Callable[[], Taken]) -> Taken | None:
    """What can be read; None for what cannot."""
    try:
        return reading()
    except _UNREADABLE:
        return None
