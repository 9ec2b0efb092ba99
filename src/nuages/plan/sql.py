"""SQL text with its parameters in order. Values never enter the text here; dialects write the final placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

HOLE = "\x00"  # stands for one parameter; NUL occurs in no SQL text
_TOKENS = re.compile(
    r"""(?P<name>"(?:[^"]|"")*")|(?P<text>(?<!\w)[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')|(?P<hole>%s)|(?P<percent>%%)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL text with one `HOLE` a parameter.

    Shapes: `Sql("a = \\x00", (5,))`; `parameters` are Slots and constants, in the order of the holes.
    """

    text: str
    parameters: tuple[Any, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.text + other.text, self.parameters + other.parameters)


def from_django(text: str, parameters: Iterable[Any]) -> Sql:
    """Read what Django's compiler wrote: `%s` is a parameter, `%%` a percent sign, but not inside a quoted name.

    Source: django.db.models.sql.compiler, which escapes percent signs in literals and leaves those in names alone.
    """
    return Sql(_TOKENS.sub(_replace, text), tuple(parameters))


def join(separator: str, parts: Iterable[Sql]) -> Sql:
    """Join pieces of SQL."""
    listed = list(parts)
    return Sql(separator.join(part.text for part in listed), tuple(p for part in listed for p in part.parameters))


def _replace(match: re.Match[str]) -> str:
    if match["hole"]:
        return HOLE
    if match["percent"]:
        return "%"
    return match["name"] or match["text"].replace("%%", "%")
