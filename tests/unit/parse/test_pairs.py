"""A query string is split and decoded as every web framework does it, but strictly."""

from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.errors import BadRequest
from nuages.parse.pairs import MAX_PARAMETERS, MAX_QUERY_CHARS, read_pairs

ASCII = st.characters(max_codepoint=127, exclude_characters="\x00")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
# Also percent signs that encode nothing, or half a character.
QUERIES = st.lists(
    st.sampled_from(["&", "=", "+", "%", "%2", "%41", "%26", "%3d", "%C3%A9", "a", ";", "?", "#"]) | ASCII, max_size=90
).map("".join)
untimed = settings(deadline=None)


@untimed
@given(query=QUERIES)
def test_ascii_is_read_as_the_standard_library_reads_it(query: str) -> None:
    """Names and values, plus signs, blank values, stray percent signs and separators."""
    try:
        expected = parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        expected = [("no", "text\x00")]
    if any("\x00" in text for pair in expected for text in pair):
        with pytest.raises(BadRequest):
            read_pairs(query)
    else:
        assert read_pairs(query) == expected


@untimed
@given(pairs=st.lists(st.tuples(TEXT, TEXT), max_size=20))
def test_what_is_encoded_comes_back(pairs: list[tuple[str, str]]) -> None:
    """In all orders and with repetitions, encoded in either usual way."""
    for encode in (quote, quote_plus):
        assert read_pairs(urlencode(pairs, quote_via=encode)) == pairs


@untimed
@given(text=TEXT)
def test_raw_utf_8_is_read_as_it_arrives(text: str) -> None:
    """Servers hand raw bytes over as latin-1 (PEP 3333)."""
    as_wsgi = f"name={quote(text, safe=''.join(set(text) - set('%&=+#;')))}".encode().decode("latin-1")
    assert read_pairs(as_wsgi) == [("name", text)]


@untimed
@given(query=st.text(max_size=200))
def test_any_text_is_pairs_or_a_bad_request(query: str) -> None:
    """Nothing else is ever raised, and what comes out is UTF-8 text without NUL."""
    try:
        pairs = read_pairs(query)
    except BadRequest:
        return
    assert all("\x00" not in text and text.encode() is not None for pair in pairs for text in pair)


@pytest.mark.parametrize(
    "query", ["a=%00", "%00=a", "a=\x00", "a=%ff", "a=%C3", "a=%ED%A0%80", "a=\xff", "a=\u0100", "a=1&b=%80"]
)
def test_no_text_is_refused(query: str) -> None:
    """NUL, and what is no UTF-8, encoded or raw."""
    with pytest.raises(BadRequest) as caught:
        read_pairs(query)
    assert caught.value.code == "invalid-encoding"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("a" * (MAX_QUERY_CHARS + 1), "query-too-long"),
        ("&".join(["a"] * (MAX_PARAMETERS + 1)), "too-many-parameters"),
        ("&" * (MAX_PARAMETERS + 1), "too-many-parameters"),
    ],
)
def test_too_much_is_refused(query: str, code: str) -> None:
    """Longer, or in more parts, than any question needs."""
    with pytest.raises(BadRequest) as caught:
        read_pairs(query)
    assert (caught.value.code, caught.value.faults) == (code, ())


def test_as_much_as_allowed_is_read() -> None:
    """The limits themselves are within them."""
    assert len(read_pairs("&".join(["a=1"] * MAX_PARAMETERS))) == MAX_PARAMETERS
    assert len(read_pairs("a=" + "1" * (MAX_QUERY_CHARS - 2))[0][1]) == MAX_QUERY_CHARS - 2
