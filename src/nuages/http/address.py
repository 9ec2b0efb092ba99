"""Turn what a server and its proxies say of a client into an address, and an address into what one client may hold.

Whom to believe is the project's setting, which is not read here.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from nuages.http.request import Request

_LONGEST_CHARS = 64
_NETWORK_BITS = 64  # what one subscriber gets of IPv6: RFC 6177; with it come 2**64 addresses


def address_of(request: Request, *, proxies: int) -> str:
    """Give the address of the client; "" where none is known.

    Shapes: "192.0.2.7" or "2001:db8::1". Of X-Forwarded-For the last `proxies` addresses are believed, each of which
        one of the project's own proxies wrote; what a client wrote before them is not. Where they are no addresses, the
        proxy's own stands for its clients.
    Source: developer.mozilla.org, "X-Forwarded-For", selecting an IP address by a count of trusted proxies.
    """
    if proxies:
        hops = (request.header("x-forwarded-for") or "").rsplit(",", proxies)[-proxies:]
        forwarded = _read(hops[0]) if len(hops) == proxies else None
        if forwarded is not None:
            return str(forwarded)
    peer = _read(request.peer)
    return "" if peer is None else str(peer)


def network_of(address: str) -> str:
    """Give what an address is counted by: itself for IPv4, its /64 for IPv6.

    Shapes: "2001:db8::/64" for "2001:db8::1".
    """
    found = _read(address)
    return str(IPv6Network((int(found), _NETWORK_BITS), strict=False)) if found and found.version == 6 else address  # noqa: PLR2004


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with a port or in brackets; one of IPv4 inside IPv6 is that of IPv4."""
    bare = text.strip().strip('"') if len(text) <= _LONGEST_CHARS else ""
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
