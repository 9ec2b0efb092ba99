"""allauth's OpenID Connect provider, with what it leaves out: nonce, issuer, signature, `azp`, and one subject.

Source: OpenID Connect Core 1.0, sections 3.1.2.1, 3.1.3.7 and 5.3.2; RFC 9700 sections 2.1 and 4.4; RFC 9207.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from nuages.social.oidc.id_tokens import LEEWAY_S, read_id_token
from nuages.social.oidc.metadata import read_metadata
from nuages.social.oidc.refusal import Refusal, of_any_shape

_NONCE_BYTES = 32


class GuardedAdapter(OpenIDConnectOAuth2Adapter):
    """What speaks to a provider.

    Shapes: `nonce` is that of the flow that a callback belongs to, None where it has none.
    """

    nonce: str | None = None
    _metadata: dict[str, Any] | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself.

        Raises: Refusal.
        """
        if self._metadata is None:
            provider = self.get_provider()
            overrides = provider.app.settings.get("openid_configuration_overrides", {})
            self._metadata = read_metadata(provider.server_url, overrides)
        return self._metadata

    @of_any_shape
    def get_access_token_data(self, *arguments: Any, **named: Any) -> Any:
        return super().get_access_token_data(*arguments, **named)

    @of_any_shape
    def parse_token(self, data: Any) -> Any:
        return super().parse_token(data)

    @of_any_shape
    def complete_login(self, request: HttpRequest, app: Any, token: Any, **named: Any) -> Any:
        """Turn the token endpoint's answer into a login of allauth's.

        Raises: Refusal.
        """
        provider = self.get_provider()
        claims = provider.read_id_token(self, named["response"].get("id_token"), {app.client_id})
        if not isinstance(self.nonce, str) or not constant_time_compare(str(claims.get("nonce")), self.nonce):
            raise Refusal("an ID token of another flow: its nonce is not this one's")
        data = {"id_token": claims}
        if app.settings.get("fetch_userinfo", True) and "userinfo_endpoint" in self.openid_config:
            data["userinfo"] = self._fetch_user_info(token.token)
            if data["userinfo"].get("sub") != claims["sub"]:
                raise Refusal("a userinfo of another subject than the ID token's")
        return provider.sociallogin_from_response(request, data)


class GuardedProvider(OpenIDConnectProvider):
    """Any OpenID Connect provider, in allauth's place for it."""

    package = "nuages.social.oidc"  # where allauth finds its URLs
    pkce_enabled_default = True  # RFC 9700 section 2.1.1
    oauth2_adapter_class = GuardedAdapter

    def redirect(self, request: HttpRequest, process: str, *arguments: Any, **named: Any) -> Any:
        """Send the browser to the provider, with a nonce that the flow's state keeps."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        asked = {**(named.pop("auth_params", None) or self.get_auth_params()), "nonce": nonce}
        try:
            return super().redirect(request, process, *arguments, auth_params=asked, nonce=nonce, **named)
        except Refusal as refusal:
            return render_authentication_error(request, self, exception=refusal)

    def serialize(self) -> dict[str, Any]:
        """How a signup that waits names its provider: two may know this project by one `client_id`."""
        return {**super().serialize(), "id": self.sub_id}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> Any:  # noqa: ARG002
        """Only those of the settings: a link could say another `redirect_uri` or `nonce`."""
        return self.get_auth_params()

    def get_scope_from_request(self, request: HttpRequest) -> Any:  # noqa: ARG002
        """Only those of the settings."""
        return self.get_scope()

    def verify_token(self, request: HttpRequest, token: Mapping[str, Any]) -> Any:
        """Turn an ID token that an app has got by itself into a login of allauth's; each token once.

        Raises: ValidationError "invalid_token".
        """
        try:
            return self._verify(request, token)
        except Refusal as refusal:
            adapter = get_adapter()
            adapter.note_refusal(self, refusal)
            raise adapter.validation_error("invalid_token") from refusal

    def read_id_token(self, adapter: GuardedAdapter, token: Any, parties: set[str]) -> dict[str, Any]:
        """Check an ID token of this provider, and give its claims."""
        return read_id_token(token, adapter.openid_config, self.app.client_id, parties)

    def sociallogin_from_response(self, request: HttpRequest, response: Any) -> Any:
        """Take nothing that a database cannot keep: PostgreSQL has no NUL in a text, and no half of a character."""
        text = json.dumps(response, ensure_ascii=False)
        text.encode()
        if "\\u0000" in text:
            raise Refusal("claims with a NUL")
        return super().sociallogin_from_response(request, response)

    def extract_email_addresses(self, data: Any) -> list[Any]:
        """The address, verified only where the provider says true: the text "false" is no yes."""
        picked = data.get("userinfo") or data.get("id_token") or data
        address, is_verified = picked.get("email"), picked.get("email_verified")
        if not isinstance(address, str) or not address:
            return []
        return [EmailAddress(email=address, verified=is_verified is True or is_verified == "true", primary=True)]

    @of_any_shape
    def _verify(self, request: HttpRequest, token: Mapping[str, Any]) -> Any:
        adapter = self.get_oauth2_adapter(request)
        parties = {self.app.client_id, *self.app.settings.get("authorized_parties", ())}
        claims = self.read_id_token(adapter, token.get("id_token"), parties)
        left_s = int(claims["exp"] - time.time()) + 2 * LEEWAY_S  # longer than it would be taken, by any clock
        digest = hashlib.sha256(str(token["id_token"]).encode()).hexdigest()
        if not cache.add(f"nuages.id-token:{digest}", "used", timeout=left_s):
            raise Refusal("an ID token that was used before")
        return self.sociallogin_from_response(request, {"id_token": claims})
