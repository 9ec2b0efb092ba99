"""Decide from `Accept` whether JSON will do (RFC 9110 section 12.5.1). Knows no body."""

from __future__ import annotations

import re

# What fits JSON, the least specific first: the most specific range that fits decides.
_RANGES = ("*/*", "application/*", "application/json")
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def accepts_json(accept: str | None) -> bool:
    """Tell whether a JSON representation is acceptable to the client.

    Shapes: the raw header value, or None when the client sent none (anything will do).
    """
    if not accept or accept == "*/*" or accept == "application/json":
        return True
    fitting = [
        (_RANGES.index(name), quality) for name, quality in map(_read_range, accept.split(",")) if name in _RANGES
    ]
    return bool(fitting) and max(fitting)[1] > 0


def _read_range(text: str) -> tuple[str, float]:
    name, *parameters = text.split(";")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q" and _QUALITY.fullmatch(value.strip()):
            return name.strip().lower(), float(value)
    return name.strip().lower(), 1.0
