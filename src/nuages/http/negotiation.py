"""Decide from `Accept` which of the types that are offered a client gets (RFC 9110 section 12.5.1). Knows no body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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
        (_RANGES.index(name), quality) for name, quality in map(read_range, accept.split(",")) if name in _RANGES
    ]
    return bool(fitting) and max(fitting)[1] > 0


def choose_type(accept: str | None, offered: Sequence[str]) -> str | None:
    """Choose among media types: the one that a client likes best, the first of those that it likes alike.

    Shapes: the raw header value, or None when the client sent none; None where nothing offered is acceptable.
    """
    if not accept:
        return offered[0]
    said: dict[str, float] = {}
    for name, quality in map(read_range, accept.split(",")):
        said[name] = max(quality, said.get(name, 0.0))
    liked = [_quality(said, name) for name in offered]
    return offered[liked.index(max(liked))] if max(liked) > 0 else None


def _quality(said: Mapping[str, float], name: str) -> float:
    """What the most specific range that fits says of a type."""
    ranges = (name, f"{name.partition('/')[0]}/*", "*/*")
    return next((said[each] for each in ranges if each in said), 0.0)


def read_range(text: str) -> tuple[str, float]:
    """Read one member of `Accept` or `Accept-Encoding`: what it names, in lower case, and how much it is liked."""
    name, *parameters = text.split(";")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q" and _QUALITY.fullmatch(value.strip()):
            return name.strip().lower(), float(value)
    return name.strip().lower(), 1.0
