"""The endpoints that apps speak to: token, revocation, introspection and user information.

Each refuses what cannot be meant before anything is looked up, answers in JSON and is never stored.
Source: RFC 6749 section 5; RFC 7009; RFC 7662; OpenID Connect Core 1.0 section 5.3.
"""

from __future__ import annotations

import calendar
import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from oauth2_provider.compat import login_not_required
from oauth2_provider.models import get_access_token_model
from oauth2_provider.settings import oauth2_settings
from oauth2_provider.signals import app_authorized
from oauth2_provider.utils import parse_bearer_token
from oauth2_provider.views.mixins import OAuthLibMixin
from oauthlib.common import Request as OauthlibRequest

from nuages.errors import TooManyRequests
from nuages.oauth.bounds import Refused, check_form, refusal
from nuages.oauth.core import digest_of

_UNAUTHORIZED = 401
_ALL_TOKENS = "introspection"


@method_decorator([csrf_exempt, login_not_required, transaction.non_atomic_requests], name="dispatch")
class Endpoint(OAuthLibMixin, View):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """What is common to them: POST of a form, bounded; errors in JSON."""

    http_method_names = ["post"]
    challenge = 'Basic realm="oauth"'

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Look at the request, then let the endpoint answer."""
        try:
            if (request.method or "").lower() in self.http_method_names:
                self.check(request)
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except Refused as refused:
            response = refusal(refused)
        except TooManyRequests as problem:
            response = refusal(Refused(problem.status, "temporarily_unavailable", problem.detail))
            for name, value in problem.headers:
                response[name] = value
        if response.status_code == _UNAUTHORIZED and self.challenge:
            response["WWW-Authenticate"] = self.challenge
        response["Cache-Control"], response["Pragma"] = "no-store", "no-cache"
        return response

    def check(self, request: HttpRequest) -> None:
        """Refuse what cannot be meant."""
        check_form(request)


def _to_django(answer: Any) -> HttpResponse:
    _, headers, body, status = answer
    response = HttpResponse(body or "", status=status, content_type="application/json")
    for name, value in headers.items():
        response[name] = value
    return response


class TokenEndpoint(Endpoint):
    """Gives tokens for a code, a refresh token, or a client's own secret."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Exchange what is shown."""
        if not request.POST.get("grant_type"):
            raise Refused(400, "invalid_request", "The parameter grant_type is missing.")
        response = _to_django(self.create_token_response(request))
        if response.status_code == 200 and app_authorized.has_listeners():  # noqa: PLR2004
            self._tell(request, response)
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse) -> None:
        """Send django-oauth-toolkit's signal, unless the token has been revoked since."""
        shown = json.loads(response.content)["access_token"]
        token = get_access_token_model().objects.filter(token_checksum=digest_of(shown)).first()
        if token is not None:
            app_authorized.send(sender=self, request=request, token=token)


class RevocationEndpoint(Endpoint):
    """Revokes a token of the client that shows it, with all that came of the same code."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Revoke; 200 also for a token that is not known. Source: RFC 7009 section 2.2."""
        return _to_django(self.create_revocation_response(request))


class IntrospectionEndpoint(Endpoint):
    """Tells a client about its own tokens; whoever has a token with the scope `introspection`, about all."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Tell what a token is worth now; {"active": false} says nothing else. Source: RFC 7662 section 2.2."""
        client, sees_all = self._identify(request)
        if client is None and not sees_all:
            raise Refused(401, "invalid_client", "Client authentication failed.")
        if not request.POST.get("token"):
            raise Refused(400, "invalid_request", "The parameter token is missing.")
        token = _live_token(request.POST["token"])
        if token is None or not (sees_all or token.application_id == client.pk):
            return JsonResponse({"active": False})
        return JsonResponse(_described(token))

    def _identify(self, request: HttpRequest) -> tuple[Any, bool]:
        core = self.get_oauthlib_core()
        asked = OauthlibRequest(*core._extract_params(request))
        if core.server.request_validator.authenticate_client(asked):
            return asked.client, False
        shown = parse_bearer_token(request.META.get("HTTP_AUTHORIZATION", ""))
        token = _live_token(shown) if shown else None
        return None, token is not None and _ALL_TOKENS in token.scope.split()


class UserInfoEndpoint(Endpoint):
    """Tells an app about the user of its access token, as far as the granted scopes go."""

    http_method_names = ["get", "post"]
    challenge = 'Bearer error="invalid_token"'

    def check(self, request: HttpRequest) -> None:
        """The token comes in the header, or in the body of a form. Source: RFC 6750 sections 2.1 and 2.2."""
        if request.method == "POST" and request.META.get("CONTENT_LENGTH") not in {None, "", "0"}:
            check_form(request)
        elif request.META.get("QUERY_STRING"):
            raise Refused(400, "invalid_request", "A token is not taken from the URL.")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Give the claims."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        shown = parse_bearer_token(header) if header else request.POST.get("access_token")
        token = _live_token(shown) if shown else None
        if token is None or (token.user is None and "openid" in token.scope.split()):
            raise Refused(401, "invalid_token", "The access token is invalid.")
        asked = OauthlibRequest(request.path)
        asked.user, asked.scopes = token.user, token.scope.split()
        if "openid" not in asked.scopes:
            response = refusal(Refused(403, "insufficient_scope", "The token has not the scope openid."))
            response["WWW-Authenticate"] = 'Bearer error="insufficient_scope", scope="openid"'
            return response
        return JsonResponse(self.get_validator_class()().get_userinfo_claims(asked))

    post = get


def _live_token(shown: str) -> Any:
    """Find an access token that is good now: not over, of a user who may log in, or of none."""
    rows = get_access_token_model().objects.select_related("user", "application")
    token = rows.filter(token_checksum=digest_of(shown)).first()
    if token is None or not token.is_valid() or (token.user is not None and not token.user.is_active):
        return None
    return token


def _described(token: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "active": True,
        "scope": token.scope,
        "exp": calendar.timegm(token.expires.utctimetuple()),
        "iat": calendar.timegm(token.created.utctimetuple()),
        "token_type": "Bearer",
        "iss": oauth2_settings.OIDC_ISS_ENDPOINT,
    }
    if token.application is not None:
        described["client_id"] = token.application.client_id
    if token.user is not None:
        described |= {"username": token.user.get_username(), "sub": str(token.user.pk)}
    if token.resource:
        described["aud"] = token.resource
    return described
