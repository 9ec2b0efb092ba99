"""A path's key is read strictly: one member has one URL, and no text is an error of another kind."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.parse.key import KeyReader, key_reader
from shop.api import api as shop_api
from tests.zoo.api import api as zoo_api

UPPER_UUID = "0000000A-0000-0000-0000-00000000000B"
untimed = settings(deadline=None)


def _reader(name: str) -> KeyReader:
    api = shop_api if name == "books" else zoo_api
    return key_reader(api.build().specs[name])


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("books", "7", (7,)),
        ("books", "0", (0,)),
        ("books", "-1", (-1,)),
        ("books", "9223372036854775807", (2**63 - 1,)),
        ("countries", "FR", ("FR",)),
        ("countries", "a,b", ("a,b",)),
        ("clever-parrots", " ", (" ",)),
        ("shelves", "1,a", (1, "a")),
        ("shelves", "1,", (1, "")),
    ],
)
def test_a_key_is_read(name: str, text: str, values: tuple[Any, ...]) -> None:
    """Numbers, text, and the parts of a composite key."""
    assert _reader(name)(text) == values


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("books", text)
            for text in ("", "abc", "007", "+7", "-0", "00", "1.0", "7 ", " 7", "1e3", "0x7", "7,8", "1_0")
        ),
        *(
            ("books", text)
            for text in ("9223372036854775808", "1" + "0" * 30, "\u0667", "\uff17", "7\n", "\x00", "7\x00", "None")
        ),
        *(("countries", text) for text in ("\x00", "F\x00", "x" * 2_001)),
        *(("shelves", text) for text in ("", "1", "1,a,b", "a,1", "01,a", ",", "+1,a", "1,a\x00", ",,")),
        *(("keepers", text) for text in ("", "1", "not-a-uuid", "0" * 33, "0" * 32, UPPER_UUID)),
    ],
)
def test_text_that_can_be_no_key_is_refused(name: str, text: str) -> None:
    """By a ValueError: the member does not exist."""
    with pytest.raises(ValueError, match=r"."):
        _reader(name)(text)


@pytest.mark.parametrize("name", ["books", "countries", "keepers", "shelves"])
@untimed
@given(text=st.text() | st.from_regex(r"[-+0-9a-f,]{0,40}"))
def test_any_text_is_a_key_or_a_value_error(name: str, text: str) -> None:
    """And a key's text is the only one that is read as it."""
    try:
        values = _reader(name)(text)
    except ValueError:
        return
    assert ",".join(map(str, values)) == text
