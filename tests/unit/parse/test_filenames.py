"""Any name that a client gives is made a safe one, or refused."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nuages.parse.filenames import safe_name

_SAFE = re.compile(r"[^/\\\x00-\x1f]{0,41}_?[A-Za-z0-9]{16}(\.[A-Za-z0-9]{1,10})?")


@given(st.text(max_size=300) | st.text(st.sampled_from("./\\ _-ab\x00"), max_size=30))
@example("a" * 5_000)
@example("a." + "b" * 5_000)
@example("\u202egpj.exe")
@example("nul")
def test_any_name_becomes_a_safe_one_or_none(given_name: str) -> None:
    """Short in characters and in bytes, in one directory, visible, and nobody else's."""
    try:
        name, token = safe_name(given_name, "", None)
    except ValueError:
        return
    assert _SAFE.fullmatch(name), name
    assert name.isprintable()
    assert not name.startswith((".", " "))
    assert len(name.encode()) < 200
    assert token in name
    assert safe_name(given_name, "", None)[0] != name


@pytest.mark.parametrize(
    ("given_name", "media_type", "extensions", "end"),
    [
        ("a.jpg", "image/jpeg", (".jpg", ".jpeg"), ".jpg"),
        ("a.JPEG", "image/jpeg", (".jpg", ".jpeg"), ".JPEG"),
        ("a", "image/jpeg", (".jpg", ".jpeg"), ".jpg"),
        ("a.", "image/jpeg", (".jpg", ".jpeg"), ".jpg"),
        ("a.not an end", "image/jpeg", (".jpg", ".jpeg"), ".jpg"),
        ("a.x", "x-a/x-b", (), ".x"),
        ("a", "x-a/x-b", (), ""),
        ("a.html", "", None, ".html"),
    ],
)
def test_a_name_ends_as_its_type_does(given_name: str, media_type: str, extensions: tuple[str, ...], end: str) -> None:
    """As it was given where that is right, and as usual where nothing was."""
    name, token = safe_name(given_name, media_type, extensions)
    assert name.rpartition(token)[2] == end


@pytest.mark.parametrize(
    ("given_name", "media_type", "extensions"),
    [
        ("a.html", "image/jpeg", (".jpg",)),
        ("a.jpg.svg", "image/jpeg", (".jpg",)),
        ("a.html", "x-a/x-b", ()),
        ("a.htm\x00l", "x-a/x-b", ()),
        ("a.js ", "x-a/x-b", ()),
    ],
)
def test_a_name_that_ends_as_another_types_is_refused(
    given_name: str, media_type: str, extensions: tuple[str, ...]
) -> None:
    """A web server would go by it."""
    with pytest.raises(ValueError, match="which is no"):
        safe_name(given_name, media_type, extensions)
