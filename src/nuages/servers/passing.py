"""Know, inside Django, which request of the server's it is that Django answers: what was found out is noted on it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest

from nuages.http.request import Request

# None where nobody observes, and on the straight path, where no Django stands between.
passing: ContextVar[Request | None] = ContextVar("nuages.passing", default=None)
_REST = r"(?P<rest>(?s:.*))\Z"  # of django_view.urls_for, as Django shows it behind the mount


def name_alike(asked: Request) -> None:
    """Let a core that is asked through Django go by the id that the server's request has."""
    outer = passing.get()
    if outer is not None:
        asked.id = outer.id


def note_route(route: str) -> None:
    """Note the route of what is no core and no view."""
    outer = passing.get()
    if outer is not None:
        outer.route = route


def note_core(asked: Request) -> None:
    """Note what a core has found out."""
    outer = passing.get()
    if outer is not None:
        outer.route, outer.asked_by = asked.route, asked.asked_by


def note_view(request: HttpRequest) -> None:
    """Note the route, before a core's own, and the user where Django has looked for one."""
    outer = passing.get()
    if outer is None:
        return
    if request.resolver_match is not None:
        outer.route = "/" + request.resolver_match.route.removesuffix(_REST).rstrip("/") + outer.route
    found = vars(request).get("_cached_user") or vars(request).get("_acached_user")
    if outer.asked_by is None and found is not None:
        outer.asked_by = _Asking(found if found.is_authenticated else None)


class _Asking:
    """Somebody whom Django knows, in the shape of a principal."""

    __slots__ = ("user",)

    def __init__(self, user: Any) -> None:
        self.user = user
