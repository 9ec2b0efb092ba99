"""Turn what a project offers to other apps into the setting OAUTH2_PROVIDER of django-oauth-toolkit.

Imported by settings.py: nothing here may load models, read settings or import django-oauth-toolkit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ACCESS_S = 300
MOST_ACCESS_S = 900
CODE_S = 60
REFRESH_S = 30 * 24 * 3600
MOST_REFRESH_S = 90 * 24 * 3600
GATES = tuple(
    f"COMPLIANT_BCP_RFC9700_{name}"
    for name in (
        "IMPLICIT_GRANT",
        "PASSWORD_GRANT",
        "PKCE_METHOD",
        "ACCESS_TOKEN_TRANSPORT",
        "AUTHZ_RESPONSE_ISS",
        "TOKEN_STORAGE",
        "REFRESH_TOKEN",
        "REDIRECT_URI_SCHEME",
        "REDIRECT_URI_MATCHING",
        "PKCE_REQUIRED",
    )
)
_IDENTITY = {
    "openid": "Know who you are here",
    "profile": "See your name",
    "email": "See your e-mail address",
}


def provider_settings(
    *,
    scopes: Mapping[str, str],
    issuer: str,
    default_scopes: Sequence[str] = (),
    client_credentials: bool = False,
    signing_key: str = "",
    retired_keys: Sequence[str] = (),
    claims: str = "",
    app_scopes: Mapping[str, Sequence[str]] = MappingProxyType({}),
    **values: Any,
) -> dict[str, Any]:
    """Give the setting OAUTH2_PROVIDER, with everything that RFC 9700 asks for.

    Shapes: `scopes` says what each scope lets an app do, in words for the page that asks the user; `issuer` is the URL
        at which `nuages.oauth.urls` is mounted, without a slash at the end. `default_scopes` are given to an app that
        names none; without them it must name some. `client_credentials` lets confidential apps act for themselves.
        `signing_key` is an RSA private key as PEM, from the environment; with it OpenID Connect is on, and
        `retired_keys` are still published. `claims` is the dotted path of a function that gives more claims of a user.
        `app_scopes` narrows single apps, by their `client_id`, to some of the scopes.
        `values` are settings of django-oauth-toolkit by their own names; insecure ones are found by the checks.
    Raises: ImproperlyConfigured where django-oauth-toolkit is not installed.
    Source: RFC 9700; django-oauth-toolkit.readthedocs.io, "Settings".
    """
    if find_spec("oauth2_provider") is None:
        raise ImproperlyConfigured("nuages.oauth needs django-oauth-toolkit: pip install nuages[oauth]")
    has_identity = bool(signing_key)
    identity = {name: words for name, words in _IDENTITY.items() if has_identity and name not in scopes}
    return {
        "SCOPES": {**scopes, **identity},
        "DEFAULT_SCOPES": list(default_scopes),
        "SCOPES_BACKEND_CLASS": "nuages.oauth.scopes.ClientScopes",
        "OAUTH2_VALIDATOR_CLASS": "nuages.oauth.validator.Validator",
        "OAUTH2_SERVER_CLASS": "nuages.oauth.server.Server",
        "OAUTH2_BACKEND_CLASS": "nuages.oauth.core.Core",
        "APPLICATION_ADMIN_CLASS": "nuages.oauth.client_admin.ClientAdmin",
        "PKCE_REQUIRED": True,
        **dict.fromkeys(GATES, True),
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,  # tokens are stored hashed, so that none can be given out again
        "REFRESH_TOKEN_EXPIRE_SECONDS": REFRESH_S,
        "ACCESS_TOKEN_EXPIRE_SECONDS": ACCESS_S,
        "ID_TOKEN_EXPIRE_SECONDS": ACCESS_S,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": CODE_S,
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
        "ALLOWED_SCHEMES": ["https"],
        "ALLOW_URI_WILDCARDS": False,
        "ALLOW_LOCALHOST_LOOPBACK": False,
        "REQUEST_APPROVAL_PROMPT": "force",
        "OAUTH2_GRANT_TYPES_SUPPORTED": [
            "authorization_code",
            "refresh_token",
            *(["client_credentials"] if client_credentials else []),
        ],
        "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
        "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
        "OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": ["client_secret_basic", "client_secret_post", "none"],
        "OIDC_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": ["client_secret_basic", "client_secret_post", "none"],
        "OIDC_ENABLED": has_identity,
        "OIDC_RSA_PRIVATE_KEY": signing_key.replace("\\n", "\n"),
        "OIDC_RSA_PRIVATE_KEYS_INACTIVE": [key.replace("\\n", "\n") for key in retired_keys],
        "OIDC_ISS_ENDPOINT": issuer,
        "NUAGES_CLAIMS": claims,
        "NUAGES_APP_SCOPES": {app: list(names) for app, names in app_scopes.items()},
        **values,
    }  # fmt: skip
