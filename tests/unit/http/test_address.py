"""Which address a client has, of what a server and proxies say, and what it is counted by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.http.address import address_of, network_of
from nuages.http.request import Request


def read(peer: str, forwarded: str | None = None, *, proxies: int = 0) -> str:
    """The address of a request."""
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return address_of(Request("GET", "/", "", headers, peer=peer), proxies=proxies)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:8000", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        *[(nothing, "") for nothing in ("", "unix:", "/run/x.sock", "localhost", "1.2.3", "1.2.3.4.5", "x" * 10_000)],
    ],
)
def test_a_peer_is_read(peer: str, address: str) -> None:
    """In whatever way a server spells it; what is none is nobody's."""
    assert read(peer) == address


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("198.51.100.1", 0, "10.0.0.1"),
        (None, 1, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        ("198.51.100.1", 1, "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1", 1, "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        ("198.51.100.1", 2, "10.0.0.1"),
        ("198.51.100.1, garbage", 1, "10.0.0.1"),
        ("garbage, 198.51.100.1", 1, "198.51.100.1"),
        (",,,", 1, "10.0.0.1"),
        ("9," * 5_000 + "198.51.100.1", 1, "198.51.100.1"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(forwarded: str | None, proxies: int, address: str) -> None:
    """What stands left of them is the client's word; without them the proxy stands for its clients."""
    assert read("10.0.0.1", forwarded, proxies=proxies) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:0:0:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("", ""),
    ],
)
def test_a_subscriber_counts_as_one(address: str, network: str) -> None:
    """One address of IPv4, a /64 of IPv6."""
    assert network_of(address) == network


@given(st.text(max_size=80) | st.ip_addresses().map(str), st.text(max_size=200), st.integers(0, 4))
def test_nothing_breaks_it(peer: str, forwarded: str, proxies: int) -> None:
    """Whatever is sent: an address that reads as itself, or none."""
    found = read(peer, forwarded, proxies=proxies)
    assert found == read(found)
    assert bool(network_of(found)) == bool(found)
