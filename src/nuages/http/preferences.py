"""Read what a client prefers of an answer (RFC 7240). A preference may be passed over; nothing in it is an error."""

from __future__ import annotations

import re

_LONGEST_CHARS = 1_000
_MINIMAL = re.compile(r'(?:^|[,;])\s*return\s*=\s*"?minimal"?\s*(?:[,;]|$)', re.IGNORECASE)


def wants_minimal(prefer: str | None) -> bool:
    """Whether a client has no use for the representation of what it has changed.

    Shapes: the raw value of `Prefer`, None when there is none.
    Source: RFC 7240 section 4.2.
    """
    return prefer is not None and len(prefer) <= _LONGEST_CHARS and _MINIMAL.search(prefer) is not None
