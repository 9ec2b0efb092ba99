"""Turn whoever a session of Django's has let in into a login of Nuages, and end it with the session.

A session that has become a login holds its key; it stands as long as the login does.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_out
from django.db import IntegrityError, connections
from django.http import HttpRequest

from nuages.api import API, registered_apis
from nuages.change.transactions import run_change
from nuages.errors import TooManyRequests
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.identify.logins import find_user
from nuages.identify.proofs import proof_of_session
from nuages.logins.entering import MAX_DEVICE_CHARS
from nuages.logins.families import Families, Granted, alias_of_logins, end, login_rows, token_rows
from nuages.logins.limits import count
from nuages.logins.refresh_tokens import digest_of
from nuages.logins.terms import logs_in, read_terms, trusted_proxies
from nuages.servers.django_view import from_django

ONCE_S = 600  # longer than a session stays fresh; its key is another one when it has been exchanged
LOGIN_KEY = "_nuages_login"  # in a session: the login that it has become


def families() -> Families:
    """The families that logins by other providers join: those of the one API that gives out tokens."""
    api = token_apis()[0]
    api.build()
    return Families(read_terms(), next(way for way in api.authenticate if logs_in(way)))


def token_apis() -> list[API]:
    """The APIs that logins could be for; the setting NUAGES_SOCIAL_API names one of several by its title."""
    title = getattr(settings, "NUAGES_SOCIAL_API", None)
    apis = [api for api in registered_apis() if any(map(logs_in, api.authenticate))]
    return [api for api in apis if title in (None, api.title)]


def grant(request: HttpRequest, *, once: bool = False) -> Granted | None:
    """Begin the login of the user whom the session has let in; None where the user may not, or no longer.

    A session has one login: an earlier one of it is ended. With `once` there is none after the first one of this
    session's key, however many ask at the same time.
    """
    user = get_user(request)
    if not user.is_authenticated:
        return None
    asked = from_django(request, "", request.path)

    def change() -> Granted | None:
        if once:  # one statement decides; what follows may fail, and takes it back then
            count("exchange", str(request.session.session_key), most=1, window_s=ONCE_S)
        end_login(request.session)
        address = address_of(asked, proxies=trusted_proxies()) or None
        proof = proof_of_session(request.session, user)
        return families().start(user, device=_device(asked), address=address, proof=proof)

    try:
        granted = run_change(connections[alias_of_logins()], change)
    except (IntegrityError, TooManyRequests):  # the user has just been deleted, or another request was faster
        return None
    if granted is not None:
        request.session[LOGIN_KEY] = str(token_rows().get(pk=digest_of(granted.refresh)).login_id)
    return granted


def stands(session: Any) -> bool:
    """Whether a session may be used: nobody is logged in by it yet, or the login that it has become still stands."""
    if SESSION_KEY not in session:
        return True
    return find_user(str(session.get(LOGIN_KEY)), str(session[SESSION_KEY])) is not None


def end_login(session: Any) -> None:
    """End the login that a session has become, if it has."""
    login = session.get(LOGIN_KEY)
    if login is not None:
        end(login_rows().filter(pk=login), by="logout")


def watch_sessions() -> None:
    """End logins with their sessions, whoever ends these."""
    user_logged_out.connect(_on_logout, dispatch_uid="nuages.social")


def _on_logout(request: Any = None, **_: Any) -> None:
    session = getattr(request, "session", None)
    if session is not None and LOGIN_KEY in session:
        run_change(connections[alias_of_logins()], lambda: end_login(session))
        _forget_earlier_user(request)


def _forget_earlier_user(request: Any) -> None:
    """Let allauth give tokens to one who logs in anew with the session token of a login that this has ended."""
    headless = getattr(getattr(request, "allauth", None), "headless", None)
    if headless is not None:
        headless._pre_user = AnonymousUser()


def _device(request: Request) -> str:
    said = (request.header("user-agent") or "")[:MAX_DEVICE_CHARS]
    return "".join(char for char in said if char.isprintable())
