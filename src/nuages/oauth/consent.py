"""Ask a user who is logged in whether an app may act for them, and send the browser back to the app with the answer.

The request stands in the URL alone: what the user has seen is what is granted, since the form adds yes or no to it.
Source: RFC 6749 section 4.1; RFC 9700 sections 2.1, 4.7, 4.12 and 4.16; RFC 9207.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from oauth2_provider.exceptions import OAuthToolkitError
from oauth2_provider.http import OAuth2ResponseRedirect
from oauth2_provider.oauth2_backends import _add_iss_to_redirect
from oauth2_provider.scopes import get_scopes_backend
from oauth2_provider.settings import oauth2_settings
from oauth2_provider.views.base import BaseAuthorizationView, is_valid_resource_uri
from oauthlib.oauth2.rfc6749 import errors

from nuages.oauth.bounds import Refused, check_url
from nuages.oauth.redirects import is_loopback, scheme_of

_NOT_TAKEN = ("request", "request_uri", "registration")  # parameters of OpenID Connect that are answered, not ignored


class _See(OAuth2ResponseRedirect):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """A redirect that no browser follows with another POST. Source: RFC 9700 section 4.12."""

    status_code = 303


@method_decorator([csrf_protect, transaction.non_atomic_requests], name="dispatch")
class ConsentView(BaseAuthorizationView):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """The authorization endpoint."""

    template_name = "nuages_oauth/consent.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse what cannot be meant, before anybody logs in for it."""
        request.oauth_page = True  # type: ignore[attr-defined]  # read by nuages.oauth.core
        self.nonce = secrets.token_urlsafe(16)
        try:
            check_url(request)
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except Refused as refused:
            response = self._page(
                {"error": {"error": refused.error, "description": refused.description}}, refused.status
            )
        response["Cache-Control"] = "no-store"
        # Nothing of the URL leaves the site; without any referrer a browser would send its forms with `Origin: null`.
        response["Referrer-Policy"] = "same-origin"
        response["X-Frame-Options"] = "DENY"
        response["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'nonce-{self.nonce}'; base-uri 'none'; frame-ancestors 'none'"
        )
        return response

    def handle_no_permission(self) -> Any:
        """Check the request before anybody logs in for it; with prompt=none, say that nobody is."""
        try:
            found = self._validated()
        except OAuthToolkitError as error:
            return self.error_response(error, None)
        if "none" in self._prompt():
            return self._send_back(errors.LoginRequired(request=found[1]["request"]))
        return super().handle_no_permission()

    def get(self, request: HttpRequest) -> Any:  # noqa: ARG002  # Django's signature
        """Show the app, what it wants and the user; or send the browser back with what is wrong."""
        try:
            scopes, asked = self._validated()
            if "none" in self._prompt():
                raise OAuthToolkitError(errors.ConsentRequired(request=asked["request"]))
            if "login" in self._prompt():
                return self._log_in_again()
            client = asked["request"].client
            if client.skip_authorization and not is_loopback(asked["redirect_uri"]):
                return self._grant(scopes, asked, allow=True)
        except OAuthToolkitError as error:
            return self.error_response(error, None)
        known = get_scopes_backend().get_all_scopes()
        wanted = [(scope, known[scope]) for scope in scopes]
        return self._page({"client": client, "scopes": wanted, "redirect_uri": asked["redirect_uri"]}, 200)

    def post(self, request: HttpRequest) -> Any:
        """Take the answer: Allow is said, everything else is no."""
        try:
            scopes, asked = self._validated()
            return self._grant(scopes, asked, allow=request.POST.get("answer") == "allow")
        except OAuthToolkitError as error:
            return self.error_response(error, None)

    def redirect(self, redirect_to: str, application: Any = None) -> HttpResponse:  # noqa: ARG002  # the name of a base
        """Send the browser back to the app, always with who speaks. Source: RFC 9207 section 2."""
        issuer = oauth2_settings.OIDC_ISS_ENDPOINT
        return _See(_add_iss_to_redirect(redirect_to, issuer), [scheme_of(redirect_to)])

    def render_to_response(self, context: Any, status: int = 400) -> HttpResponse:
        """Show an error that may not be sent to the app: nobody knows whether it is one."""
        return self._page(context, status)

    def _validated(self) -> tuple[list[str], dict[str, Any]]:
        """Read the request out of the URL."""
        if any(name in self.request.GET for name in _NOT_TAKEN):
            raise Refused(400, "request_not_supported", "Requests are taken as plain parameters of the URL alone.")
        scopes, asked = self.validate_authorization_request(self.request)
        asked["resource"] = self.request.GET.getlist("resource")
        if not all(map(_is_resource, asked["resource"])):
            description = "A resource must be an absolute URI with a host."
            raise OAuthToolkitError(
                errors.CustomOAuth2Error("invalid_target", description=description, request=asked["request"])
            )
        return scopes, asked

    def _grant(self, scopes: list[str], asked: dict[str, Any], *, allow: bool) -> HttpResponse:
        if not allow:
            return self._send_back(errors.AccessDeniedError(request=asked["request"]))
        names = ("client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method")
        credentials = {name: asked[name] for name in (*names, "nonce", "resource") if asked.get(name) is not None}
        uri, *_ = self.create_authorization_response(
            request=self.request, scopes=" ".join(scopes), credentials=credentials, allow=True
        )
        return self.redirect(uri)

    def _send_back(self, error: errors.OAuth2Error) -> HttpResponse:
        return self.redirect(error.in_uri(error.redirect_uri))

    def _prompt(self) -> set[str]:
        return set(self.request.GET.get("prompt", "").split())

    def _log_in_again(self) -> Any:
        """Send the user to the login page, and back here without the wish for it."""
        rest = urlencode([pair for pair in parse_qsl(self.request.META["QUERY_STRING"]) if pair[0] != "prompt"])
        return redirect_to_login(f"{self.request.path}?{rest}", self.get_login_url(), self.get_redirect_field_name())

    def _page(self, context: dict[str, Any], status: int) -> HttpResponse:
        return render(self.request, self.template_name, {**context, "nonce": self.nonce}, status=status)


def _is_resource(uri: str) -> bool:
    try:
        return bool(is_valid_resource_uri(uri))
    except ValueError:  # of urlsplit, for half an IPv6 address
        return False
