"""Make the bearer tokens of W7 (JWT, HS256) without a library. Source: RFC 7519, RFC 7515 section 3.3."""

import base64
import hashlib
import hmac
import json

from benchmarks.peers.common.environment import ISSUER, KID, SECRET

# What each library asks for: sub and type (django-modern-rest, Litestar); user_id, token_type, jti (simplejwt).
# Nuages also asks for iss, aud and kid; PyJWT, which others use, refuses an aud that it was not told of.
_CLAIMS = {
    "sub": "1",
    "user_id": "1",
    "token_type": "access",
    "type": "access",
    "jti": "0" * 32,
    "iat": 1_700_000_000,
    "exp": 4_102_444_800,
}


def make_token(secret: str, audience: str = "") -> str:
    """Sign the claims."""
    parts = [{"alg": "HS256", "typ": "JWT"}, _CLAIMS]
    if audience:
        parts = [{"alg": "HS256", "typ": "at+jwt", "kid": KID}, {**_CLAIMS, "iss": ISSUER, "aud": audience}]
    head, claims = (_encode(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    return f"{head}.{claims}.{_encode(signature)}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def good_token(audience: str) -> str:
    """The token of a peer; one that demands an audience has it named, which others would refuse."""
    return make_token(SECRET, audience)


def forged_token(audience: str) -> str:
    """The same, signed with another secret."""
    return make_token("x" * len(SECRET), audience)
