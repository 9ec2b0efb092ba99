"""Make the values that functions take by their type: who asks, the request, and what an author declared how to make.

In which order they are made is settled when an API is built. Each is made once a request; what a generator holds is
given back when the call has ended.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints

from asgiref.sync import sync_to_async

from nuages.declare.report import locate
from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.jobs.context import JobContext
from nuages.parse.inputs import InputReader, InputSignature, signature_of

_STEPS = (Iterator, Generator, Iterable, AsyncIterator, AsyncGenerator)
Given = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function that makes values of a type."""

    provides: Any
    function: Callable[..., Any]
    signature: InputSignature
    inputs: InputReader

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine, or an asynchronous generator."""
        return inspect.iscoroutinefunction(self.function) or inspect.isasyncgenfunction(self.function)

    @property
    def is_generator(self) -> bool:
        """Whether it has something to give back."""
        return inspect.isgeneratorfunction(self.function) or inspect.isasyncgenfunction(self.function)

    def arguments(self, request: Request, given: Given) -> dict[str, Any]:
        """What it is called with."""
        return {
            **self.inputs.read(request, ()),
            **{name: given[kind] for name, kind in self.signature.injected.items()},
        }


def provided_by(function: Any) -> Any:
    """The type that a function says that it makes; None where it says none."""
    try:
        said = get_type_hints(function).get("return")
    except Exception:  # noqa: BLE001  # whatever comes of evaluating what an author wrote
        return None
    is_stepping = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    if is_stepping and get_origin(said) in _STEPS:
        said = get_args(said)[0]
    return said if isinstance(said, type) and said is not type(None) else None


def dependencies_of(functions: Iterable[Any]) -> tuple[dict[Any, Dependency], list[Misdeclared]]:
    """Read what was declared: each dependency by its type, and what is wrong: `nuages.E064`."""
    functions = list(functions)
    types = [JobContext, *(kind for kind in map(provided_by, functions) if kind is not None)]
    found: dict[Any, Dependency] = {}
    mistakes = []
    for function in functions:
        kind = provided_by(function)
        for message, hint in _mistakes(kind, found):
            mistakes.append(Misdeclared("nuages.E064", locate(function), f"the dependency {message}", hint))
        if kind is None:
            continue
        signature = signature_of(function, method="GET", path_names=(), provided=types)
        for sentence, hint in [*signature.complaints, *_of_query(signature)]:
            mistakes.append(Misdeclared("nuages.E064", locate(function), f"the dependency {sentence}", hint))
        found[kind] = Dependency(kind, function, signature, InputReader(signature, leaves_query=True))
    for each in found.values():
        if each.provides in _below(each, found):
            message, hint = "needs itself, through what it takes.", "Take one of the types out of a signature."
            mistakes.append(Misdeclared("nuages.E064", locate(each.function), f"the dependency {message}", hint))
    return found, mistakes


def _mistakes(kind: Any, found: Mapping[Any, Dependency]) -> Iterator[tuple[str, str]]:
    if kind is None:
        yield "does not say which type it makes.", "def tenant(principal: Principal) -> Tenant, or -> Iterator[Tenant]."
    elif kind in (Principal, Request, JobContext):
        whose = "job" if kind is JobContext else "request"
        yield f"makes a {kind.__name__}, which every {whose} has.", "Give it a type of its own."
    elif kind in found:
        yield f"makes a {kind.__name__}, as another one does.", f"That is {locate(found[kind].function)}."


def _of_query(signature: InputSignature) -> Iterator[tuple[str, str]]:
    if signature.query_names:
        hint = "Take Request, or let the endpoint take Annotated[Filters, Query()]."
        yield f"takes {sorted(signature.query_names)[0]!r} of the query, which belongs to the endpoint.", hint


def _below(dependency: Dependency, known: Mapping[Any, Dependency]) -> set[Any]:
    seen: set[Any] = set()
    waiting = list(dependency.signature.injected.values())
    while waiting:
        kind = waiting.pop()
        if kind in known and kind not in seen:
            seen.add(kind)
            waiting += known[kind].signature.injected.values()
    return seen


def in_order(wanted: Collection[Any], known: Mapping[Any, Dependency]) -> tuple[Dependency, ...]:
    """The dependencies that some types need, each after those that it needs itself."""
    ordered: dict[Any, Dependency] = {}

    def add(kind: Any) -> None:
        if kind in known and kind not in ordered:
            for below in known[kind].signature.injected.values():
                add(below)
            ordered[kind] = known[kind]

    for kind in wanted:
        add(kind)
    return tuple(ordered.values())


def provide(dependencies: Iterable[Dependency], request: Request, given: Given, stack: ExitStack) -> None:
    """Make them, one after the other; what they hold is given back by the stack."""
    for each in dependencies:
        call = partial(each.function, **each.arguments(request, given))
        given[each.provides] = stack.enter_context(contextmanager(call)()) if each.is_generator else call()


async def provide_async(
    dependencies: Iterable[Dependency], request: Request, given: Given, stack: AsyncExitStack
) -> None:
    """Make them on a loop; those that are plain functions run in a thread, where they may ask a database."""
    for each in dependencies:
        call = partial(each.function, **each.arguments(request, given))
        if each.is_async:
            made = stack.enter_async_context(asynccontextmanager(call)()) if each.is_generator else call()
            given[each.provides] = await made
        elif each.is_generator:
            manager = contextmanager(call)()
            given[each.provides] = await sync_to_async(manager.__enter__)()
            stack.push_async_exit(sync_to_async(manager.__exit__))
        else:
            given[each.provides] = await sync_to_async(call)()
