"""The origin of a request is what its client sees, and nothing but scheme, host and port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.http.origin import origin_of
from nuages.http.request import Request


def _origin(host: str, *, secure: bool = False) -> str:
    return origin_of(Request("GET", "/", "", {}, secure=secure, host=host))


@pytest.mark.parametrize(
    ("host", "secure", "origin"),
    [
        ("shop.example", True, "https://shop.example"),
        ("Shop.Example:8443", True, "https://shop.example:8443"),
        ("shop.example:443", True, "https://shop.example"),
        ("shop.example:80", True, "https://shop.example:80"),
        ("shop.example:80", False, "http://shop.example"),
        ("127.0.0.1:8080", False, "http://127.0.0.1:8080"),
        ("[::1]:8000", False, "http://[::1]:8000"),
        ("[::80]", False, "http://[::80]"),
        ("shop.example.", False, "http://shop.example."),
    ],
)
def test_origin_has_scheme_host_and_port(host: str, secure: bool, origin: str) -> None:
    """The scheme's own port is left out, and capitals are one spelling less."""
    assert _origin(host, secure=secure) == origin


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a\r\nSet-Cookie: b=c",
        "a\n",
        "a\x00",
        "a%0d%0ab",
        "a/b",
        "a@evil",
        "a>; rel=x, <b",
        "a b",
        "a,b",
        "a:",
        "a:b",
        "a:1234567",
        "[::1",
        "é.example",
        "\u017fhop.example",
    ],
)
def test_what_is_no_host_gives_no_origin(host: str) -> None:
    """Whatever could end a header or lead elsewhere leaves links relative."""
    assert _origin(host) == ""


@given(st.text())
def test_an_origin_is_safe_in_a_header(host: str) -> None:
    """ASCII without blanks, quotes, brackets of links and line ends, whatever the host was."""
    assert not set(_origin(host)) - set("abcdefghijklmnopqrstuvwxyz0123456789.-:/[]")
