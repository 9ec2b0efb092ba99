"""Whether JSON will do: the most specific range that fits it decides, by its quality (RFC 9110 section 12.5.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.http.negotiation import accepts_json

ACCEPT: dict[str | None, bool] = {
    None: True,
    "": True,
    "*/*": True,
    "application/*": True,
    "application/json": True,
    "Application/JSON": True,
    " application/json\t": True,
    "application/json; q=0.001": True,
    "application/json;q=1.000": True,
    "application/json; charset=utf-8": True,
    "application/json;q=0.5;ext=1": True,
    "text/html, application/json": True,
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": True,
    "text/html;q=0, */*": True,
    "*/*;q=0, application/json": True,
    "application/*;q=0, application/json;q=0.1, */*;q=0": True,
    ",, application/json": True,
    "text/html": False,
    "application/jsonx": False,
    "application/xml": False,
    "application/xml, text/*;q=0.3": False,
    "json": False,
    "*": False,
    "*/json": False,
    "application": False,
    "application/json;q=0": False,
    "application/json; q=0.0": False,
    "application/json;Q=0.000": False,
    "*/*;q=0": False,
    "application/json;q=0, */*": False,
    "application/*;q=0, */*": False,
    "application/json;q=0, application/*;q=1": False,
    "nonsense": False,
    ";q=1": False,
    ",": False,
    "a" * 10_000: False,
}


@pytest.mark.parametrize("accept", ACCEPT, ids=lambda accept: repr(accept)[:50])
def test_what_a_client_accepts(accept: str | None) -> None:
    """Absent, wild, weighted, refused, garbled."""
    assert accepts_json(accept) is ACCEPT[accept]


@settings(deadline=None)
@given(accept=st.text() | st.text(st.sampled_from("*/;,q=01. aplictonjs")))
def test_any_header_is_an_answer(accept: str) -> None:
    """Yes or no, never an error."""
    assert accepts_json(accept) in (True, False)


@settings(deadline=None)
@given(ranges=st.permutations(["text/html", "application/json;q=0", "*/*;q=0.9", "application/*", "image/*"]))
def test_the_order_of_ranges_does_not_matter(ranges: list[str]) -> None:
    """Only how specific they are."""
    assert not accepts_json(", ".join(ranges))
    assert accepts_json(", ".join(text for text in ranges if "json" not in text))
