"""What the provider publishes of itself: its metadata, which lists what is on and nothing else, and its public keys.

The issuer and every URL come from the settings, whatever host a request names.
Source: RFC 8414 sections 2 and 3; RFC 9207 section 3; OpenID Connect Discovery 1.0 sections 3 and 4.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import View
from oauth2_provider.compat import login_not_required
from oauth2_provider.settings import oauth2_settings
from oauth2_provider.views.oidc import JwksInfoView

_CLAIMS = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce"]
_CLAIMS += ["name", "preferred_username", "given_name", "family_name", "email"]


@method_decorator(login_not_required, name="dispatch")
class ServerMetadata(View):
    """The metadata of RFC 8414, where the issuer's path is the end of the URL, or its beginning."""

    http_method_names = ["get", "head"]

    def get(self, _: HttpRequest, issuer_path: str | None = None) -> HttpResponse:
        """Give the document; 404 for the path of another issuer."""
        if issuer_path is not None and issuer_path.strip("/") != urlsplit(issuer()).path.strip("/"):
            raise Http404
        return _published(server_metadata())


@method_decorator(login_not_required, name="dispatch")
class IdentityMetadata(View):
    """The metadata of OpenID Connect Discovery; 404 where it is off."""

    http_method_names = ["get", "head"]

    def get(self, _: HttpRequest) -> HttpResponse:
        """Give the document."""
        if not oauth2_settings.OIDC_ENABLED:
            raise Http404
        return _published(server_metadata())


class PublicKeys(JwksInfoView):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """The keys of ID tokens, as a JWK Set (RFC 7517); 404 where OpenID Connect is off."""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give the document; django-oauth-toolkit would fail where DEBUG is on."""
        if not oauth2_settings.OIDC_ENABLED:
            raise Http404
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


def issuer() -> str:
    """The issuer of the settings."""
    return str(oauth2_settings.OIDC_ISS_ENDPOINT)


def server_metadata() -> dict[str, Any]:
    """The metadata as a JSON object."""
    ways = oauth2_settings.OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED
    with_secret = [way for way in ways if way != "none"]
    said: dict[str, Any] = {
        "issuer": issuer(),
        "authorization_endpoint": _url("authorize"),
        "token_endpoint": _url("token"),
        "revocation_endpoint": _url("revoke-token"),
        "introspection_endpoint": _url("introspect"),
        "scopes_supported": sorted(oauth2_settings._SCOPES),
        "response_types_supported": list(oauth2_settings.OAUTH2_RESPONSE_TYPES_SUPPORTED),
        "response_modes_supported": ["query"],
        "grant_types_supported": list(oauth2_settings.OAUTH2_GRANT_TYPES_SUPPORTED),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_methods_supported": ways,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "authorization_response_iss_parameter_supported": True,
    }
    return {**said, **_identity_metadata()} if oauth2_settings.OIDC_ENABLED else said


def _identity_metadata() -> dict[str, Any]:
    return {
        "userinfo_endpoint": _url("user-info"),
        "jwks_uri": _url("jwks-info"),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": _CLAIMS,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,  # the default of the specification is true
        "prompt_values_supported": ["none", "login", "consent"],
    }


def _url(name: str) -> str:
    parts = urlsplit(issuer())
    return f"{parts.scheme}://{parts.netloc}{reverse(f'oauth2_provider:{name}')}"


def _published(document: dict[str, Any]) -> HttpResponse:
    """Any page may read it: RFC 8414 documents hold nothing secret."""
    response = JsonResponse(document)
    response["Access-Control-Allow-Origin"] = "*"
    return response
