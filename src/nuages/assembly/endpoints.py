"""Turn the endpoints registered with an API into functions that may be served, or into everything wrong with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nuages.assembly.job_mistakes import endpoint_job_mistakes
from nuages.cache.declared import cache_mistakes, cache_of
from nuages.cache.keeper import Keeper
from nuages.cache.sharing import cache_bytes
from nuages.chosen_answers import ChosenAnswers
from nuages.declare.endpoints import Endpoint, collisions, endpoint_mistakes, path_names
from nuages.declare.groups import aging_in
from nuages.errors import Misdeclared
from nuages.functions.dependencies import Dependency, dependencies_of, in_order
from nuages.functions.function import Function
from nuages.functions.outputs import Outputs
from nuages.http.request import Request
from nuages.identify.chain import Identifier
from nuages.jobs.context import JobContext
from nuages.limit.declared import throttle_mistakes
from nuages.parse.inputs import InputReader, InputSignature, signature_of
from nuages.permit.mistakes import length_mistakes_of
from nuages.permit.rules import as_rule

_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class Assembled:
    """The endpoints of an API, read.

    Shapes: `mistakes` is everything that is wrong with them: `nuages.E062` to `E064`, and those of rules and limits.
    """

    def __init__(self, endpoints: Sequence[Endpoint], dependencies: Sequence[Any]) -> None:
        self._endpoints = tuple(endpoints)
        self._known, self.mistakes = dependencies_of(dependencies)
        for endpoint in self._endpoints:
            self.mistakes += endpoint_mistakes(endpoint)
        if not self.mistakes:
            for endpoint in self._endpoints:
                self.mistakes += self._deep_mistakes(endpoint)

    @property
    def declared(self) -> tuple[Endpoint, ...]:
        """As they were declared."""
        return self._endpoints

    def functions(self, identify: Identifier, choices: ChosenAnswers) -> Iterator[tuple[Endpoint, Function]]:
        """Each endpoint with what it has become; only where there are no mistakes."""
        for endpoint in self._endpoints:
            yield endpoint, self._function(endpoint, identify, choices)

    def collisions(self, served: Callable[[str, str], str]) -> Iterable[Misdeclared]:
        """Which of them stand under a path of something else."""
        return collisions(self._endpoints, served)

    def _function(self, endpoint: Endpoint, identify: Identifier, choices: ChosenAnswers) -> Function:
        signature, terms = self._signature(endpoint), endpoint.terms
        outputs = _outputs(endpoint, signature)
        is_changing = endpoint.method in _UNSAFE and not (endpoint.is_async or outputs.stream)
        return Function(
            name=endpoint.name,
            place=endpoint.place,
            function=endpoint.function,
            method=endpoint.method,
            rule=as_rule(terms["rule"]),
            signature=signature,
            inputs=InputReader(signature, leaves_query=outputs.is_choosing),
            outputs=outputs,
            dependencies=in_order(signature.injected.values(), self._known),
            identify=identify if endpoint.authenticate is None else Identifier(endpoint.authenticate),
            is_async=endpoint.is_async,
            is_atomic=is_changing and terms.get("atomic", True),
            choices=choices,
            aging=aging_in(terms).headers,
            keeper=_keeper(endpoint),
        )

    def _signature(self, endpoint: Endpoint) -> InputSignature:
        names = path_names(endpoint.path)
        provided = (*self._known, JobContext) if endpoint.terms.get("job") else tuple(self._known)
        return signature_of(endpoint.function, method=endpoint.method, path_names=names, provided=provided)

    def _deep_mistakes(self, endpoint: Endpoint) -> Iterator[Misdeclared]:
        signature = self._signature(endpoint)
        shown = f"the endpoint {endpoint.method} {endpoint.path}"
        outputs, dependencies = _outputs(endpoint, signature), in_order(signature.injected.values(), self._known)
        for sentence, hint in [*signature.complaints, *outputs.complaints]:
            yield Misdeclared("nuages.E063", endpoint.place, f"{shown} {sentence}", hint)
        for sentence, hint in _loop_mistakes(endpoint, dependencies):
            yield Misdeclared("nuages.E064", endpoint.place, f"{shown} {sentence}", hint)
        for sentence, hint in _cache_mistakes(endpoint, signature, dependencies):
            yield Misdeclared("nuages.E068", endpoint.place, f"{shown} {sentence}", hint)
        for sentence, hint in endpoint_job_mistakes(endpoint, signature, outputs, dependencies):
            yield Misdeclared("nuages.E076", endpoint.place, f"{shown} {sentence}", hint)
        yield from _term_mistakes(endpoint, shown)


def _keeper(endpoint: Endpoint) -> Keeper | None:
    terms = cache_of(endpoint.terms.get("cache"), "detail")
    return None if terms is None or not cache_bytes() else Keeper(terms)


def _cache_mistakes(
    endpoint: Endpoint, signature: InputSignature, dependencies: Iterable[Dependency]
) -> Iterator[tuple[str, str]]:
    """What stands against keeping the answers of an endpoint: `nuages.E068`."""
    given = endpoint.terms.get("cache")
    if given is None:
        return
    if isinstance(given, Mapping):
        yield "cache is a dict; an endpoint has one answer.", "Write cache=60, or Cache(60, stale_s=10)."
        return
    yield from ((f"cache {message}", hint) for message, hint in cache_mistakes(given))
    if endpoint.method != "GET":
        yield f"has a cache, and {endpoint.method} changes something.", "Only answers to GET are kept."
    if Request in {
        *signature.injected.values(),
        *(k for each in dependencies for k in each.signature.injected.values()),
    }:
        hint = "Take what it reads by Header(), Cookie() or Query(), so that the cache can tell requests apart."
        yield "has a cache and takes Request, of which anything may matter.", hint
    if inspect.isgeneratorfunction(endpoint.function) or inspect.isasyncgenfunction(endpoint.function):
        yield "has a cache, and a stream cannot be kept.", "Leave the cache out."


def _outputs(endpoint: Endpoint, signature: InputSignature) -> Outputs:
    terms = endpoint.terms
    return Outputs(terms.get("returns", signature.returns), terms.get("status"))


def _term_mistakes(endpoint: Endpoint, shown: str) -> Iterator[Misdeclared]:
    for message, hint in throttle_mistakes(endpoint.terms.get("throttle"), ()):
        yield Misdeclared("nuages.E049", endpoint.place, f"{shown}: throttle {message}", hint)
    try:
        rule = as_rule(endpoint.terms["rule"])
    except TypeError as error:
        yield Misdeclared("nuages.E017", endpoint.place, f"{shown}: {error}")
        return
    for message, hint in length_mistakes_of(rule):
        yield Misdeclared("nuages.E046", endpoint.place, f"{shown}: {message}", hint)
    if rule.is_about_rows:
        message = f"{shown} has the rule {rule!r}, which is about rows, and an endpoint has none of its own."
        hint = "Give it a rule about who asks, such as authenticated."
        yield Misdeclared("nuages.E062", endpoint.place, message, hint)


def _loop_mistakes(endpoint: Endpoint, dependencies: Iterable[Dependency]) -> Iterator[tuple[str, str]]:
    for each in dependencies:
        if each.is_async and not endpoint.is_async:
            yield f"takes {each.provides.__name__}, which a coroutine makes.", "Write async def, or make it with a def."


def served_by(entries: Iterable[tuple[str, str, Any]]) -> Callable[[str, str], str]:
    """What is served under a method and a path whose parameters are `{}`; "" for nothing."""
    known = {(method, _blank(path)): f"{method} {path}" for method, path, _ in entries}
    return lambda method, path: known.get((method, path), "")


def _blank(path: str) -> str:
    return "/".join(["{}" if part.startswith("{") else part for part in path.split("/")])
