"""Tell whether an IP address is anybody's in public. What a name resolves to is not known here.

Closed: an IPv6 address that carries one of IPv4 is judged by that, or refused; what no registry has given out, too.
Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
# Written out, since what `is_global` says has changed between releases of Python.
_CLOSED_4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_CLOSED_6 = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # Teredo, ORCHID, benchmarks and others of the IETF's
        "2001:db8::/32",
        "2002::/16",  # 6to4, which carries any address of IPv4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is a host's that anybody may reach."""
    meant = meant_by(address)
    if isinstance(meant, IPv4Address):
        return not _is_in(meant, _CLOSED_4)
    return meant in _PUBLIC_6 and not _is_in(meant, _CLOSED_6)


def may_be_called(address: Address, allowed: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is public, or in a network that the project opens."""
    return is_allowed(address, allowed) or is_public(address)


def is_allowed(address: Address, allowed: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is in a network that the project opens."""
    return _is_in(meant_by(address), allowed)


def meant_by(address: Address) -> Address:
    """The address of IPv4 that one of IPv6 leads to, or else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def _is_in(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)
