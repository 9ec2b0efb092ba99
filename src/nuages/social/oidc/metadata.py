"""Fetch what a provider says of itself, and refuse what names another. One address, which the project's settings name.

Source: OpenID Connect Discovery 1.0, sections 4.2 and 4.3; RFC 9700 section 4.4.2.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.client import HTTPException
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from nuages.identify.compact import Malformed, read_object
from nuages.identify.remote_keys import RemoteKeys, fetch
from nuages.social.oidc.refusal import Refusal

MAX_AGE_S = 600.0
FAILED_AGE_S = 5.0  # whoever cannot be asked is not asked for every visitor anew
WELL_KNOWN = "/.well-known/openid-configuration"
_MOST_KEPT = 1_000  # providers are named by the project; more than it has, none does
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

_lock = threading.Lock()
_documents: dict[str, tuple[float, dict[str, Any] | None]] = {}
_keys: dict[str, RemoteKeys] = {}


def read_metadata(url: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metadata that a provider publishes at a URL.

    Shapes: `overrides` are the project's own words, which go before the provider's: {"issuer": "..."}.
    Raises: Refusal where there is none, or where it names another issuer than the URL's.
    """
    document = {**_published(url), **overrides}
    issuer = document.get("issuer")
    if not isinstance(issuer, str):
        raise Refusal("metadata without an issuer")
    # Metadata that names another issuer could send the codes of that one's users here.
    if "issuer" not in overrides and issuer.rstrip("/") + WELL_KNOWN != url:
        raise Refusal("metadata that names another issuer than its address")
    for name in (*_ENDPOINTS, *({"userinfo_endpoint"} & set(document))):
        _demand_as_safe(document.get(name), url)
    return document


def keys_of(url: str) -> RemoteKeys:
    """Give the keys that a provider publishes; fetched when they are asked for, and kept."""
    with _lock:
        if len(_keys) >= _MOST_KEPT:
            _keys.clear()
        return _keys.setdefault(url, RemoteKeys(url))


def _published(url: str) -> dict[str, Any]:
    until_s, document = _documents.get(url, (0.0, None))
    if monotonic() >= until_s:
        document = _fetch(url)
        with _lock:
            if len(_documents) >= _MOST_KEPT:
                _documents.clear()
            _documents[url] = monotonic() + (FAILED_AGE_S if document is None else MAX_AGE_S), document
    if document is None:
        raise Refusal("no metadata")
    return document


def _fetch(url: str) -> dict[str, Any] | None:
    try:
        return read_object(fetch(url))
    except (OSError, HTTPException, Malformed, ValueError):
        return None


def _demand_as_safe(endpoint: Any, url: str) -> None:
    """An endpoint is asked over TLS wherever the metadata was."""
    scheme = urlsplit(endpoint).scheme if isinstance(endpoint, str) else ""
    if scheme != "https" and scheme != urlsplit(url).scheme:
        raise Refusal("metadata with an endpoint that is missing or not as safe as its own address")
