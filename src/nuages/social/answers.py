"""Let allauth's views of any provider end in a refusal where its answer cannot be read; they would fail over it.

Those of OpenID Connect say it themselves, in `oidc`; what a login means is not known here.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, URLResolver

from nuages.social.oidc.refusal import UNREADABLE, Refusal

View = Callable[..., HttpResponseBase]
_ONCE = ("code", "state", "error")
_INVALID = {"status": 400, "errors": [{"code": "invalid_token", "param": "token", "message": "Invalid token."}]}


class _Answering:
    """Who refuses: what `SocialAdapter.note_refusal` names."""

    def __init__(self, name: str) -> None:
        self.sub_id = name


def of_readable_answers(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same URLs; what their views cannot read ends at the page for failed logins."""
    found = list(patterns)
    for each in found:
        if isinstance(each, URLResolver):
            of_readable_answers(each.url_patterns)
        elif each.name != "openid_connect_callback":
            each.callback = _ending_in_refusals(each.callback, (each.name or "").removesuffix("_callback"))
    return found


def of_readable_tokens(view: View) -> View:
    """The view that takes an app's token: 400 where what the provider says of it cannot be read."""

    @functools.wraps(view)
    def taking(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *arguments, **named)
        except UNREADABLE as error:
            get_adapter().note_refusal(_Answering("an app's token"), _refusal_of(error))
            return JsonResponse(_INVALID, status=400)

    return taking


def _ending_in_refusals(view: View, name: str) -> View:
    @functools.wraps(view)
    def reading(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        try:
            if any(len(request.GET.getlist(each)) > 1 for each in _ONCE):
                raise Refusal("a callback that says something twice")
            return view(request, *arguments, **named)
        except UNREADABLE as error:
            refusal = _refusal_of(error)
        except Refusal as error:
            refusal = error
        extra = {"state_id": request.GET.get("state")}
        answer: HttpResponseBase = render_authentication_error(
            request, _Answering(name), exception=refusal, extra_context=extra
        )
        return answer

    return reading


def _refusal_of(error: Exception) -> Refusal:
    """Where and how a reader failed; its own words may hold the provider's answer, and are left out."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Refusal(f"an answer that cannot be read ({type(error).__name__} in {place.name}, line {place.lineno})")
