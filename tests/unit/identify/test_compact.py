"""A text is a token in one spelling, or Malformed and nothing else."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.identify.compact import Malformed, has_kid, read_object, take_apart
from tests.http.forging import encode, token

RIGHT = token()


@pytest.mark.parametrize(
    "text",
    [
        RIGHT[:-2],
        f"{RIGHT}aa",
        RIGHT.replace(".", "\u00e9", 1),
        f"\u00e9{RIGHT[1:]}",
        f"{encode(b'[' * 5000)}.e30.AA",
        f"e30.{encode(b'[' * 5000)}.AA",
        "e30.e30.A",
        "",
        "..",
    ],
)
def test_what_is_no_token_is_malformed(text: str) -> None:
    """Whatever a library below would have said of it."""
    with pytest.raises(Malformed):
        take_apart(text)


def test_token_is_taken_apart() -> None:
    """Into what was signed, and the rest."""
    parts = take_apart(RIGHT)
    assert parts.signed.decode() == RIGHT.rpartition(".")[0]
    assert (parts.header["alg"], parts.claims["aud"], len(parts.signature)) == ("HS256", "shop", 32)


@given(st.text(max_size=200) | st.text(alphabet="eyJhbGciOi.-_=A", max_size=60))
def test_no_text_is_an_error_of_another_kind(text: str) -> None:
    """Only Malformed leaves."""
    with contextlib.suppress(Malformed):
        take_apart(text)


@given(st.binary(max_size=60))
def test_no_bytes_are_an_error_of_another_kind(raw: bytes) -> None:
    """Nor here."""
    with contextlib.suppress(Malformed):
        read_object(raw)


HEADS = st.sampled_from([b'{"kid":"x"}', b"{}", b"[]", b"{", b'{"kid":1,"kid":2}', b"\xff", b"[" * 700])


@given(st.one_of(st.text(), st.builds(lambda head, rest: f"{encode(head)}.{rest}", HEADS, st.text("a.", max_size=4))))
def test_whether_a_key_is_named_is_said_of_every_text(text: str) -> None:
    """True and False of what may be a token, None of all else; never an error."""
    said = has_kid(text)
    head, *rest = text.split(".")
    if said is not None:
        assert len(rest) == 2
        assert read_object(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))).keys() == (
            {"kid"} if said else set()
        )
    with contextlib.suppress(Malformed):
        assert ("kid" in take_apart(text).header) is said
