"""What each setting of django-oauth-toolkit must be for the provider to be safe, as a table.

What a value means at run time is the provider's; how a mistake is shown is the checks'.
Source: RFC 9700, whose sections the reasons name; RFC 6749 section 10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from nuages.oauth.settings import CODE_S, GATES, MOST_ACCESS_S, MOST_REFRESH_S

_MOST_ID_TOKEN_S = 3600
_LEAST_SECRET_CHARS = 32
_GRANTS = {"authorization_code", "refresh_token", "client_credentials"}
_WAYS = {"client_secret_basic", "client_secret_post", "none"}
_BROWSER_SCHEMES = {"http", "javascript", "data", "file", "ftp", "blob", "vbscript", "about"}


@dataclass(frozen=True, slots=True)
class Demand:
    """What one setting must be."""

    name: str
    is_met: Callable[[Any], bool]
    reason: str
    hint: str


def _is_true(value: Any) -> bool:
    return value is True


def _is_off(value: Any) -> bool:
    return not value


def _seconds_at_most(most_s: int) -> Callable[[Any], bool]:
    def is_met(value: Any) -> bool:
        length = value.total_seconds() if isinstance(value, timedelta) else value
        return isinstance(length, int | float) and not isinstance(length, bool) and 0 < length <= most_s

    return is_met


def _only(allowed: set[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and bool(value) and set(value) <= allowed


def _without(refused: set[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and not {str(each).lower() for each in value} & refused


def _uses_tls(value: Any) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme == "https"


# Safe only so: what `check --deploy` asks of a site that is to be reached by others.
SAFE = (
    *(Demand(gate, _is_true, "leaves a recommendation of RFC 9700 out", "Leave it out.") for gate in GATES),
    Demand("PKCE_REQUIRED", _is_true, "lets a stolen code be used (section 2.1.1)", "Leave it out: PKCE is required."),
    Demand("ROTATE_REFRESH_TOKEN", _is_true, "lets a stolen refresh token live on (section 4.14.2)", "Leave it out."),
    Demand("REFRESH_TOKEN_REUSE_PROTECTION", _is_true, "lets a stolen refresh token be used unseen (section 4.14.2)", "Leave it out."),
    Demand("REFRESH_TOKEN_GRACE_PERIOD_SECONDS", _is_off, "needs tokens that are stored in clear", "Set it to 0."),
    Demand("ACCESS_TOKEN_EXPIRE_SECONDS", _seconds_at_most(MOST_ACCESS_S), "lets a stolen access token live too long (section 2.2.1)", f"At most {MOST_ACCESS_S}."),
    Demand("ID_TOKEN_EXPIRE_SECONDS", _seconds_at_most(_MOST_ID_TOKEN_S), "lets an ID token live too long", f"At most {_MOST_ID_TOKEN_S}."),
    Demand("AUTHORIZATION_CODE_EXPIRE_SECONDS", _seconds_at_most(CODE_S), "lets a code live too long (RFC 6749 section 4.1.2)", f"At most {CODE_S}."),
    Demand("REFRESH_TOKEN_EXPIRE_SECONDS", _seconds_at_most(MOST_REFRESH_S), "lets a refresh token that nobody uses live on (section 4.14.2)", f"At most {MOST_REFRESH_S}."),
    Demand("ALLOWED_REDIRECT_URI_SCHEMES", _without(_BROWSER_SCHEMES), "lets codes be sent without TLS, or to a script (sections 2.6 and 4.1)", "https, and schemes of native apps; loopback addresses are allowed anyway."),
    Demand("ALLOWED_SCHEMES", _only({"https"}), "lets pages without TLS read tokens", 'Set it to ["https"].'),
    Demand("ALLOW_URI_WILDCARDS", _is_off, "sends codes to hosts that nobody has registered (section 4.1.1)", "Leave it out."),
    Demand("REQUEST_APPROVAL_PROMPT", lambda value: value == "force", "lets an app in without asking the user (RFC 6749 section 10.2)", "Leave it out."),
    Demand("OIDC_ISS_ENDPOINT", _uses_tls, "is not https (RFC 8414 section 2)", "The issuer that others reach has TLS."),
    Demand("CLIENT_SECRET_GENERATOR_LENGTH", lambda value: isinstance(value, int) and value >= _LEAST_SECRET_CHARS, "makes secrets that can be guessed (RFC 6749 section 10.10)", f"At least {_LEAST_SECRET_CHARS}."),
    Demand("EXTRA_SERVER_KWARGS", _is_off, "changes the server past every check", "Leave it out."),
    Demand("OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED", _only(_WAYS), "names a way that there is not", f"Of {sorted(_WAYS)}."),
)  # fmt: skip

# Right only so, wherever the project runs: the provider has nothing else, or would not be itself.
RIGHT = (
    Demand("OAUTH2_GRANT_TYPES_SUPPORTED", _only(_GRANTS), "names a grant that is not offered: implicit and password are refused by RFC 9700 sections 2.1.2 and 2.4, the device grant is not built", f"Of {sorted(_GRANTS)}."),
    Demand("OAUTH2_RESPONSE_TYPES_SUPPORTED", _only({"code"}), "names a response type that is not offered (section 2.1.2)", 'Set it to ["code"].'),
    Demand("OIDC_RESPONSE_TYPES_SUPPORTED", _only({"code"}), "names a response type that is not offered (section 2.1.2)", 'Set it to ["code"].'),
    Demand("DCR_ENABLED", _is_off, "lets anybody register apps, which is not offered", "Leave it out."),
    Demand("CIMD_ENABLED", _is_off, "fetches what strangers name, which is not offered", "Leave it out."),
    Demand("OIDC_RP_INITIATED_LOGOUT_ENABLED", _is_off, "is not offered", "Leave it out."),
    Demand("OIDC_RP_INITIATED_REGISTRATION_ENABLED", _is_off, "is not offered", "Leave it out."),
    Demand("RESOURCE_SERVER_INTROSPECTION_URL", _is_off, "takes the tokens of another server for this one's", "Leave it out."),
)  # fmt: skip


def unmet(demands: tuple[Demand, ...], settings: Any) -> Iterator[tuple[Demand, Any]]:
    """The demands that settings do not meet, with what they say."""
    for demand in demands:
        value = getattr(settings, demand.name)
        if not demand.is_met(value):
            yield demand, value
