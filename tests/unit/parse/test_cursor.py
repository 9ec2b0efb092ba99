"""A cursor comes back as the place it was made of, for its own list, order and API, and no other text is one."""

import base64
import hashlib
import hmac
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.errors import BadRequest
from nuages.parse.cursor import VERSION, Cursor, read_cursor, write_cursor

KEY = b"k" * 32
# What databases hand out as raw values: SQLite numbers and text, PostgreSQL text.
RAW = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)
PLACES = st.lists(RAW, min_size=1, max_size=6).map(tuple)
URL_SAFE = string.ascii_letters + string.digits + "-_"
untimed = settings(deadline=None)


def _read(text: str, *, size: int, scope: str = "books?", key: bytes = KEY) -> Any:
    return read_cursor(text, scope=scope, key=key, size=size)


def _write(*place: Any, is_backwards: bool = False, scope: str = "books?", key: bytes = KEY) -> str:
    return write_cursor(Cursor(place, is_backwards), scope=scope, key=key)


def _refused(text: str, **arguments: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        _read(text, **arguments)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("?cursor", "invalid-cursor")]


@untimed
@given(place=PLACES, is_backwards=st.booleans())
def test_a_cursor_comes_back_as_its_place(place: tuple[Any, ...], is_backwards: bool) -> None:
    """Values, types, nulls and the direction are kept, and it needs no escaping in a URL."""
    cursor = _write(*place, is_backwards=is_backwards)
    assert set(cursor) <= set(URL_SAFE)
    found = _read(cursor, size=len(place))
    assert (found.place, [*map(type, found.place)]) == (place, [*map(type, place)])
    assert found.is_backwards is is_backwards


@untimed
@given(place=PLACES)
def test_the_two_ways_from_a_place_are_two_cursors(place: tuple[Any, ...]) -> None:
    """Each is signed as it is: the signature of one does not carry the other."""
    ahead, back = (_write(*place, is_backwards=is_backwards) for is_backwards in (False, True))
    assert ahead != back
    _refused(_raw_text(_raw(ahead)[:13] + _raw(back)[13:]), size=len(place))


@untimed
@given(place=PLACES, data=st.data())
def test_any_edit_of_one_character_is_refused(place: tuple[Any, ...], data: st.DataObject) -> None:
    """Exchanged, dropped, doubled or put in: at any position, by any character."""
    cursor = _write(*place)
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from(URL_SAFE + "+/=.~ %\n\x00é").filter(lambda character: character != cursor[at]))
    edits = [cursor[:at] + other + cursor[at + 1 :], cursor[:at] + cursor[at + 1 :], cursor[:at] + other + cursor[at:]]
    _refused(data.draw(st.sampled_from(edits)), size=len(place))


def test_no_two_spellings_are_one_cursor() -> None:
    """Bits that base64 leaves over, padding, and the other alphabet's letters are edits too."""
    for size in range(1, 7):  # every remainder of three
        cursor = _write(size * "x")
        for last in URL_SAFE.replace(cursor[-1], ""):
            _refused(cursor[:-1] + last, size=1)
        for text in (f"{cursor}=", f"{cursor}==", f"{cursor}===", f"{cursor}\n"):
            _refused(text, size=1)
    shouted = next(c for n in range(999) if "-" in (c := _write(n)))
    _refused(shouted.replace("-", "+"), size=1)


@pytest.mark.parametrize("cut", [0, 1, 2, 10, 17, 18, 20])
def test_a_cut_cursor_is_refused(cut: int) -> None:
    """Whether the signature is whole or not."""
    cursor = _write(7)
    _refused(cursor[:cut], size=1)


@untimed
@given(
    text=st.one_of(st.text(), st.text(URL_SAFE), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
)
def test_any_other_text_is_refused(text: str) -> None:
    """Never an error of another kind, whatever the text."""
    _refused(text, size=1)


@pytest.mark.parametrize(
    ("scope", "key", "size"),
    [
        ("authors?", KEY, 2),
        ("books?price", KEY, 2),
        ("books", KEY, 2),
        ("books?", b"j" * 32, 2),
        ("books?", KEY, 1),
        ("books?", KEY, 3),
    ],
    ids=["resource", "order", "prefix", "key", "too short", "too long"],
)
def test_a_foreign_cursor_is_refused(scope: str, key: bytes, size: int) -> None:
    """Made for another resource, order, API or version of the order."""
    cursor = _write(1, 2)
    assert _read(cursor, size=2) == Cursor((1, 2))
    _refused(cursor, scope=scope, key=key, size=size)


def test_another_version_is_refused() -> None:
    """A later version may sign something else."""
    raw = _raw(_write(7, 7))
    assert raw[:1] == VERSION == b"\x02"
    _refused(_raw_text(b"\x03" + raw[1:]), size=2)


def test_a_cursor_of_the_first_version_is_refused() -> None:
    """It had no direction and another signature; a client that kept one starts again."""
    payload = b"[7,7]"
    mac = hmac.new(KEY, b"\x01books?\x00" + payload, hashlib.sha256).digest()[:12]
    _refused(_raw_text(b"\x01" + mac + payload), size=2)
    for version in (b"\x01", VERSION):  # not even where the key of today had signed it
        mac = hashlib.blake2b(b"\x01books?\x00" + payload, key=KEY, digest_size=12).digest()
        _refused(_raw_text(version + mac + payload), size=2)


def _raw(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def _raw_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize("size", [100, 5_000, 7_000, 10_000])
def test_what_is_written_is_read(size: int) -> None:
    """A cursor is not refused for its length when this server made it: text columns may be long."""
    assert _read(_write("é" * size, 1), size=2) == Cursor(("é" * size, 1))
