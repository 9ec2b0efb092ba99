"""Turn an ID token into its claims, if it was made by this provider for this client. Knows no flow.

allauth reads the ID token of a code flow without its signature, which OpenID Connect allows over TLS; here it is always
checked, so that neither a proxy nor `alg: none` speaks for the provider.
Source: OpenID Connect Core 1.0, sections 2 and 3.1.3.7; RFC 8725.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from time import time
from typing import Any

from jwt.exceptions import PyJWTError

from nuages.errors import Problem
from nuages.identify.compact import take_apart
from nuages.identify.demands import Demands, Refused
from nuages.identify.sources import Source
from nuages.social.oidc.metadata import keys_of
from nuages.social.oidc.refusal import Refusal

_ALGORITHMS = ("RS256", "ES256", "EdDSA")
_TYPES = ("jwt", "none")  # "none" is how `Demands` reads a header without `typ`; an access token has another
LEEWAY_S = 30  # how far the clocks of two machines may be apart


def read_id_token(token: Any, metadata: Mapping[str, Any], client_id: str, parties: Collection[str]) -> dict[str, Any]:
    """Check a token and give its claims.

    Shapes: `parties` are those whom `azp` may name: the client, and further ones that the project has named.
    Raises: Refusal.
    """
    demands = Demands(metadata["issuer"], client_id, _TYPES, texts=("iss", "sub"), leeway_s=LEEWAY_S)
    source = Source(demands, keys_of(metadata["jwks_uri"]).find, _nobody, _ALGORITHMS)
    try:
        parts = take_apart(token if isinstance(token, str) else "")
        source.check(parts, time())
    except Problem:
        raise Refusal("an ID token whose keys cannot be had") from None
    except (Refused, ValueError, RecursionError, PyJWTError):
        raise Refusal("an ID token that is not valid") from None
    _demand_party(parts.claims, parties)
    return parts.claims


def _demand_party(claims: Mapping[str, Any], parties: Collection[str]) -> None:
    """A token for several audiences says for whom it was made; one that says so was made for this client."""
    audience, party = claims["aud"], claims.get("azp")
    if party is None and isinstance(audience, list) and len(audience) > 1:
        raise Refusal("an ID token for several, which does not say for whom it was made")
    if party is not None and party not in parties:
        raise Refusal("an ID token that was made for another client")


def _nobody(claims: Mapping[str, Any]) -> None:  # noqa: ARG001
    return None
