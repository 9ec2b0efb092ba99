"""Turn requests to /auth/session into Django's login, logout, and a look at who is asking.

Django's own functions and middleware do the work; the cookies are those that its settings describe. How often somebody
may fail is decided by `logins`, and counted together with its own logins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from django.conf import settings
from django.contrib.auth import authenticate, load_backend, login, logout
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

from nuages.browsers.lending import complete, open_request, unused
from nuages.browsers.sessions import answer_session
from nuages.errors import NotIdentified
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.csrf import demand_own_page
from nuages.identify.principal import Principal
from nuages.identify.proofs import mark_session, proof_of_now
from nuages.logins.documents import read_members
from nuages.logins.limits import Limits
from nuages.logins.second_factor import KINDS, NAMED, Codes, SecondFactor, Shown, wrong_credentials
from nuages.logins.terms import read_terms, trusted_proxies
from nuages.operation import Endpoint
from nuages.parse.pairs import refuse_parameters

SESSION_PATH = "/auth/session"
_KINDS: dict[str, type] = {**dict.fromkeys(NAMED, str), **KINDS}
Answer: TypeAlias = Callable[[Request, Principal, tuple[str, ...]], Response]
Route: TypeAlias = tuple[str, str, Endpoint]


def browser_routes(identify: Identifier, factor: SecondFactor | None = None) -> list[Route]:
    """The endpoints of a browser's session; `identify` reads the session alone."""
    answers: dict[str, Answer] = {"GET": _show, "POST": partial(_begin, factor), "DELETE": _end}
    return [(method, SESSION_PATH, Endpoint(answer, identify)) for method, answer in answers.items()]


def _show(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
    """Tell who is asking, and give the token that a change must repeat."""
    refuse_parameters(request.query)
    djangos = open_request(request)
    CsrfViewMiddleware(unused).process_request(djangos)
    return answer_session(djangos, principal.user)


def _begin(
    factor: SecondFactor | None, request: Request, _principal: Principal, _arguments: tuple[str, ...]
) -> Response:
    """Log in: another session key, another CSRF secret. A page of another site may not log anybody in either."""
    refuse_parameters(request.query)
    djangos = open_request(request)
    demand_own_page(request, djangos)
    user, methods = _user_of(request, djangos, factor)
    login(djangos, user)
    mark_session(djangos.session, proof_of_now(methods))
    return answer_session(djangos, user)


def _end(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
    """Log out: the session is gone, whoever's it was."""
    refuse_parameters(request.query)
    djangos = open_request(request)
    demand_own_page(request, djangos)
    djangos.user = principal.user  # for the receivers of user_logged_out
    logout(djangos)
    return complete(djangos, Response(204))


def _user_of(request: Request, djangos: HttpRequest, factor: SecondFactor | None) -> tuple[Any, Sequence[str]]:
    """The user whose name, password and second factor a request brings, by Django's backends, or a passkey alone; and
    what they prove.

    Raises: NotIdentified `invalid-credentials`, whatever is wrong with them, or `second-factor-required` after a right
        password; TooManyRequests; Unprocessable.
    """
    limits = Limits(read_terms())
    codes, address = Codes(limits, factor), address_of(request, proxies=trusted_proxies())
    members = read_members(request, _KINDS, codes.needed)
    shown = Shown.of(members)
    if "username" not in members:
        return _of_passkey(*codes.find(shown, address))
    username = members["username"]
    limits.take(username, address)
    user = authenticate(djangos, username=username, password=members["password"])
    methods = () if user is None else codes.prove(user, shown, username, address)
    if not methods:
        if not shown.is_nothing:
            raise wrong_credentials(shown)
        raise NotIdentified("No active user has this name and password.", code="invalid-credentials")
    limits.give_back(username, address)
    return user, methods


def _of_passkey(user: Any, methods: Sequence[str]) -> tuple[Any, Sequence[str]]:
    """No backend has let this user in: the session names the first that would give its user back, as Django's must."""
    found = (name for name in settings.AUTHENTICATION_BACKENDS if load_backend(name).get_user(user.pk) is not None)
    user.backend = next(found, None)
    if user.backend is None:
        raise NotIdentified("This passkey lets nobody in. Begin again.", code="invalid-credentials")
    return user, methods
