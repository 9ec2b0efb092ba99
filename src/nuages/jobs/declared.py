"""Make a job of a plain function: `@job` above it, `send_letter.enqueue("ann")` to have it run by a worker.

Source: docs.djangoproject.com, "Tasks", whose words these are where they mean the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, get_type_hints, overload

import msgspec

from nuages.declare.report import locate
from nuages.errors import DeclarationError, Misdeclared, Unprocessable
from nuages.jobs.context import JobContext
from nuages.jobs.enqueue import enqueue
from nuages.jobs.mistakes import unknown_terms
from nuages.jobs.registry import JobFunction, register
from nuages.jobs.terms import Job
from nuages.jobs.waiting import wait_for
from nuages.parse.types import unknown_types

C = ParamSpec("C")
P = ParamSpec("P")
R = TypeVar("R")
_LONGEST_KEY = 255


class DeclaredJob(Generic[C, P, R]):
    """A function that can be run as a job; called, it runs at once, as any function.

    Shapes: `function` is what workers find under its name. What it is called with differs from what it is enqueued with
        by its `JobContext`, which a worker gives.
    """

    def __init__(self, target: Callable[C, R], terms: Job) -> None:
        self.target = target
        self.function = JobFunction(
            name=f"{target.__module__}.{target.__qualname__}",
            place=locate(target),
            terms=terms,
            run=self._run,
            complaints=self._complaints,
        )
        update_wrapper(self, target)

    def __call__(self, *args: C.args, **kwargs: C.kwargs) -> R:
        return self.target(*args, **kwargs)

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Have it run by a worker, once the transaction that this is part of has been committed; gives the job's id.

        Raises: TypeError for arguments that the function does not take or JSON cannot hold; Unprocessable for more
            than 256 kB of them.
        """
        return self.using().enqueue(*args, **kwargs)

    def using(
        self,
        *,
        delay_s: float | None = None,
        run_at: dt.datetime | None = None,
        key: str | None = None,
        queue: str | None = None,
        priority: int | None = None,
    ) -> Using[P]:
        """Have it run on other terms: later, under a key, in another queue, sooner than others."""
        terms = self.function.terms
        terms = replace(terms, queue=terms.queue if queue is None else queue)
        terms = replace(terms, priority=terms.priority if priority is None else priority)
        return Using(self, replace(self.function, terms=terms), key=key, delay_s=delay_s, run_at=run_at)

    def stored(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as they are stored: an object by the names of the parameters.

        Raises: TypeError.
        """
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.function.name}: {error}.") from error
        try:
            plain: dict[str, Any] = msgspec.to_builtins(dict(bound.arguments), str_keys=True)
            self._read(plain)
        except (TypeError, ValueError, RecursionError) as error:
            hint = "Give keys of rows, and values that JSON has."
            raise TypeError(f"{self.function.name} cannot store its arguments: {error}. {hint}") from error
        return plain

    def _complaints(self) -> Iterator[tuple[str, str]]:
        """What is wrong with its parameters."""
        try:
            names = list(self._signature.parameters.values())
        except Exception as error:  # noqa: BLE001  # whatever comes of evaluating what an author wrote
            yield f"has annotations that cannot be read: {error}.", "Name what its module knows."
            return
        for each in names:
            if each.kind not in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY):
                yield f"has the parameter {str(each)!r}, which cannot be stored by its name.", "Name each parameter."
            elif self.function.terms.schedule is not None and each.default is each.empty:
                yield f"has a schedule and needs {each.name!r}, which no schedule gives.", "Give it a default."
            elif unknown := _unknown(self._hints.get(each.name, str)):
                yield f"takes {each.name!r}, in which {unknown} cannot be read from JSON.", "Take the key of a row."

    def _run(self, arguments: Mapping[str, Any], context: JobContext) -> Any:
        try:
            taken = self._read(arguments)
            self._signature.bind(**taken)
        except (TypeError, ValueError) as error:
            raise Unprocessable(f"The arguments do not fit: {error}", code="wrong-arguments") from error
        taken |= dict.fromkeys(self._injected, context)
        target: Callable[..., Any] = self.target
        if inspect.iscoroutinefunction(target):
            return _builtins(wait_for(lambda: target(**taken), context))
        return _builtins(target(**taken))

    def _read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        hints = self._hints
        return {
            name: msgspec.convert(value, hints[name], str_keys=True) if name in hints else value
            for name, value in arguments.items()
        }

    @cached_property
    def _hints(self) -> dict[str, Any]:
        """What its parameters are; read when it is first used, since modules may still be loading before."""
        return get_type_hints(self.target, include_extras=True)

    @cached_property
    def _injected(self) -> tuple[str, ...]:
        return tuple([name for name, hint in self._hints.items() if hint is JobContext and name != "return"])

    @cached_property
    def _signature(self) -> inspect.Signature:
        """What it is enqueued with."""
        whole = inspect.signature(self.target)
        given = [each for name, each in whole.parameters.items() if name not in self._injected]
        return whole.replace(parameters=given)


class Using(Generic[P]):
    """A job on terms of its own, that can be enqueued."""

    def __init__(
        self,
        declared: DeclaredJob[..., P, Any],
        function: JobFunction,
        *,
        key: str | None,
        delay_s: float | None,
        run_at: dt.datetime | None,
    ) -> None:
        self._declared, self._function = declared, function
        self._key, self._delay_s, self._run_at = key, delay_s, run_at

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Have it run; gives the id of the job, the one that there is already where its key is taken.

        Raises: as `DeclaredJob.enqueue`.
        """
        arguments = self._declared.stored(args, kwargs)
        key = self._key if self._key is not None else self._own_key(arguments, args, kwargs)
        stored, _ = enqueue(self._function, arguments, key=key, delay_s=self._delay_s, run_at=self._run_at)
        return str(stored.pk)

    def _own_key(self, arguments: Mapping[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
        unique = self._function.terms.unique
        return unique(*args, **kwargs) if callable(unique) else key_of(self._function.terms, arguments)


def key_of(terms: Job, arguments: Mapping[str, Any], owner: str = "") -> str | None:
    """The key of a job that is `unique=True`: a digest of its arguments, and of who asks; None where it is not."""
    if terms.unique is not True:
        return None
    text = json.dumps([owner, arguments], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Declare(Protocol):
    """What `@job(...)` is above a function: it makes a job of it. A `JobContext` that is typed stands first."""

    @overload
    def __call__(
        self, target: Callable[Concatenate[JobContext, P], R], /
    ) -> DeclaredJob[Concatenate[JobContext, P], P, R]: ...
    @overload
    def __call__(self, target: Callable[P, R], /) -> DeclaredJob[P, P, R]: ...


@overload
def job(target: Callable[Concatenate[JobContext, P], R], /) -> DeclaredJob[Concatenate[JobContext, P], P, R]: ...
@overload
def job(target: Callable[P, R], /) -> DeclaredJob[P, P, R]: ...
@overload
def job(**terms: Any) -> Declare: ...
def job(target: Callable[..., Any] | None = None, /, **terms: Any) -> Any:
    """Make a job of a function: `@job`, or `@job(max_attempts=8, unique=True)` with the terms that `Job` has.

    Raises: DeclarationError, `nuages.E075`, for a function that workers could not find by its name.
    """
    if target is None:
        return lambda function: job_of(function, _terms(function, terms))
    return job_of(target, Job())


def job_of(target: Callable[..., Any], terms: Job) -> DeclaredJob[..., ..., Any]:
    """Make a job of a function and let workers find it.

    Raises: DeclarationError.
    """
    if "." in target.__qualname__ or "<" in target.__qualname__ or target.__module__ == "__main__":
        hint = "Write def at the top of a module, such as an app's jobs.py: a worker finds it by module and name."
        raise DeclarationError([Misdeclared("nuages.E075", locate(target), "is no function of a module.", hint)])
    declared: DeclaredJob[..., ..., Any] = DeclaredJob(target, terms)
    register(declared.function)
    return declared


def _terms(target: Callable[..., Any], terms: Mapping[str, Any]) -> Job:
    mistakes = [Misdeclared("nuages.E075", locate(target), *said) for said in unknown_terms(terms)]
    if mistakes:
        raise DeclarationError(mistakes)
    return Job(**terms)


def _unknown(annotation: Any) -> str:
    """What in a type has no JSON; empty where all of it has."""
    try:
        return ", ".join(unknown_types(annotation))
    except (TypeError, NameError) as error:
        return f"{annotation} ({error})"


def _builtins(result: Any) -> Any:
    """A result as JSON has it; what it cannot hold is left for whoever stores it, who says so."""
    try:
        return msgspec.to_builtins(result, str_keys=True)
    except (TypeError, ValueError, RecursionError):
        return result
