"""O29: no spelling of an address, and no name, leads a webhook into a network that is nobody's in public."""

import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.webhooks import addresses, resolving
from nuages.webhooks.addresses import ForbiddenAddress, check, find, read_url
from nuages.webhooks.networks import is_public

Names = Callable[..., None]
HUNG_S = 10.0
PUBLIC = "93.184.215.14"
PRIVATE_4 = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
]
PRIVATE_6 = [
    *("::", "::1", "::7f00:1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "2001:db8::1"),
    *("3fff::1", "5f00::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1"),
    *("2002:7f00:1::", "2002:5db8:d70e::1", "64:ff9b:1::a00:1"),
]
INSIDE = ["::ffff:{}", "64:ff9b::{}"]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Let every name lead to some addresses, as the system's resolver would."""

    def lead_to(*found: str) -> None:
        def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return lead_to


def refusal(url: str) -> str:
    """What is said of a URL that is refused."""
    with pytest.raises(ForbiddenAddress) as caught:
        check(url)
    assert caught.value.status == 422
    assert [fault.pointer for fault in caught.value.faults] == ["/url"]
    return caught.value.detail


@pytest.mark.parametrize("address", PRIVATE_4)
def test_a_private_address_is_none_in_any_clothes(address: str) -> None:
    """Itself, and inside of one of IPv6."""
    assert not is_public(ip_address(address))
    for clothes in INSIDE:
        assert not is_public(ip_address(clothes.format(address))), clothes
    assert not is_public(IPv6Address((0x2002 << 112) | (int(IPv4Address(address)) << 80) | 1))
    refusal(f"https://{address}/")
    refusal(f"https://[::ffff:{address}]/")


@pytest.mark.parametrize("address", PRIVATE_6)
def test_a_private_address_of_ipv6_is_none(address: str) -> None:
    """Nor one that carries another, or that nobody has been given."""
    assert not is_public(ip_address(address))
    refusal(f"https://[{address}]/")


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "192.0.1.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::8a"])
def test_a_public_address_is_one(address: str) -> None:
    """Also as an address of IPv6 has it."""
    assert is_public(ip_address(address))
    if ":" not in address:
        assert all(is_public(ip_address(clothes.format(address))) for clothes in INSIDE)


@given(st.ip_addresses())
def test_nothing_is_public_that_python_knows_better_of(address: Any) -> None:
    """Whatever it calls private, local, multicast or reserved, of the address and of one inside."""
    meant = getattr(address, "ipv4_mapped", None) or address
    if is_public(address) and address not in ip_network("64:ff9b::/96" if address.version == 6 else "0.0.0.0/32"):
        for kind in ("private", "loopback", "link_local", "multicast", "reserved", "unspecified"):
            assert not getattr(meant, f"is_{kind}"), (address, kind)


@given(st.ip_addresses(v=4), st.sampled_from(INSIDE))
def test_an_address_inside_another_counts(address: Any, clothes: str) -> None:
    """As itself."""
    assert is_public(ip_address(clothes.format(address))) == is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("0x7f.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "127.0.0.01", "0x", "127.0.0.1.", "1.2.3.4.5"),
        *("localhost.", "LOCALHOST", "a..b", "-a.example", "a-.example", ".example", "a" * 64, "a." * 127 + "ab"),
        *(
            "\uff11\uff12\uff17.0.0.1",
            "\u24db" + "ocalhost",
            "bücher.example",
            "127\u30020.0.1",
            "127.0.0.1%00.example",
        ),
        *("a%2eb", "a b", "a\tb"),
        *("[::1%25lo]", "[fe80::1%eth0]", "[v1.a]", "[::ffff:127.1]", "[1", "a:b", "a:", "a:-1", "a:65536", "a:0"),
        *("user@a.example", "user:word@a.example", "a.example@127.0.0.1", "a.example\\@127.0.0.1", "a.example#@b", ""),
    ],
    ids=ascii,
)
def test_odd_spellings_are_refused(host: str, names: Names) -> None:
    """Whatever a resolver may make of them; a host that is fine and names the shop itself is refused as it is found."""
    names("127.0.0.1" if host == "LOCALHOST" else PUBLIC)
    if host != "a:":  # RFC 3986 has it that an empty port is none
        refusal(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        *("", "/hook", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "javascript:1"),
        *("https:a.example", "https:///a", "https://", "https://a.example/#x", "https://a.example/\r\nHost: b"),
        *("https://a.example/ü", "https://a.example/" + "x" * 1000, " https://a.example/", "http://a.example:8443/"),
    ],
    ids=ascii,
)
def test_what_is_no_address_with_tls_is_refused(url: str, names: Names) -> None:
    """Before or after it is looked up."""
    names(PUBLIC)
    refusal(url)


