"""Make tokens by hand, right ones and wrong ones, without the code that is tested."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from jwt.algorithms import get_default_algorithms

from nuages.identify.keys import Key, read_key
from nuages.identify.new_keys import new_key

SECRET = "only for the tests of tokens, 256 bits and more of it"
KID = hmac.digest(SECRET.encode(), b"nuages.token-kid", "sha256").hex()[:16]
PAIRS = {algorithm: {**new_key(algorithm), "kid": algorithm} for algorithm in ("ES256", "EdDSA", "RS256")}
OTHERS = {algorithm: {**new_key(algorithm), "kid": algorithm} for algorithm in PAIRS}
NOW = int(time.time())
Sign = Callable[[bytes], bytes]


def encode(raw: bytes) -> str:
    """base64url, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_json(part: Any) -> bytes:
    """A dict as JSON; bytes as they are."""
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def by_secret(secret: str = SECRET, digest: str = "sha256") -> Sign:
    """Sign by HMAC."""
    return lambda signed: hmac.digest(secret.encode(), signed, digest)


def by_key(key: dict[str, str]) -> Sign:
    """Sign by a key pair."""
    pair = _read(json.dumps(key))
    maker: Any = get_default_algorithms()[pair.algorithm]
    return lambda signed: bytes(maker.sign(signed, pair.signing))


@cache
def _read(key: str) -> Key:
    return read_key(json.loads(key))


def header(**changed: Any) -> dict[str, Any]:
    """The header of a right token by the shared secret; a change to `...` leaves a name out."""
    return _changed({"typ": "at+jwt", "alg": "HS256", "kid": KID}, changed)


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of a right token; the same for changes."""
    right = {"iss": "nuages", "aud": "shop", "sub": "1", "iat": NOW, "exp": NOW + 86_400, "jti": "j1"}
    return _changed({**right, "sid": "6f1c2a1e-3c0e-4a56-9a46-8b6f7e1f0a11"}, changed)


def _changed(right: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**right, **changed}.items() if value is not ...}


def token(head: Any = None, body: Any = None, sign: Sign | None = None) -> str:
    """A token of a header and claims, each a dict or the very bytes."""
    parts = [encode(as_json(header() if head is None else head)), encode(as_json(claims() if body is None else body))]
    signed = ".".join(parts)
    return f"{signed}.{encode((sign or by_secret())(signed.encode()))}"
