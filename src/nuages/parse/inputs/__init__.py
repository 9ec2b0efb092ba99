"""Turn a function's signature into what it takes from a request, and a request into what it is called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints
from urllib.parse import unquote_plus

from nuages.http.bodies import read_body
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.parse.arguments import Argument, ArgumentReader, argument_of
from nuages.parse.bodies import MAX_BODY_BYTES
from nuages.parse.typed import TypedReader
from nuages.parse.types import is_document


@dataclass
class InputSignature:
    """What a function takes."""

    complaints: list[tuple[str, str]] = field(default_factory=list)
    injected: dict[str, Any] = field(default_factory=dict)
    returns: Any = inspect.Parameter.empty
    needs_body: bool = False
    query_names: frozenset[str] = frozenset()
    path: list[tuple[int, Argument]] = field(default_factory=list)
    arguments: list[Argument] = field(default_factory=list)
    body: tuple[str, TypedReader] | None = None


def signature_of(
    function: Callable[..., Any], *, method: str, path_names: Sequence[str], provided: Collection[Any]
) -> InputSignature:
    """Read a function's annotations."""
    found = InputSignature(needs_body=method in {"POST", "PUT", "PATCH"})
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:  # noqa: BLE001  # whatever comes of evaluating what an author wrote
        found.complaints.append((f"has annotations that cannot be read: {error}.", "Name what its module knows."))
        return found
    found.returns = hints.get("return", inspect.Parameter.empty)
    for parameter in inspect.signature(function).parameters.values():
        _take(found, parameter, hints.get(parameter.name), path_names=path_names, provided=provided)
    found.query_names = frozenset(argument.name for argument in found.arguments)
    return found


def _take(
    found: InputSignature,
    parameter: inspect.Parameter,
    hint: Any,
    *,
    path_names: Sequence[str],
    provided: Collection[Any],
) -> None:
    if hint in (Principal, Request, *provided):
        found.injected[parameter.name] = hint
        return
    if _is_document(hint):
        found.body = parameter.name, TypedReader(hint)
        return
    argument = argument_of(parameter.name, hint, is_required=parameter.default is parameter.empty)
    if argument is None:
        found.complaints.append((f"takes {parameter.name!r}, and no request can give one.", ""))
    elif parameter.name in path_names:
        found.path.append((path_names.index(parameter.name), argument))
    else:
        found.arguments.append(argument)


def _is_document(hint: Any) -> bool:
    try:
        return is_document(hint)
    except TypeError:
        return False


class InputReader:
    """Reads requests for one function."""

    def __init__(self, signature: InputSignature, *, leaves_query: bool = False) -> None:
        self._signature = signature
        self._arguments = ArgumentReader(signature.arguments)
        self._leaves_query = leaves_query

    def read(self, request: Request, path_arguments: tuple[str, ...]) -> dict[str, Any]:
        """Give what the function is called with."""
        values = {argument.name: argument.read(path_arguments[place]) for place, argument in self._signature.path}
        query = request.query
        if self._leaves_query:  # somebody else reads the other names
            names = self._signature.query_names
            query = "&".join([part for part in query.split("&") if unquote_plus(part.partition("=")[0]) in names])
        values |= self._arguments.read(query)
        if self._signature.body is not None:
            name, reader = self._signature.body
            values[name] = reader.read(read_body(request, max_bytes=MAX_BODY_BYTES))
        return values
