"""One JSON value becomes one typed value, or a sentence: no kind takes another's JSON."""

import base64
import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.declare.writing import WRITABLE
from nuages.parse.json_body import read_json
from nuages.parse.json_values import is_same, plain, reader_of
from tests.unit.parse.texts import BAD, EXTREME, NONSENSE

SPELLED = ("date", "datetime", "time", "duration", "uuid", "address")
GOOD: list[tuple[str, str, Any]] = [
    ("integer", "7", 7),
    ("integer", "-0", 0),
    ("integer", "9223372036854775807", 2**63 - 1),
    ("text", '""', ""),
    ("text", '"7"', "7"),
    ("text", '"null"', "null"),
    ("boolean", "true", True),
    ("boolean", "false", False),
    ("decimal", '"12.50"', Decimal("12.50")),
    ("decimal", "12.50", Decimal("12.50")),
    ("decimal", "7", Decimal(7)),
    ("float", "7", 7.0),
    ("float", "1e3", 1000.0),
    ("float", '"1.5"', 1.5),
    ("date", '"2024-05-31"', dt.date(2024, 5, 31)),
    ("datetime", '"2024-05-31T12:00:00+02:00"', dt.datetime(2024, 5, 31, 10, tzinfo=dt.UTC)),
    ("time", '"09:30"', dt.time(9, 30)),
    ("duration", '"P3DT4H"', dt.timedelta(days=3, hours=4)),
    ("uuid", '"01234567-89ab-cdef-0123-456789abcdef"', uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")),
    ("address", '"FFFF::1"', "ffff::1"),
    ("binary", '"aGVsbG8="', b"hello"),
    ("binary", '""', b""),
    ("json", "null", None),
    ("json", '{"a": [1, 1.0, true]}', {"a": [1, 1.0, True]}),
]
JSON_OF = ("null", "true", "7", "1.5", '"abc"', "[]", "[7]", "{}", '{"a": 7}')
TAKEN = {
    "integer": {"7"},
    "decimal": {"7", "1.5"},
    "float": {"7", "1.5"},
    "boolean": {"true"},
    "text": {'"abc"'},
    "array": {"[]"},
    "json": set(JSON_OF),
}


def _read(kind: str, text: str, element: str | None = None) -> Any:
    return reader_of(kind, reader_of(element) if element else None)(read_json(text.encode()))


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_a_value_is_read_by_its_kind(kind: str, text: str, value: Any) -> None:
    """To Python's own types, exactly."""
    read = _read(kind, text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("kind", sorted(WRITABLE))
@pytest.mark.parametrize("text", JSON_OF)
def test_a_kind_takes_its_own_json_alone(kind: str, text: str) -> None:
    """A number is no text, a text no number but where decimals and floats are shown as texts, true is no 1."""
    element = "text" if kind == "array" else None
    if text in TAKEN.get(kind, set()):
        _read(kind, text, element)
        return
    with pytest.raises(ValueError, match=r"^(must be|is) "):
        _read(kind, text, element)


@pytest.mark.parametrize("kind", SPELLED)
def test_a_text_that_spells_no_value_is_refused(kind: str) -> None:
    """As the readers of parameters refuse it."""
    for text in BAD[kind] + NONSENSE:
        with pytest.raises(ValueError, match=r"^(must be|is) "):
            reader_of(kind)(text)


@pytest.mark.parametrize("kind", SPELLED)
def test_a_text_at_the_far_end_is_read(kind: str) -> None:
    """But for durations that SQLite, which counts microseconds in 64 bits, could not hold."""
    for text in EXTREME[kind]:
        if kind == "duration" and text.strip("-PD") in {"999999999", "106751992"}:
            with pytest.raises(ValueError, match="is too long"):
                reader_of(kind)(text)
        else:
            assert reader_of(kind)(text) is not None


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("4.0", "4", True),
        ("-0.0", "0", True),
        ('{"a": [1.0, "b"]}', '{"a": [1, "b"]}', True),
        ("1e-99999999999999999999", "1e-99999999999999999999", True),
        ("1e-99999999999999999999", "0", False),
        ("1", "true", False),
        ("1", '"1"', False),
        ("null", "0", False),
        ("[1]", "[1, 2]", False),
        ('{"a": 1}', '{"b": 1}', False),
        ('"a"', '"A"', False),
    ],
)
def test_a_value_is_repeated_by_what_it_is_worth(one: str, other: str, is_one: bool) -> None:
    """JavaScript spells 4.0 as 4; all else must be letter by letter."""
    assert is_same(read_json(one.encode()), read_json(other.encode())) is is_one
    assert is_same(read_json(other.encode()), read_json(one.encode())) is is_one


@pytest.mark.parametrize("text", ["YQ", "YQ==YQ==", "Y", "_-==", "YQ==\n", "Y Q==", "é", "!", "=" * 1_000])
def test_bytes_are_base64_and_nothing_else(text: str) -> None:
    """No blanks, no other alphabet, no missing padding."""
    with pytest.raises(ValueError, match=r"base64|ASCII"):
        reader_of("binary")(text)


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read(raw: bytes) -> None:
    """As they were encoded."""
    assert reader_of("binary")(base64.b64encode(raw).decode()) == raw


@pytest.mark.parametrize(
    ("element", "text", "value"),
    [
        ("integer", "[1, null, 3]", [1, None, 3]),
        ("decimal", '["1.50", 2]', [Decimal("1.50"), Decimal(2)]),
        ("text", '["a", "b"]', ["a", "b"]),
        ("date", '["2024-05-31"]', [dt.date(2024, 5, 31)]),
        ("integer", "[]", []),
    ],
)
def test_a_list_is_read_item_by_item(element: str, text: str, value: Any) -> None:
    """By the kind of its elements; null is the field's to refuse."""
    assert _read("array", text, element) == value


@pytest.mark.parametrize(("element", "text"), [("integer", '["1"]'), ("text", "[1]"), ("integer", '{"a": 1}')])
def test_a_list_of_others_is_refused(element: str, text: str) -> None:
    """An item of another kind, and what is no list."""
    with pytest.raises(ValueError, match=r"^must be "):
        _read("array", text, element)


@settings(deadline=None)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**60), 10**60)
        | st.floats(allow_nan=False, allow_infinity=False).filter(lambda n: not n or 1e-30 <= abs(n) < 1e40)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=20,
    )
)
def test_any_json_becomes_pythons_own(value: Any) -> None:
    """Whole numbers exactly, and no class of ours in it that an encoder would spell as a text."""
    read = plain(read_json(json.dumps(value).encode()))
    assert json.dumps(read) == json.dumps(value)


@pytest.mark.parametrize("text", ["1e40", "-1e300", "1e-31", "4.9e-324"])
def test_a_number_that_would_come_back_in_too_many_digits_is_refused(text: str) -> None:
    """PostgreSQL writes 1e300 as 301 digits, which the same client could not send back."""
    with pytest.raises(ValueError, match="1e40"):
        plain(read_json(text.encode()))
