"""A JSON body is read strictly: what two readers might understand differently is no body."""

import json
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.errors import BadRequest
from nuages.parse.json_body import MAX_DEPTH, Number, join_pointer, read_json
from tests.support.patience import HANGING_S

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def _as_read(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_read(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_read(item) for name, item in value.items()}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Number(json.dumps(value)) if is_number else value


@settings(deadline=None)
@given(value=VALUES, is_ascii=st.booleans(), indent=st.sampled_from([None, 1]))
def test_a_body_is_read_as_it_was_written(value: Any, is_ascii: bool, indent: int | None) -> None:
    """Escaped or not, with spaces or without."""
    assert read_json(json.dumps(value, ensure_ascii=is_ascii, indent=indent).encode()) == _as_read(value)


@pytest.mark.parametrize("text", ["0", "-0", "12.50", "1E5", "1e-1000000", "9" * 64, "-0.0", "10000000000000000000001"])
def test_a_number_keeps_its_characters(text: str) -> None:
    """No digit is lost, and a number is not a text."""
    number, string = read_json(f'[{text}, "{text}"]'.encode())
    assert (type(number), number) == (Number, text)
    assert (type(string), string) == (str, text)


@pytest.mark.parametrize(
    ("raw", "pointer", "place"),
    [
        (b'{"a": 1, "a": 1}', "", "top"),
        (b'{"a": 1, "\\u0061": 2}', "", "top"),
        (b'[{"x": {"b": 1, "c": 2, "b": 3}}]', "/0/x", "'b'"),
        (b'{"a~/b": [NaN]}', "/a~0~1b/0", "NaN"),
        (b"Infinity", "", "Infinity"),
        (b'{"a": -Infinity}', "/a", "-Infinity"),
        (b"[1e400]", "/0", "1e400"),
        (b"[0, -1e400]", "/1", "-1e400"),
        (b"[" + b"9" * 65 + b"]", "/0", "65"),
        (b"9" * 5_000, "", "5000"),
        (b"[1e" + b"9" * 1_000_000 + b"]", "/0", "1000002"),
        (b'["\\u0000"]', "/0", "NUL"),
        (b'{"a": {"\\u0000": 1}}', "/a", "NUL"),
        (b'["\\ud800"]', "/0", "surrogate"),
        (b'["\\uDFFF\\uD800"]', "/0", "surrogate"),
        (b'{"\\ud800x": 1}', "", "surrogate"),
        (b'[["ok"], {"a": "\\ud83d"}]', "/1/a", "surrogate"),
    ],
)
def test_what_has_two_meanings_is_refused(raw: bytes, pointer: str, place: str) -> None:
    """Threats X03, X04, X06, X07 and X09: by its JSON pointer."""
    with pytest.raises(BadRequest) as caught:
        read_json(raw)
    assert caught.value.code == "invalid-json"
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert (pointer or "its top") in caught.value.detail
    assert place in caught.value.detail
    assert caught.value.detail.encode()


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"", "line 1, column 1"),
        (b" ", "line 1, column 2"),
        (b"\xef\xbb\xbf{}", "line 1, column 1: a byte order mark"),
        (b'{"a":\n "\xc3\xa9\xff"}', "line 2, column 4: the byte 0xff"),
        (b'"\xed\xa0\x80"', "line 1, column 2: the byte 0xed"),
        (b'"\xc0\x80"', "line 1, column 2: the byte 0xc0"),
        ('{"a": 1}'.encode("utf-16"), "line 1, column 1: the byte"),
        ('{"a": 1}'.encode("utf-16-le"), "line 1, column 2"),
        ('{"a": 1}'.encode("utf-32-be"), "line 1, column 1"),
        (b'{"a": 1,}', "line 1, column"),
        (b'{"a": 1} x', "line 1, column 10: extra data."),
        (b'["abc', "line 1, column 2: unterminated string."),
        (b'["a\nb"]', "line 1, column 4: invalid control character."),
        (b'["\x00"]', "line 1, column 3: invalid control character."),
        (b"[1 // one\n]", "line 1, column 4"),
        (b"{'a': 1}", "line 1, column 2"),
        (b"[\n\n01]", "line 3, column 2"),
        (b"[+1]", "line 1, column 2"),
        (b"[.5]", "line 1, column 2"),
        (b'["\\x41"]', "line 1, column 3"),
        (b"[\xc2\xa01]", "line 1, column 2"),
        (b"nul", "line 1, column 1"),
    ],
)
def test_what_is_no_json_is_refused(raw: bytes, place: str) -> None:
    """Threat X05 and every slip: by its line and column."""
    with pytest.raises(BadRequest) as caught:
        read_json(raw)
    assert caught.value.code == "invalid-json"
    assert place in caught.value.detail
    assert [fault.pointer for fault in caught.value.faults] == [""]


