"""Turn JSON Web Keys into keys that sign and check, each with one algorithm; refuse every set that could mislead.

Where a set comes from is its reader's business. Nothing here shows or logs any part of a secret.
Source: RFC 7517, RFC 7518 section 6, RFC 8037, RFC 8725 sections 3.1, 3.2 and 3.5.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

ALGORITHMS = ("ES256", "EdDSA", "RS256", "HS256")
MIN_SECRET_BYTES = 32  # RFC 7518 section 3.2: as long as the digest
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 8192  # RFC 7518 section 3.3; above, one check takes milliseconds
_MIN_RSA_EXPONENT = 65_537  # FIPS 186-5 section 5.4
_MAX_KEYS = 100
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_ALGORITHM_OF = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256", "oct": "HS256"}
PUBLIC_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_OPERATIONS = ["sign", "verify"]
_MAX_MEMBER_CHARS = 1400  # of an RSA key of 8192 bits
_PROBE = b"nuages"


class BadKey(ValueError):
    """A key or a set of keys that is not taken; the message holds no part of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A key with its one algorithm.

    Shapes: `checking` checks signatures, `signing` makes them, None where only the public half is there; `public` is
        what may be published, empty for a shared secret.
    """

    kid: str
    algorithm: str
    checking: Any = field(repr=False)
    signing: Any = field(default=None, repr=False)
    public: Mapping[str, str] = field(default_factory=dict, repr=False)

    def is_signature(self, signature: bytes, signed: bytes) -> bool:
        """Whether a signature is this key's."""
        return bool(_MAKERS[self.algorithm].verify(signed, self.checking, signature))


def read_set(document: Any, *, is_others: bool = False) -> dict[str, Key]:
    """Read a JWK Set, in its order, by `kid`.

    Shapes: `is_others` marks what another publishes: private halves are refused there, and keys for other uses are
        left out, as they stand beside the others in many such sets.
    Raises: BadKey.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or not entries or len(entries) > _MAX_KEYS:
        raise BadKey(f'is no JWK Set: {{"keys": [...]}} with 1 to {_MAX_KEYS} keys.')
    entries = [(number, entry) for number, entry in enumerate(entries) if not (is_others and _is_for_others(entry))]
    keys = [_read_numbered(number, entry, is_others=is_others) for number, entry in entries]
    if len({key.kid for key in keys}) != len(keys):
        raise BadKey("names a kid twice.")
    if len({key.algorithm == "HS256" for key in keys}) > 1:
        raise BadKey("mixes shared secrets with public keys.")
    return {key.kid: key for key in keys}


def secret_key(secret: bytes, kid: str) -> Key:
    """Make a key for HS256 of a shared secret.

    Raises: BadKey for one that is too short.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise BadKey(f"has {len(secret)} bytes; HS256 wants {MIN_SECRET_BYTES} at least.")
    try:
        prepared = _MAKERS["HS256"].prepare_key(secret)
    except PyJWTError:
        raise BadKey("is the text of a public key or certificate, which is no secret.") from None
    return Key(kid, "HS256", prepared, prepared)


def _is_for_others(entry: Any) -> bool:
    return isinstance(entry, Mapping) and (
        entry.get("use", "sig") != "sig" or entry.get("alg", "ES256") not in ALGORITHMS
    )


def _read_numbered(number: int, entry: Any, *, is_others: bool) -> Key:
    try:
        return read_key(entry, is_others=is_others)
    except BadKey as error:
        raise BadKey(f"keys[{number}] {error}") from None


def read_key(entry: Any, *, is_others: bool = False) -> Key:
    """Read one JWK.

    Raises: BadKey.
    """
    if not isinstance(entry, Mapping):
        raise BadKey("is no object.")
    kind, kid = entry.get("kty"), entry.get("kid")
    if not isinstance(kind, str) or kind not in _ALGORITHM_OF:
        raise BadKey(f"has a kty that is none of {', '.join(_ALGORITHM_OF)}.")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:  # noqa: PLR2004
        raise BadKey("has no kid: a text of 1 to 200 characters.")
    _demand_use(entry, kind)
    if kind == "oct":
        return secret_key(_secret(entry), kid)
    if is_others and not _PRIVATE_MEMBERS.isdisjoint(entry):
        raise BadKey("holds a private key, which everybody has read by now.")
    return _read_pair(entry, kind, kid)


def _demand_use(entry: Mapping[str, Any], kind: str) -> None:
    if entry.get("alg", _ALGORITHM_OF[kind]) != _ALGORITHM_OF[kind]:
        raise BadKey(f"has an alg that is not {_ALGORITHM_OF[kind]}.")
    if entry.get("use", "sig") != "sig":
        raise BadKey('has a use other than "sig".')
    operations = entry.get("key_ops", _OPERATIONS)
    if not isinstance(operations, list) or any(each not in _OPERATIONS for each in operations):
        raise BadKey("has key_ops other than sign and verify.")
    if "verify" not in operations or ("d" in entry and "sign" not in operations):
        raise BadKey("has key_ops without verify, or a private half that may not sign.")


def _secret(entry: Mapping[str, Any]) -> bytes:
    text = str(entry.get("k", "")).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("has a k that is no base64url.") from None


def _read_pair(entry: Mapping[str, Any], kind: str, kid: str) -> Key:
    algorithm = _ALGORITHM_OF[kind]
    if kind in _CURVES and entry.get("crv") != _CURVES[kind]:
        raise BadKey(f"is of another curve than {_CURVES[kind]}.")
    public = {name: str(entry.get(name, ""))[:_MAX_MEMBER_CHARS] for name in PUBLIC_MEMBERS[kind]}
    maker = _MAKERS[algorithm]
    try:
        checking = maker.from_jwk(public)
        signing = maker.from_jwk(dict(entry)) if "d" in entry else None
        is_pair = signing is None or maker.verify(_PROBE, checking, maker.sign(_PROBE, signing))
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        raise BadKey(f"is no {kind} key.") from None
    if not is_pair:
        raise BadKey("has halves that do not belong together.")
    if kind == "RSA":
        _demand_strength(checking)
    published = {"kid": kid, "use": "sig", "alg": algorithm, **public}
    return Key(kid, algorithm, checking, signing, published)


def _demand_strength(public: Any) -> None:
    if not _MIN_RSA_BITS <= public.key_size <= _MAX_RSA_BITS:
        raise BadKey(f"has {public.key_size} bits; RSA wants {_MIN_RSA_BITS} to {_MAX_RSA_BITS}.")
    if public.public_numbers().e < _MIN_RSA_EXPONENT:
        raise BadKey(f"has a public exponent below {_MIN_RSA_EXPONENT}.")


_MAKERS: dict[str, Any] = {name: maker for name, maker in get_default_algorithms().items() if name in ALGORITHMS}
