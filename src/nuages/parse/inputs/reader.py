"""Turn a request into the values of a function's parameters, or into one problem that names everything wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from django.http import parse_cookie

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
from nuages.parse.arguments import grouped
from nuages.parse.inputs.places import PlaceReader, Taken
from nuages.parse.inputs.signature import InputSignature
from nuages.parse.pairs import refuse_parameters

MAX_COOKIE_CHARS = 16_384  # more than a browser sends of one site: some 50 cookies of 4,096, and servers stop before
MAX_LISTED = 100  # values in one header
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
Step: TypeAlias = Callable[[Request, dict[str, Any]], None]


class InputReader:
    """Reads the requests for one function; built once, at start-up.

    Shapes: with `leaves_query` the names of a query that the function does not take are passed over: somebody else
        reads them.
    """

    def __init__(self, signature: InputSignature, *, leaves_query: bool = False) -> None:
        self._path = [(argument.name, argument.read) for argument in signature.path]
        self._arguments = signature.path
        self._steps: list[Step] = []
        if signature.query.names:
            self._steps.append(_query_step(signature.query, refuses=not leaves_query))
        self._refuses_query = not signature.query.names and not leaves_query
        if signature.headers.names:
            self._steps.append(_header_step(signature.headers))
        if signature.cookies.names:
            self._steps.append(_cookie_step(signature.cookies))
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
            _try(_refuse_query, request, values, problems)
        for step in self._steps:
            _try(step, request, values, problems)
        if problems:
            raise _joined(problems)
        return values

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


def _refuse_query(request: Request, _: dict[str, Any]) -> None:
    refuse_parameters(request.query)


def _query_step(taken: Taken, *, refuses: bool) -> Step:
    reader = PlaceReader(taken)

    def step(request: Request, values: dict[str, Any]) -> None:
        faults: list[Fault] = []
        reader.read(grouped(request.query), values, faults, refuses=refuses)
        _demand_none(faults, "parameters")

    return step


def _header_step(taken: Taken) -> Step:
    reader = PlaceReader(taken)
    listed = _listed(taken)

    def step(request: Request, values: dict[str, Any]) -> None:
        faults: list[Fault] = []
        given: dict[str, list[str] | None] = {}
        for name in taken.names:
            text = request.header(name)
            if text is not None:
                given[name] = _texts(text, faults, taken.place.point(name), is_list=name in listed)
        reader.read(given, values, faults, refuses=False)
        _demand_none(faults, "headers")

    return step


def _cookie_step(taken: Taken) -> Step:
    reader = PlaceReader(taken)

    def step(request: Request, values: dict[str, Any]) -> None:
        faults: list[Fault] = []
        header = request.header("cookie") or ""
        if len(header) > MAX_COOKIE_CHARS:
            raise BadRequest(f"The cookies have more than {MAX_COOKIE_CHARS} characters.", code="too-many-cookies")
        cookies = parse_cookie(header)
        given = {
            name: _texts(cookies[name], faults, taken.place.point(name)) for name in taken.names if name in cookies
        }
        reader.read(given, values, faults, refuses=False)
        _demand_none(faults, "cookies")

    return step


def _listed(taken: Taken) -> frozenset[str]:
    """The names whose value is a list, which commas separate."""
    arguments = [*taken.arguments.values(), *(member for group in taken.groups for member in group.members)]
    return frozenset(argument.name for argument in arguments if argument.simple.gather is not None)


def _texts(raw: str, faults: list[Fault], pointer: str, *, is_list: bool = False) -> list[str] | None:
    """The texts of a header, which servers hand over as latin-1; None where they are none, which is told.

    Source: RFC 9110 section 5.5, and section 5.6.1 for lists.
    """
    try:
        text = raw if raw.isascii() else raw.encode("latin-1").decode()
    except UnicodeError:
        faults.append(Fault(pointer, "invalid-encoding", f"{pointer} is no UTF-8 text."))
        return None
    if not is_list:
        return [text.strip(" \t")]
    parts = [part.strip(" \t") for part in text.split(",", MAX_LISTED)]
    if len(parts) > MAX_LISTED:
        faults.append(Fault(pointer, "max-length", f"{pointer} has more than {MAX_LISTED} values."))
    return [part for part in parts[:MAX_LISTED] if part]


def _demand_none(faults: list[Fault], noun: str) -> None:
    if faults:
        detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} {noun} are wrong."
        raise BadRequest(detail, faults=faults, code=faults[0].code)
