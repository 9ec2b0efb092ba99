"""What a function takes from a request: the result of reading its annotations, and what its requests are read by."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.parse.arguments import COOKIE, HEADER, QUERY
from nuages.parse.inputs.forms import FormBody
from nuages.parse.inputs.json_bodies import JsonBody
from nuages.parse.inputs.paths import PathArgument
from nuages.parse.inputs.places import Taken

_NO_QUERY, _NO_HEADERS, _NO_COOKIES = Taken(QUERY, {}), Taken(HEADER, {}), Taken(COOKIE, {})


@dataclass(frozen=True, slots=True)
class InputSignature:
    """What a function takes.

    Shapes: `complaints` are what is wrong, each a sentence that begins with a verb, and a hint; `injected` the
        parameters that no client gives, with their types; `returns` the annotation of what it answers,
        `inspect.Parameter.empty` where there is none; `path` in the order of the path.
    """

    complaints: tuple[tuple[str, str], ...] = ()
    injected: Mapping[str, Any] = field(default_factory=dict)
    returns: Any = inspect.Parameter.empty
    path: tuple[PathArgument, ...] = ()
    query: Taken = _NO_QUERY
    headers: Taken = _NO_HEADERS
    cookies: Taken = _NO_COOKIES
    body: JsonBody | FormBody | None = None

    @property
    def file_names(self) -> tuple[str, ...]:
        """The parameters that are files, which are closed when the function has answered."""
        return tuple([each.key for each in self.body.files]) if isinstance(self.body, FormBody) else ()

    @property
    def query_names(self) -> frozenset[str]:
        """The names that it takes of a query."""
        return frozenset(self.query.names)
