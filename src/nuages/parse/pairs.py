"""Turn a raw query string into (name, value) pairs, strictly: UTF-8, no NUL, not too many. Knows no parameter."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from nuages.errors import BadRequest

MAX_QUERY_CHARS = 65_536  # room for a cursor over long text, which most proxies would cut sooner
MAX_PARAMETERS = 100
_PLAIN = re.compile(r"[!-$&-*,-~]*")  # printable ASCII but % and +: nothing to decode


def read_pairs(query: str) -> list[tuple[str, str]]:
    """Split and decode a query string.

    Shapes: `"a=1&b=x%20y"` is `[("a", "1"), ("b", "x y")]`; empty parts are passed over.
    Raises: BadRequest for too long a query, too many parameters, text that is not UTF-8, NUL.
    Source: WHATWG URL, application/x-www-form-urlencoded parsing.
    """
    if not query:
        return []
    if len(query) > MAX_QUERY_CHARS:
        raise BadRequest(f"The query string is longer than {MAX_QUERY_CHARS} characters.", code="query-too-long")
    parts = query.split("&", MAX_PARAMETERS)
    if len(parts) > MAX_PARAMETERS:
        raise BadRequest(f"The query string has more than {MAX_PARAMETERS} parameters.", code="too-many-parameters")
    if _PLAIN.fullmatch(query):
        return [(name, text) for name, _, text in [part.partition("=") for part in parts if part]]
    return [_read_pair(part) for part in parts if part]


def refuse_parameters(query: str) -> None:
    """Refuse any parameter, for URLs that take none.

    Raises: BadRequest that names the first.
    """
    for name, _ in read_pairs(query):
        detail = f"There is no parameter {name[:60]!r}: this URL takes none."
        raise BadRequest.parameter(name[:60], "unknown-parameter", detail)


def _read_pair(part: str) -> tuple[str, str]:
    raw_name, _, raw_text = part.partition("=")
    try:
        name = decode(raw_name)
    except ValueError as error:
        raise BadRequest(f"The name of a parameter {error}.", code="invalid-encoding") from None
    try:
        return name, decode(raw_text)
    except ValueError as error:
        detail = f"The value of {name[:60]!r} {error}."
        raise BadRequest.parameter(name[:60], "invalid-encoding", detail) from None


def decode(text: str) -> str:
    """Undo percent-encoding and plus signs.

    Raises: ValueError with a sentence when what comes out is no UTF-8 text or holds a NUL.
    """
    if "%" not in text and "+" not in text and text.isascii() and "\x00" not in text:
        return text
    try:
        # WSGI hands over latin-1; a raw byte above 127 in the query is read as UTF-8, as browsers send it.
        plain = unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeError:
        raise ValueError("is no UTF-8 text") from None
    if "\x00" in plain:
        raise ValueError("holds a NUL character")
    return plain
