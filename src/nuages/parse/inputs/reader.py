"""Turn a request into the values of a function's parameters, or into one problem that names everything wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.errors import (
    BadRequest,
    ContentTooLarge,
    Fault,
    LengthRequired,
    NotFound,
    Problem,
    Unprocessable,
    UnsupportedMediaType,
)
from nuages.http.request import Request
from nuages.parse.inputs.signature import InputSignature
from nuages.parse.inputs.steps import Step, cookie_step, header_step, query_step, refuse_query

# The first that is there is the answer: where nothing is, nothing else matters; what could not be read at all comes
# before what could not be understood, and that before what cannot be.
_GRAVEST: tuple[type[Problem], ...] = (
    NotFound,
    ContentTooLarge,
    LengthRequired,
    UnsupportedMediaType,
    BadRequest,
    Unprocessable,
)


class InputReader:
    """Reads the requests for one function; built once, at start-up.

    Shapes: with `leaves_query` the names of a query that the function does not take are passed over: somebody else
        reads them.
    """

    def __init__(self, signature: InputSignature, *, leaves_query: bool = False) -> None:
        self._path = [(argument.name, argument.read) for argument in signature.path]
        self._arguments = signature.path
        self._files = signature.file_names
        self._steps: list[Step] = []
        if signature.query.names:
            self._steps.append(query_step(signature.query, refuses=not leaves_query))
        self._refuses_query = not signature.query.names and not leaves_query
        if signature.headers.names:
            self._steps.append(header_step(signature.headers))
        if signature.cookies.names:
            self._steps.append(cookie_step(signature.cookies))
        if signature.body is not None:
            self._steps.append(signature.body.read)

    def read(self, request: Request, path_arguments: tuple[str, ...]) -> dict[str, Any]:
        """Read everything; a parameter that is absent and has a default is left out.

        Raises: one Problem that names every fault: NotFound where a value of the path cannot be, else what keeps the
            body from being read, else BadRequest for a query, a header or a cookie, else Unprocessable for the body.
        """
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        try:
            for (name, read), text in zip(self._path, path_arguments, strict=True):
                values[name] = read(text)
        except ValueError:
            problems.append(self._nowhere(path_arguments))
        if self._refuses_query and request.query:
            _try(refuse_query, request, values, problems)
        for step in self._steps:
            _try(step, request, values, problems)
        if problems:
            self.close(values)
            raise _joined(problems)
        return values

    def again(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same values for one more call, files from their beginning."""
        for upload in self._uploads(values):
            upload.file.seek(0)
        return dict(values)

    def close(self, values: Mapping[str, Any]) -> None:
        """Forget the files among some values; for whoever has called the function, when it has answered."""
        for upload in self._uploads(values):
            upload.close()

    def _uploads(self, values: Mapping[str, Any]) -> list[Any]:
        if not self._files:
            return []
        found = [values[name] for name in self._files if name in values]
        return [each for one in found for each in (one if isinstance(one, list) else [one]) if each is not None]

    def _nowhere(self, texts: tuple[str, ...]) -> Problem:
        faults = []
        for argument, text in zip(self._arguments, texts, strict=True):
            try:
                argument.read(text)
            except ValueError as error:
                faults.append(argument.fault(text, error))
        return NotFound(f"Nothing is here. {faults[0].detail}", faults=faults)


def _try(step: Step, request: Request, values: dict[str, Any], problems: list[Problem]) -> None:
    try:
        step(request, values)
    except Problem as problem:
        problems.append(problem)


def _joined(problems: list[Problem]) -> Problem:
    """One problem of several: the gravest, with the faults of all."""
    if len(problems) == 1:
        return problems[0]
    gravest = min(problems, key=_gravity)
    faults = [fault for each in problems for fault in each.faults or [Fault("", each.code, each.detail)]]
    headers = [header for each in problems for header in each.headers]
    detail = f"{len(faults)} places in the request are wrong."
    return type(gravest)(detail, faults=faults, headers=headers, code=gravest.code)


def _gravity(problem: Problem) -> int:
    return _GRAVEST.index(type(problem)) if type(problem) in _GRAVEST else -1
