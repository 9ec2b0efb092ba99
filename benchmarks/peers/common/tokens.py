"""Check a bearer token with PyJWT, for the peers that bring no check of their own."""

import jwt

from common.environment import SECRET


def is_valid(header: str | None) -> bool:
    """Say whether an Authorization header carries a token that we signed and that has not run out."""
    if not header or not header.startswith("Bearer "):
        return False
    try:
        jwt.decode(header[7:], SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        return False
    return True
