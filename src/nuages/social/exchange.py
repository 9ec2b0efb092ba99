"""Turn a browser's session, which a login by another provider has begun, into a login with tokens: `POST tokens`.

The session leaves the browser with that: nothing is left that the browser would send by itself.
"""

from __future__ import annotations

from importlib import import_module
from time import time

import msgspec
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from nuages.errors import MethodNotAllowed, NotIdentified, Problem
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.csrf import demand_own_page
from nuages.logins.cookies import set_cookie
from nuages.logins.documents import has_body, read_members
from nuages.respond.problem import refuse
from nuages.servers.django_view import from_django, to_django
from nuages.social.granting import grant
from nuages.social.tokens import payload, seal

FRESH_S = 300  # a page exchanges its session at once; an old one must not pass for a login of just now
_NO_STORE = ("Cache-Control", "no-store")


@csrf_exempt  # the same check is made below, whatever middleware is installed, and answered as a problem
def exchange(request: HttpRequest) -> HttpResponseBase:
    """Give the tokens of a new login for the session of this browser, which is logged out of it.

    Shapes: the body is none or {"cookie": true}, which puts the refresh token into a cookie as `/auth/token` does.
    """
    asked = from_django(request, "", request.path)
    asked.host = request.get_host()  # one that is not allowed is Django's 400
    try:
        response = _exchange(request, asked)
    except Problem as problem:
        problem.headers = (*problem.headers, _NO_STORE)
        response = refuse(problem, asked)
    return to_django(response)


@sensitive_variables()
def _exchange(request: HttpRequest, asked: Request) -> Response:
    if asked.method != "POST":
        raise MethodNotAllowed("Send a POST.", headers=[("Allow", "POST")])
    demand_own_page(asked)
    members = read_members(asked, {"cookie": bool}) if has_body(asked) else {}
    granted = grant(request, once=True) if _is_fresh(request) else None
    if granted is None:
        challenge = ("WWW-Authenticate", 'Session realm="api"')
        raise NotIdentified("Log in by another provider first, in this browser, now.", headers=[challenge])
    document = {**payload(granted), "session_token": _leave_browser(request)}
    headers = [_NO_STORE]
    if members.get("cookie", False):
        del document["refresh_token"]
        headers.append(set_cookie(granted.refresh, granted.refresh_s))
    response = Response.json(msgspec.json.encode(document))
    response.headers += headers
    return response


def _is_fresh(request: HttpRequest) -> bool:
    """Whether allauth has let somebody in by this session, a moment ago."""
    records = get_authentication_records(request, get_user(request))
    return time() - max((record["at"] for record in records), default=0) <= FRESH_S


def _leave_browser(request: HttpRequest) -> str:
    """Give the session another key, which no cookie has; an empty one makes Django's middleware delete the cookie."""
    request.session.cycle_key()
    request.session.save()
    token = seal(str(request.session.session_key))
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    return token
