"""Keep the functions that an author puts behind URLs, and what is wrong in how: path, method, terms.

What a function takes its signature says, which `parse.inputs` reads; what it answers, `functions.outputs`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack

from nuages.declare.names import SEGMENT
from nuages.declare.report import locate
from nuages.errors import Misdeclared, suggest

Declared = TypeVar("Declared", bound=Callable[..., Any])
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)
_STATUSES = range(200, 300)


class Terms(TypedDict, total=False):
    """What an endpoint may be declared with beside its path.

    Shapes: `rule` is who may call it, and without one it is not served; `throttle` how often ("600/min", a Limit,
        several); `status` of a success, 200 unless told, or 204 where it answers None; `returns` is what it answers
        where its own annotation says something else, such as a queryset; `atomic` is False for a function that is to
        run outside of a transaction; `cache` is for how many seconds the answers to GET
        may be kept; `deprecated` (True, a date or a moment), `sunset` and `successor` tell of its end; `job` is True,
        or a Job with the terms, for a function that a worker is to run after the client has its answer.
    """

    rule: Any
    throttle: Any
    status: int
    returns: Any
    atomic: bool
    cache: Any
    deprecated: Any
    sunset: Any
    successor: Any
    job: Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function behind a URL, as it was declared; nothing is checked yet.

    Shapes: `quota` names the throttle where a group gave it, which all in that group share; `authenticate` are the
        group's ways of proving who one is, None for the API's.
    """

    method: str
    path: str
    function: Any
    terms: Terms
    quota: str = ""
    authenticate: Any = None

    @property
    def name(self) -> str:
        """The function's name."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def place(self) -> str:
        """Where the function stands: `shop/api.py:40 stats`."""
        return locate(self.function)

    @property
    def is_async(self) -> bool:
        """Whether calling it gives a coroutine, or an asynchronous generator."""
        return inspect.iscoroutinefunction(self.function) or inspect.isasyncgenfunction(self.function)


class Endpoints:
    """Declares functions behind URLs: `@api.get("/stats/{country}", rule=anyone)` above a `def` or an `async def`."""

    def __init__(self) -> None:
        self._endpoints: list[Endpoint] = []

    def get(self, path: str, **terms: Unpack[Terms]) -> Callable[[Declared], Declared]:
        """Serve the function below for GET, and HEAD."""
        return self._declare("GET", path, terms)

    def post(self, path: str, **terms: Unpack[Terms]) -> Callable[[Declared], Declared]:
        """Serve the function below for POST."""
        return self._declare("POST", path, terms)

    def put(self, path: str, **terms: Unpack[Terms]) -> Callable[[Declared], Declared]:
        """Serve the function below for PUT."""
        return self._declare("PUT", path, terms)

    def patch(self, path: str, **terms: Unpack[Terms]) -> Callable[[Declared], Declared]:
        """Serve the function below for PATCH."""
        return self._declare("PATCH", path, terms)

    def delete(self, path: str, **terms: Unpack[Terms]) -> Callable[[Declared], Declared]:
        """Serve the function below for DELETE."""
        return self._declare("DELETE", path, terms)

    def _declare(self, method: str, path: str, terms: Terms) -> Callable[[Declared], Declared]:
        def register(function: Declared) -> Declared:
            self._keep(Endpoint(method, path, function, terms))
            return function

        return register

    def _keep(self, endpoint: Endpoint) -> None:
        self._endpoints.append(endpoint)


def path_names(path: str) -> tuple[str, ...]:
    """The names of a path's parameters, in order."""
    return tuple(_PARAMETER.findall(path))


def endpoint_mistakes(endpoint: Endpoint) -> Iterator[Misdeclared]:
    """What is wrong with an endpoint before its signature is read: `nuages.E062`."""
    for message, hint in _mistakes(endpoint):
        shown = f"the endpoint {endpoint.method} {endpoint.path}"
        yield Misdeclared("nuages.E062", endpoint.place, f"{shown} {message}", hint)


def _mistakes(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    terms, function = endpoint.terms, endpoint.function
    if not inspect.isroutine(function):
        yield "is no function.", "Write @api.get(...) above a def or an async def."
    yield from _path_mistakes(endpoint.path)
    if terms.get("rule") is None:
        hint = f'Write @api.{endpoint.method.lower()}("{endpoint.path}", rule=authenticated).'
        yield "has no rule, and an endpoint without a rule is not served.", hint
    for name in terms.keys() - Terms.__annotations__.keys():
        yield f"has a term that there is not: {name!r}.", suggest(name, Terms.__annotations__)
    status: Any = terms.get("status", 200)
    if type(status) is not int or status not in _STATUSES:
        yield f"has the status {status!r}.", "A success has one from 200 to 299; raise a Problem for the others."
    if not isinstance(terms.get("atomic", True), bool):
        yield f"has atomic={terms['atomic']!r}.", "True or False."


def _path_mistakes(path: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(path, str) or not path.startswith("/") or path == "/":
        yield "has no path below the API.", 'A path begins with a slash: "/stats/{country}".'
        return
    wrong = [part for part in path[1:].split("/") if not (SEGMENT.fullmatch(part) or _PARAMETER.fullmatch(part))]
    if wrong:
        hint = "Between slashes stand letters, digits and . _ ~ -, or one name in braces: /authors/{id}/books."
        yield f"has a path with {wrong[0]!r} in it.", hint
    names = path_names(path)
    if len(set(names)) < len(names):
        yield "has two parameters of one name in its path.", "Give each a name of its own."


def collisions(endpoints: Sequence[Endpoint], served: Callable[[str, str], str]) -> Iterator[Misdeclared]:
    """What of endpoints stands under a path that something else is served under already.

    Shapes: `served(method, path)` names what, "" for nothing.
    """
    seen: dict[tuple[str, str], str] = {}
    for each in endpoints:
        address = each.method, _PARAMETER.sub("{}", str(each.path))
        other = seen.get(address) or served(*address)
        if other:
            message = f"the endpoint {each.method} {each.path} has the address of {other}."
            yield Misdeclared("nuages.E062", each.place, message, "Give it another path or method.")
        seen.setdefault(address, each.place)
