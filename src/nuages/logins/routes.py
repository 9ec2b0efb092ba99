"""Say which path leads to which endpoint of logins. What they answer is not known here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from nuages.errors import NotIdentified, Problem
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.identify.simple_jwt import SimpleJWT
from nuages.logins.entering import Entering
from nuages.logins.families import Families
from nuages.logins.leaving import Leaving
from nuages.logins.limits import Limits
from nuages.logins.moving import Moving
from nuages.logins.second_factor import Codes, SecondFactor
from nuages.logins.terms import SEGMENT, read_terms
from nuages.operation import Endpoint

Answer: TypeAlias = Callable[[Request, Principal, tuple[str, ...]], Response]
Route: TypeAlias = tuple[str, str, Endpoint]

_NO_STORE = ("Cache-Control", "no-store")  # RFC 6749 section 5.1: what holds a token is kept nowhere


def login_routes(bearer: Any, identify: Identifier, factor: SecondFactor | None = None) -> list[Route]:
    """Give method, path and endpoint of everything about logins.

    Shapes: `bearer` makes and reads access tokens: `issue(user, login)` and `identify(request)`; `factor` keeps second
        factors, None where nothing does.
    """
    terms = read_terms()
    limits, families = Limits(terms), Families(terms, bearer)
    others = [way for way in identify.authenticators if isinstance(way, SimpleJWT)]
    entering = Entering(families, limits, Codes(limits, factor), Moving(others, families) if others else None)
    leaving = Leaving(bearer.identify)
    # Whoever comes with a password or a refresh token may send an access token along that is long over.
    open_to_all: list[tuple[str, str, Answer]] = [
        ("POST", "token", entering.log_in),
        ("POST", "refresh", entering.refresh),
        ("POST", "logout", leaving.log_out),
    ]
    for_users: list[tuple[str, str, Answer]] = [
        ("POST", "logout-all", leaving.log_out_everywhere),
        ("GET", "sessions", leaving.show),
        ("DELETE", "sessions/{id}", leaving.end_one),
    ]
    nobody, known = Identifier(()), Unstored(identify)
    routes = [(method, path, Endpoint(unstored(answer, identify), nobody)) for method, path, answer in open_to_all]
    routes += [(method, path, Endpoint(unstored(answer, identify), known)) for method, path, answer in for_users]
    return [(method, f"/{SEGMENT}/{path}", endpoint) for method, path, endpoint in routes]


class Unstored(Identifier):
    """The same ways, whose refusals are kept nowhere either."""

    def __init__(self, identify: Identifier) -> None:
        super().__init__(identify.authenticators)

    def __call__(self, request: Request) -> Principal:
        try:
            return super().__call__(request)
        except Problem as problem:
            _mark(problem, self)
            raise


def unstored(answer: Answer, identify: Identifier) -> Answer:
    """The same answer, kept nowhere; nor are its refusals, which offer the ways of `identify`."""

    def marked(request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        try:
            response = answer(request, principal, arguments)
        except Problem as problem:
            _mark(problem, identify)
            raise
        if response.header("cache-control") is None:
            response.headers.append(_NO_STORE)
        return response

    return marked


def _mark(problem: Problem, identify: Identifier) -> None:
    """A 401 says how to prove who one is (RFC 9110 section 15.5.2), where whoever refused has not."""
    if isinstance(problem, NotIdentified) and not problem.headers and identify.challenges:
        problem.headers = (("WWW-Authenticate", identify.challenges),)
    problem.headers = (*problem.headers, _NO_STORE)
