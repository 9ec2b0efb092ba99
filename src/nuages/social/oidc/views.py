"""Answer those who are sent to an OpenID Connect provider and come back: a callback is of this flow, or refused.

Source: RFC 9207 section 2.4; RFC 9700 section 4.4.2; RFC 6749 section 3.1.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from nuages.social.oidc.flow import GuardedAdapter
from nuages.social.oidc.refusal import Refusal

_ONCE = ("code", "state", "iss", "error")


class GuardedCallback(OAuth2CallbackView):
    """Where a provider sends the browser back to."""

    adapter: GuardedAdapter

    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        """Look who answers before anything is sent to the token endpoint."""
        provider = self.adapter.get_provider()
        try:
            self._demand_own_answer(request)
        except Refusal as refusal:
            # With the state, which is used up by this, and leads back to the page that began the flow.
            extra = {"state_id": request.GET.get("state")}
            answer: HttpResponseBase = render_authentication_error(
                request, provider, exception=refusal, extra_context=extra
            )
            return answer
        response: HttpResponseBase = super().dispatch(request, *arguments, **named)
        return response

    def _demand_own_answer(self, request: HttpRequest) -> None:
        """Demand each parameter once, and the issuer that the flow began with."""
        if any(len(request.GET.getlist(name)) > 1 for name in _ONCE):
            raise Refusal("a callback that says something twice")
        metadata, issuer = self.adapter.openid_config, request.GET.get("iss")
        if issuer is None and metadata.get("authorization_response_iss_parameter_supported") is True:
            raise Refusal("a callback without the issuer that this provider always names")
        if issuer is not None and issuer != metadata["issuer"]:
            raise Refusal("a callback of another issuer")

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce")
        return state, response


@login_not_required
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Come back from a provider."""
    return _view(GuardedCallback, request, provider_id)


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Be sent to a provider by a page of allauth's own; 404 with HEADLESS_ONLY."""
    return _view(OAuth2LoginView, request, provider_id)


def _view(kind: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    if "\0" in provider_id:  # which no database could be asked for
        raise Http404
    try:
        answer: HttpResponseBase = kind.adapter_view(GuardedAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer
