"""Turn requests to /auth/session into Django's login, logout, and a look at who is asking.

Django's own functions and middleware do the work; the cookies are those that its settings describe. How often somebody
may fail is decided by `logins`, and counted together with its own logins.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware, get_token

from nuages.browsers.lending import complete, open_request, unused
from nuages.errors import NotIdentified
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.csrf import demand_own_page
from nuages.identify.principal import Principal
from nuages.logins.documents import read_members
from nuages.logins.limits import Limits
from nuages.logins.terms import read_terms, trusted_proxies
from nuages.operation import Endpoint
from nuages.parse.pairs import refuse_parameters

SESSION_PATH = "/auth/session"
_KINDS: dict[str, type] = {"username": str, "password": str}
Route: TypeAlias = tuple[str, str, Endpoint]


def browser_routes(identify: Identifier) -> list[Route]:
    """The endpoints of a browser's session; `identify` reads the session alone."""
    answers = {"GET": _show, "POST": _begin, "DELETE": _end}
    return [(method, SESSION_PATH, Endpoint(answer, identify)) for method, answer in answers.items()]


def _show(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
    """Tell who is asking, and give the token that a change must repeat."""
    refuse_parameters(request.query)
    djangos = open_request(request)
    CsrfViewMiddleware(unused).process_request(djangos)
    return _answer(djangos, principal.user)


def _begin(request: Request, _principal: Principal, _arguments: tuple[str, ...]) -> Response:
    """Log in: another session key, another CSRF secret. A page of another site may not log anybody in either."""
    refuse_parameters(request.query)
    djangos = open_request(request)
    demand_own_page(request, djangos)
    login(djangos, user := _user_of(request, djangos))
    return _answer(djangos, user)


def _end(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
    """Log out: the session is gone, whoever's it was."""
    refuse_parameters(request.query)
    djangos = open_request(request)
    demand_own_page(request, djangos)
    djangos.user = principal.user  # for the receivers of user_logged_out
    logout(djangos)
    return complete(djangos, Response(204))


def _user_of(request: Request, djangos: HttpRequest) -> Any:
    """The user whose name and password a request brings, by Django's backends.

    Raises: NotIdentified `invalid-credentials`, whatever is wrong with them; TooManyRequests; Unprocessable.
    """
    members = read_members(request, _KINDS, tuple(_KINDS))
    limits, username = Limits(read_terms()), members["username"]
    address = address_of(request, proxies=trusted_proxies())
    limits.take(username, address)
    user = authenticate(djangos, username=username, password=members["password"])
    if user is None:
        raise NotIdentified("No active user has this name and password.", code="invalid-credentials")
    limits.give_back(username, address)
    return user


def _answer(djangos: HttpRequest, user: Any) -> Response:
    shown = None if user is None else {"id": _key(user.pk), "username": user.get_username()}
    body = {"user": shown, "csrf_token": get_token(djangos)}
    return complete(djangos, Response.json(msgspec.json.encode(body)))


def _key(pk: Any) -> int | str:
    return pk if isinstance(pk, int) else str(pk)
