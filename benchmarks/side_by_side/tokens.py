"""Make the bearer tokens of W7 (JWT, HS256) without a library. Source: RFC 7519, RFC 7515 section 3.3."""

import base64
import hashlib
import hmac
import json

from benchmarks.peers.common.environment import SECRET

# What each library asks for: sub and type (django-modern-rest, Litestar); user_id, token_type, jti (simplejwt).
_CLAIMS = {
    "sub": "1",
    "user_id": "1",
    "token_type": "access",
    "type": "access",
    "jti": "0" * 32,
    "iat": 1_700_000_000,
    "exp": 4_102_444_800,
}


def make_token(secret: str) -> str:
    """Sign the claims."""
    head, claims = (_encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, _CLAIMS))
    signature = hmac.new(secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    return f"{head}.{claims}.{_encode(signature)}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


GOOD = make_token(SECRET)
FORGED = make_token("x" * len(SECRET))
