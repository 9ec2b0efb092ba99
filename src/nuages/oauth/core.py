"""Turn Django's request into what oauthlib asks for: one source for each parameter, and codes as their digests."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode

from oauth2_provider.oauth2_backends import OAuthLibCore

_PAGES = frozenset({"prompt", "claims"})  # the page reads the first; the other, which the metadata denies, nobody does


def digest_of(secret: str) -> str:
    """What is stored of a code or a token, each of which is long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Core(OAuthLibCore):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """The core of django-oauth-toolkit; a code of a token request is known by its digest from here on."""

    def _get_escaped_full_path(self, request: Any) -> str:
        """Give a page's URL without what is empty, as if it were left out, and without what is not oauthlib's to read.

        Source: RFC 6749 section 3.1.
        """
        if not getattr(request, "oauth_page", False):
            return str(super()._get_escaped_full_path(request))
        asked = parse_qsl(request.META.get("QUERY_STRING", ""))
        return f"{request.path}?{urlencode([pair for pair in asked if pair[0] not in _PAGES])}"

    def extract_body(self, request: Any) -> list[tuple[str, str]]:
        """Give the parameters of the body; none for a page, where those of the URL count alone."""
        if getattr(request, "oauth_page", False):
            return []
        return [(name, digest_of(value) if name == "code" else value) for name, value in super().extract_body(request)]
