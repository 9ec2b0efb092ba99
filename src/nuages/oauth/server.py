"""The grants and endpoints that are on, as one server of oauthlib; what is off is not there.

The server of django-oauth-toolkit has the implicit, hybrid, password and device grants, each behind a setting, and it
takes ID tokens for access tokens.
"""

from __future__ import annotations

import re
from typing import Any

from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import (
    AuthorizationEndpoint,
    ResourceEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant as IdentifyingCodeGrant
from oauthlib.openid.connect.core.grant_types import RefreshTokenGrant as IdentifyingRefreshGrant
from oauthlib.openid.connect.core.grant_types.dispatchers import (
    AuthorizationCodeGrantDispatcher,
    AuthorizationTokenGrantDispatcher,
)

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # of SHA-256, in base64url: RFC 7636 section 4.2
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)  # RFC 7636 section 4.1
_LONGEST_NONCE_CHARS = 255  # of the column


class Server(AuthorizationEndpoint, TokenEndpoint, ResourceEndpoint, RevocationEndpoint):  # type: ignore[misc]
    """What django-oauth-toolkit calls, with the grants of OAUTH2_GRANT_TYPES_SUPPORTED alone."""

    def __init__(self, request_validator: Any, token_expires_in: Any = None, **given: Any) -> None:
        generators = given.get("token_generator"), given.get("refresh_token_generator")
        bearer = BearerToken(request_validator, generators[0], token_expires_in, generators[1])
        code = AuthorizationCodeGrant(request_validator, **_checks())
        with_identity = IdentifyingCodeGrant(request_validator, **_checks())
        AuthorizationEndpoint.__init__(
            self,
            default_response_type="code",
            default_token_type=bearer,
            response_types={"code": AuthorizationCodeGrantDispatcher(default_grant=code, oidc_grant=with_identity)},
        )
        has_identity = oauth2_settings.OIDC_ENABLED
        grants = {
            "authorization_code": AuthorizationTokenGrantDispatcher(request_validator, code, with_identity),
            "refresh_token": (IdentifyingRefreshGrant if has_identity else RefreshTokenGrant)(request_validator),
            "client_credentials": ClientCredentialsGrant(request_validator),
        }
        offered = oauth2_settings.OAUTH2_GRANT_TYPES_SUPPORTED
        TokenEndpoint.__init__(
            self,
            default_grant_type="",
            default_token_type=bearer,
            grant_types={name: grant for name, grant in grants.items() if name in offered},
        )
        self._grant_types[""] = _Unsupported()
        ResourceEndpoint.__init__(self, default_token="Bearer", token_types={"Bearer": bearer})
        RevocationEndpoint.__init__(self, request_validator)


class _Unsupported:
    """Answers whoever asks for a grant that is off."""

    def create_token_response(self, request: Any, _handler: Any) -> Any:
        raise errors.UnsupportedGrantTypeError(request=request)


def _checks() -> dict[str, list[Any]]:
    """Lists of its own for each grant: those of OpenID Connect add to them."""
    return {"pre_auth": [_check_request], "pre_token": [_check_verifier]}


def _check_request(request: Any) -> dict[str, Any]:
    """Refuse an authorization request before the user is asked, once it is known where to send the refusal."""
    if request.response_type is not None and request.response_type != "code":
        raise errors.UnsupportedResponseTypeError(request=request)
    if request.response_mode not in {None, "query"}:
        raise errors.InvalidRequestError(description="The response_mode must be query.", request=request)
    if request.code_challenge is None:
        raise errors.MissingCodeChallengeError(request=request)
    if request.code_challenge_method != "S256":
        raise errors.UnsupportedCodeChallengeMethodError(request=request)
    if not _CHALLENGE.fullmatch(request.code_challenge):
        raise errors.InvalidRequestError(description="The code_challenge is no S256 challenge.", request=request)
    if len(request.nonce or "") > _LONGEST_NONCE_CHARS:
        raise errors.InvalidRequestError(description="The nonce is too long.", request=request)
    return {}


def _check_verifier(request: Any) -> None:
    if request.code_verifier is not None and not _VERIFIER.fullmatch(request.code_verifier):
        raise errors.InvalidRequestError(description="The code_verifier is no verifier of RFC 7636.", request=request)
