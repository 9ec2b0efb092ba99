"""Turn a client's id and secret into whether they fit, at a bounded cost: hashing is dear, and anybody may ask.

A secret that was right is remembered by its digest while its hash is the stored one. Wrong ones are counted as wrong
passwords are, by client and address, and looked at no more above the limit.
Source: RFC 6749 sections 2.3.1 and 10.10.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from typing import Any
from urllib.parse import unquote_plus

from django.contrib.auth.hashers import check_password, identify_hasher
from django.utils.crypto import constant_time_compare

from nuages.logins.limits import Limits
from nuages.logins.terms import read_terms

_LONGEST_CHARS = 255
_MOST = 1000
_right: dict[tuple[str, str], None] = {}
_lock = threading.Lock()


def read_basic(header: str) -> tuple[str, str] | None:
    """Read `Basic ...`; None where it is none, or holds what no client id or secret does.

    Source: RFC 7617; RFC 6749 section 2.3.1, which has both parts encoded as in a form.
    """
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
        parts = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return parts if colon and all(part.isprintable() for part in parts) else None


def is_right(client: Any, secret: str, address: str) -> bool:
    """Tell whether a secret is the client's.

    Raises: TooManyRequests where this client's secret has been guessed too often from this address.
    """
    if not secret or len(secret) > _LONGEST_CHARS or not client.client_secret:
        return False
    known = (client.client_secret, hashlib.sha256(secret.encode()).hexdigest())
    if known in _right:
        return True
    limits, account = Limits(read_terms()), f"oauth-client\0{client.client_id}"
    limits.take(account, address)
    if not _fits(secret, client.client_secret):
        return False
    limits.give_back(account, address)
    with _lock:
        if len(_right) >= _MOST:
            _right.clear()
        _right[known] = None
    return True


def _fits(secret: str, stored: str) -> bool:
    try:
        identify_hasher(stored)
    except ValueError:  # a client whose secret is not hashed
        return constant_time_compare(secret, stored)
    return check_password(secret, stored)
