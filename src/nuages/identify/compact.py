"""Take the text of a token apart, JWS in its compact form, as strictly as can be. No key and no claim is judged here.

What other parsers read in two ways (padding, other alphabets, a name twice, other encodings of text) is read in none.
Source: RFC 7515 sections 3.1 and 7.1; RFC 8725 sections 2.4 and 3.7; RFC 4648 section 3.5.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

MAX_CHARS = 8192  # what servers take for one header; nothing longer is looked at
_MAX_HEAD_CHARS = 1024
_TEXT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# What would change how a token is read, or say where its key is to be found: a key is this side's to choose.
_REFUSED = {"crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c"}


class Malformed(ValueError):
    """A text that is no token."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A token taken apart; nothing of it is proved.

    Shapes: `signed` is what the `signature` is of.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def take_apart(token: str) -> Parts:
    """Read the three parts of a token: cheap checks of its text before any of it is decoded.

    Raises: Malformed.
    """
    if len(token) > MAX_CHARS or _TEXT.fullmatch(token) is None:
        raise Malformed("no token")
    signed, _, last = token.rpartition(".")
    head, _, middle = signed.partition(".")
    header = read_object(_decode(head))
    if not _REFUSED.isdisjoint(header):
        raise Malformed("a header that is not understood")
    return Parts(header, read_object(_decode(middle)), signed.encode(), _decode(last))


def has_kid(token: str) -> bool | None:
    """Whether the header of a token names its key; None for a text that is no token. Nothing else is looked at."""
    head, _, rest = token.partition(".")
    if not 0 < len(head) <= _MAX_HEAD_CHARS or rest.count(".") != 1:
        return None
    return _names_key(head)


@lru_cache(maxsize=64)  # the tokens of one key have one header
def _names_key(head: str) -> bool | None:
    try:
        return "kid" in read_object(_decode(head))
    except ValueError:
        return None


def read_object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object: UTF-8, each name once, no number beyond JSON's.

    Raises: Malformed.
    """
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(found, dict):
        raise Malformed("no object")
    return found


def _decode(text: str) -> bytes:
    """Only the one spelling that an encoder makes: the unused bits of the last character are zero."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Malformed("no base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text.encode():
        raise Malformed("another spelling")
    return raw


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number")
