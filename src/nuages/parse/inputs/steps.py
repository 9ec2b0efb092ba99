"""Turn what a function takes of query, headers and cookies into steps, each of which reads one of these places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from django.http import parse_cookie

from nuages.errors import BadRequest, Fault
from nuages.http.request import Request
from nuages.parse.arguments import grouped
from nuages.parse.inputs.places import PlaceReader, Taken
from nuages.parse.pairs import refuse_parameters

MAX_COOKIE_CHARS = 16_384  # more than most servers let pass; a browser's cookie has 4,096 at most
MAX_LISTED = 100  # values in one header
Step: TypeAlias = Callable[[Request, dict[str, Any]], None]
"""Reads a request into values; raises a Problem with every fault of its place."""


def refuse_query(request: Request, _: dict[str, Any]) -> None:
    refuse_parameters(request.query)


def query_step(taken: Taken, *, refuses: bool) -> Step:
    reader, is_required = PlaceReader(taken), taken.is_required

    def step(request: Request, values: dict[str, Any]) -> None:
        if not request.query and not is_required:
            return
        faults: list[Fault] = []
        reader.read(grouped(request.query), values, faults, refuses=refuses)
        _demand_none(faults, "parameters")

    return step


def header_step(taken: Taken) -> Step:
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


def cookie_step(taken: Taken) -> Step:
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