def test_what_is_one_is_taken_apart(names: Names) -> None:
    """And looked up."""
    names(PUBLIC, "2606:4700::1111")
    target = read_url("HTTPS://Hooks.Example:8443/a/b?c=d&e")
    assert (target.is_tls, target.host, target.port, target.path) == (True, "hooks.example", 8443, "/a/b?c=d&e")
    assert target.authority == "hooks.example:8443"
    assert read_url("https://[2606:4700::1111]:443").authority == "[2606:4700::1111]"
    assert [str(each) for each in find(target)] == [PUBLIC, "2606:4700::1111"]


def test_one_private_address_among_others_is_too_many(names: Names) -> None:
    """Whoever chooses between them is not we."""
    for found in ([PUBLIC, "127.0.0.1"], ["::1", PUBLIC], ["::ffff:10.0.0.1"], []):
        names(*found)
        refusal("https://hooks.example/")


def test_a_name_that_is_not_there_is_refused_as_a_private_one(names: Names) -> None:
    """To the letter: nobody learns which names are known inside."""
    names("10.1.2.3")
    private = refusal("https://db.internal/")
    names()
    assert refusal("https://db.internal/") == private


@pytest.mark.parametrize("port", [22, 25, 80, 6379, 9200, 65_535])
def test_few_ports_are_called(port: int, names: Names, settings: Any) -> None:
    """Those of TLS, and those that the project names."""
    names(PUBLIC)
    assert str(port) in refusal(f"https://a.example:{port}/")
    settings.NUAGES_WEBHOOK_PORTS = [port]
    check(f"https://a.example:{port}/")


def test_a_network_may_be_opened(names: Names, settings: Any) -> None:
    """For any port and without TLS, and no wider than it says."""
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["10.1.0.0/16", "::1/128"]
    for found in (["10.1.2.3"], ["::1"], ["::ffff:10.1.2.3", "64:ff9b::10.1.0.1"]):
        names(*found)
        check("http://receiver:9000/")
    for found in (["10.2.0.1"], ["10.1.2.3", "127.0.0.1"]):
        names(*found)
        refusal("https://receiver/")
    names("10.1.2.3", PUBLIC)  # in part inside: as if it were outside
    refusal("http://receiver/")
    refusal("https://receiver:9000/")
    check("https://receiver/")


@given(st.text())
def test_no_text_is_more_than_refused(text: str) -> None:
    """As a URL, as its host, as its path."""
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        try:
            target = read_url(url)
        except ForbiddenAddress:
            continue
        assert target.host.isascii()
        assert target.host == target.host.lower() != ""
        assert target.path.isprintable()


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "0{:o}"]))
def test_a_number_is_no_host(number: int, spelling: str) -> None:
    """In no base."""
    with pytest.raises(ForbiddenAddress):
        read_url(f"https://{spelling.format(number)}/")


def test_names_are_looked_up_within_a_deadline(monkeypatch: pytest.MonkeyPatch, names: Names) -> None:
    """However long the resolver takes, and with however many names at once."""
    begun: list[str] = []
    end = threading.Event()

    def be_silent(host: str, port: int, **_: Any) -> list[Any]:
        begun.append(host)
        end.wait(HUNG_S)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]

    monkeypatch.setattr(resolving, "DEADLINE_S", 0.01)
    monkeypatch.setattr(socket, "getaddrinfo", be_silent)
    for number in range(2 * resolving._MOST):
        assert resolving.look_up(f"{number}.example", 443) == []
    assert not end.is_set()
    assert len(begun) <= resolving._MOST
    end.set()
    monkeypatch.setattr(resolving, "DEADLINE_S", 20.0)
    names(PUBLIC)
    assert resolving.look_up("a.example", 443) == [PUBLIC]


def test_every_address_that_a_url_may_have_is_checked(names: Names) -> None:
    """What `find` gives is all that was found."""
    names(*[f"93.184.215.{last}" for last in range(1, 20)])
    assert len(addresses.find(read_url("https://a.example/"))) == 19
