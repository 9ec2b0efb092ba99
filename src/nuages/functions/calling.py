"""One call of an endpoint: what it is called with, what its value becomes, what its failure is to the client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nuages.answers import validated
from nuages.declare.chosen import Chosen
from nuages.failures import Failures
from nuages.functions.constraints import problem_of_constraint
from nuages.functions.dependencies import Given
from nuages.functions.function import Function
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.kept import pass_on


@dataclass(frozen=True, slots=True)
class Calling:
    """A call that is under way: `values` are what the request brings of the function's inputs."""

    target: Function
    request: Request
    principal: Principal
    values: dict[str, Any]
    failures: Failures

    def given(self, asking: Principal | None = None) -> Given:
        """What is given by its type, before any dependency is made."""
        return {Principal: asking or self.principal, Request: self.request}

    def value(self, values: dict[str, Any], given: Given) -> Any:
        """Call the function; a coroutine or a generator has not begun then."""
        injected = {name: given[kind] for name, kind in self.target.signature.injected.items()}
        return self.target.function(**values, **injected)

    def respond(self, value: Any, given: Given) -> Response:
        """Make the response of a value.

        Raises: TypeError for what the function did not say that it answers.
        """
        target = self.target

        def show(chosen: Chosen) -> Response:
            asked = chosen, self.request, given[Principal], target.signature.query_names
            return target.choices.answer(*asked) if target.keeper is None else target.choices.represent(*asked)[0]

        try:
            return target.outputs.respond(value, show)
        except TypeError as error:
            raise TypeError(f"{target.place} {error}.") from error

    def passed(self, response: Response) -> Response:
        """Add a validator where the answer has none of its own making; and tell that it is not kept, as others are."""
        if self.target.keeper is not None:
            pass_on(response)
        return response if response.header("ETag") is not None else validated(self.request, response, None)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Let the client know what stands against what it wanted; what it has no part in goes on."""
        try:
            yield
        except Exception as error:  # of a function, a model or a database
            problem = self.failures.problem_of(error, self.principal, problem_of_constraint)
            if problem is None or problem is error:
                raise
            raise problem from error
