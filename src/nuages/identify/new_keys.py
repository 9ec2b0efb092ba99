"""Make new token keys. Whoever calls this shows them once, and keeps none.

Source: RFC 7638 (thumbprints), RFC 7518 section 6, RFC 8037.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import get_default_algorithms

from nuages.identify.keys import PUBLIC_MEMBERS

_SECRET_BYTES = 48
_RSA_BITS, _RSA_EXPONENT = 3072, 65_537  # NIST SP 800-57: 128 bits of strength
_MAKERS: dict[str, Callable[[], Any]] = {
    "ES256": lambda: generate_private_key(SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate,
    "RS256": lambda: generate_rsa_key(_RSA_EXPONENT, _RSA_BITS),
}
KINDS = (*_MAKERS, "HS256")


def new_secret() -> str:
    """Make a text for NUAGES_TOKEN_KEY: 384 random bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_key(algorithm: str) -> dict[str, str]:
    """Make a private JWK, whose `kid` is its thumbprint."""
    raw = get_default_algorithms()[algorithm].to_jwk(_MAKERS[algorithm](), as_dict=True)
    members = {name: value for name, value in raw.items() if isinstance(value, str)}
    return {"kid": thumbprint(members), "alg": algorithm, "use": "sig", **members}


def thumbprint(key: Mapping[str, str]) -> str:
    """Name a key by the digest of its public members."""
    required = {name: key[name] for name in PUBLIC_MEMBERS[key["kty"]]}
    text = json.dumps(required, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