@pytest.mark.parametrize("depth", [65, 255, 1_025, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"]":', "}]")])
def test_deep_nesting_is_refused_at_once(opening: str, closing: str, depth: int) -> None:
    """Threat X02: closed or not, in a few milliseconds."""
    for end in (f"1{closing * depth}", ""):
        raw = (opening * depth + end).encode()
        with pytest.raises(BadRequest, match="64 deep") as caught:
            read_json(raw)
        assert caught.value.code == "invalid-json"
        assert min(_time_s(raw) for _ in range(3)) < HANGING_S


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b"[" + b"[]," * 100 + b"[]]",
        b'["' + b"[" * 100 + b'", "\\"' + b"{" * 100 + b'"]',
    ],
)
def test_wide_and_quoted_brackets_are_no_depth(raw: bytes) -> None:
    """Depth is what is open at one place, outside texts."""
    assert read_json(raw) == json.loads(raw)


@pytest.mark.parametrize("piece", [b'"', b'"\\"', b"\\", b"[]", b'"[', b"{", b'"\\', b"]", b'"a"['])
def test_no_body_takes_long(piece: bytes) -> None:
    """Nothing goes back over the text: 300,000 bytes of anything."""
    for start in (b"", b'"', b"[" * MAX_DEPTH + b'"'):
        raw = (start + b"[" * MAX_DEPTH + piece * 300_000)[:300_000]
        assert isinstance(_read_or_refuse(raw), BadRequest)
        assert min(_time_s(raw) for _ in range(3)) < HANGING_S


def test_running_out_of_stack_is_the_same_problem() -> None:
    """However deep the caller stands already."""
    raw = b"[" * MAX_DEPTH + b'"\\ud83d\\ude00"' + b"]" * MAX_DEPTH
    spare = MAX_DEPTH // 2

    def descend(frames: int) -> Any:
        return descend(frames - 1) if frames else read_json(raw)

    used = 0
    frame = sys._getframe()
    while frame.f_back:
        used, frame = used + 1, frame.f_back
    with pytest.raises(BadRequest, match="nested too deep") as caught:
        descend(sys.getrecursionlimit() - used - spare)
    assert caught.value.code == "invalid-json"


@settings(deadline=None)
@given(raw=st.binary(max_size=60) | st.text('{}[]",:\\u0d8 1e-.tn\n', max_size=60).map(str.encode))
def test_any_bytes_are_json_or_a_bad_request(raw: bytes) -> None:
    """Nothing else is ever raised, and what is read Python reads too."""
    result = _read_or_refuse(raw)
    if isinstance(result, BadRequest):
        assert result.code == "invalid-json"
        assert result.faults
    else:
        assert result == json.loads(raw, parse_float=Number, parse_int=Number)


def _time_s(raw: bytes) -> float:
    began = time.process_time()
    _read_or_refuse(raw)
    return time.process_time() - began


def _read_or_refuse(raw: bytes) -> Any:
    try:
        return read_json(raw)
    except BadRequest as problem:
        return problem


@pytest.mark.parametrize(
    ("step", "pointer"), [("a", "/f/a"), (0, "/f/0"), ("~/", "/f/~0~1"), ("", "/f/"), ("x" * 61, f"/f/{'x' * 57}...")]
)
def test_a_pointer_is_escaped(step: str | int, pointer: str) -> None:
    """RFC 6901 section 3."""
    assert join_pointer("/f", step) == pointer
