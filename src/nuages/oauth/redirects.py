"""Decide whether a redirect URI may be registered, and whether one that a client sends is registered.

Compared as texts, character by character; on the loopback addresses alone any port will do.
Source: RFC 9700 section 2.1; RFC 8252 sections 7.1, 7.3 and 8.3; RFC 6749 section 3.1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST_CHARS = 2000
_TEXT = re.compile(r"[!-~]++", re.ASCII)  # printable ASCII without blanks
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(/[^#]*+)?", re.ASCII)
_LOCALHOST = re.compile(r"(http://localhost)(?::[0-9]{1,5})?(/[^#]*+)?", re.ASCII)
_WEB = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:[/?][^#]*+)?", re.ASCII
)
_OWN = re.compile(r"([a-z][a-z0-9+.-]*):/(?!/)[^#]*+", re.ASCII)  # a native app's own scheme has no host
_BROWSERS = frozenset({"about", "blob", "data", "file", "filesystem", "ftp", "http", "https", "javascript", "vbscript"})


def may_be_registered(uri: str, *, schemes: Iterable[str], localhost: bool) -> bool:
    """Tell whether a redirect URI is sound: https, a loopback address, or a native app's own scheme of `schemes`."""
    if len(uri) > _LONGEST_CHARS or not _TEXT.fullmatch(uri) or "*" in uri.partition("?")[0] or "\\" in uri:
        return False
    if _WEB.fullmatch(uri) or _loopback(uri, localhost=localhost):
        return True
    own = _OWN.fullmatch(uri)
    return own is not None and own[1] not in _BROWSERS and own[1] in schemes


def is_registered(uri: str, registered: Iterable[str], *, schemes: Iterable[str], localhost: bool) -> bool:
    """Tell whether a client may be sent to a URI that it has registered."""
    if not may_be_registered(uri, schemes=schemes, localhost=localhost):
        return False
    return any(uri == each or _differs_in_port(uri, each, localhost=localhost) for each in registered)


def is_loopback(uri: str) -> bool:
    """Tell whether a URI leads to the user's own machine, where nothing proves which program listens."""
    return _loopback(uri, localhost=True) is not None


def scheme_of(uri: str) -> str:
    """The scheme of a sound URI."""
    return uri.partition(":")[0]


def _loopback(uri: str, *, localhost: bool) -> re.Match[str] | None:
    return _LOOPBACK.fullmatch(uri) or (_LOCALHOST.fullmatch(uri) if localhost else None)


def _differs_in_port(uri: str, registered: str, *, localhost: bool) -> bool:
    asked, known = _loopback(uri, localhost=localhost), _loopback(registered, localhost=localhost)
    return asked is not None and known is not None and asked.groups() == known.groups()
