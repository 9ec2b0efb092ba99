"""What stands in `Annotated[...]` to say where in a request a parameter comes from. Reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nuages.parse.simple import alternatives


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a parameter comes from.

    Shapes: `alias` is its name in a request, "" for the parameter's own.
    """

    alias: str = ""


@dataclass(frozen=True, slots=True)
class Query(Marker):
    """Of the query string, `?name=`; a Struct, dataclass or TypedDict is a group of such parameters."""


@dataclass(frozen=True, slots=True)
class Header(Marker):
    """Of a header; `x_request_token` is `x-request-token`. A list is what commas separate."""


@dataclass(frozen=True, slots=True)
class Cookie(Marker):
    """Of a cookie."""


@dataclass(frozen=True, slots=True)
class Form(Marker):
    """A field of a form, in application/x-www-form-urlencoded or multipart/form-data."""


@dataclass(frozen=True, slots=True)
class Body(Marker):
    """The JSON body, or a member of it where there are several.

    Shapes: `embed` where a single one is a member too, as in `{"user": {...}}`.
    """

    embed: bool = False


@dataclass(frozen=True, slots=True)
class File(Marker):
    """A file of a form.

    Shapes: `types` are media types, any where there are none.
    Units: `max_bytes` of one file, `max_count` files.
    """

    max_bytes: int = 10 << 20  # as of a resource's files
    types: Sequence[str] = ()
    max_count: int = 10


def markers_of(annotation: Any) -> list[Marker]:
    """The markers around a type, `Query` being as good as `Query()`; also those within `... | None`."""
    found: list[Marker] = []
    for each in alternatives(annotation):
        for said in getattr(each, "__metadata__", ()):
            made = said() if isinstance(said, type) and issubclass(said, Marker) else said
            found += [made] if isinstance(made, Marker) else []
    return found
