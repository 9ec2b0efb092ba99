"""Turn the URL that a user gave into the IP addresses that may be called for it, or refuse it.

What is checked here is what `calling` connects to: a name is looked up once for each delivery, so that nobody can let
it lead elsewhere in between. The refusal says the same of a name that is not there and of one that is in a private
network: who asks must not learn which names we know.
Source: OWASP, "Server Side Request Forgery Prevention Cheat Sheet"; WHATWG URL Standard, "host parsing".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from nuages.errors import Fault, Unprocessable
from nuages.webhooks.networks import Address, is_allowed, may_be_called
from nuages.webhooks.resolving import look_up
from nuages.webhooks.terms import allowed_networks, allowed_ports

LONGEST_CHARS = 1000
_PORTS = {"https": 443, "http": 80}
_PLAIN = re.compile(r"[!-\[\]-~]+", re.ASCII)  # what is seen of ASCII, without the backslash
_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as the last label: inet_aton reads 127.1, 0x7f.1 and 2130706433


class ForbiddenAddress(Unprocessable):
    """A URL that may not be called."""

    code = "forbidden-address"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, faults=[Fault("/url", self.code, detail)])


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a URL names, as far as the URL tells.

    Shapes: `host` is a name in lower case or an IP address without brackets; `path` has the query with it.
    """

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.is_tls else "http"] else f"{host}:{self.port}"


def read_url(url: str) -> Target:
    """Take a URL apart; nobody is asked.

    Raises: ForbiddenAddress.
    """
    if len(url) > LONGEST_CHARS or not _PLAIN.fullmatch(url):
        raise ForbiddenAddress(f"url: Write an address of {LONGEST_CHARS} ASCII characters at most, names as xn--.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenAddress("url: This is no address of a web server.") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ForbiddenAddress("url: Write an address that begins with https://.")
    if "@" in parts.netloc or "#" in url:
        raise ForbiddenAddress("url: Write the address without user, password and fragment.")
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return Target(parts.scheme == "https", _read_host(parts), _PORTS[parts.scheme] if port is None else port, path)


def check(url: str) -> None:
    """Refuse a URL that may not be called as things are now; for when one is registered.

    Raises: ForbiddenAddress.
    """
    find(read_url(url))


def find(target: Target) -> list[Address]:
    """Look a target up, and give its addresses where every one of them may be called.

    Units: takes `resolving.DEADLINE_S` at most.
    Raises: ForbiddenAddress.
    """
    networks = allowed_networks()
    found = [ip_address(each) for each in look_up(target.host, target.port)]
    if not found or not all(may_be_called(each, networks) for each in found):
        raise ForbiddenAddress(f"url: {target.host!r} is not the name of a public server, or cannot be found now.")
    if all(is_allowed(each, networks) for each in found):
        return found
    if not target.is_tls:
        raise ForbiddenAddress("url: Write an address that begins with https://.")
    if target.port not in allowed_ports():
        named = ", ".join(str(each) for each in allowed_ports())
        raise ForbiddenAddress(f"url: Port {target.port} is not called; these are: {named}.")
    return found


def _read_host(parts: SplitResult) -> str:
    """Read a host as one spelling has it: a name, or an IP address in the form that everybody reads alike."""
    host = (parts.hostname or "").lower()
    try:
        if parts.netloc.startswith("["):
            return str(IPv6Address("" if "%" in host else host))
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return str(IPv4Address(host))
    except ValueError:
        raise ForbiddenAddress("url: This is no IP address as it is commonly written.") from None
    if not _NAME.fullmatch(host):
        raise ForbiddenAddress("url: This is no name of a server; it has no dot at its end.")
    return host
