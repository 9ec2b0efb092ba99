"""Whatever an author puts into an event, a client of the standard reads the same; what it could not read is refused."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.streams.event import Event
from nuages.streams.framing import EVENT_STREAM, FRAMINGS, LINES, frame_event, frame_line, to_json
from tests.support.event_stream import Reader, Received, read_events

# Characters that some reader or writer of lines takes for an end, a name or nothing, and any other.
TEXT = st.text(
    st.one_of(st.sampled_from("\r\n\0:\ufeff \t\x0b\x0c\x1c\x85\u2028\u2029é😀a"), st.characters(codec="utf-8"))
)
IN_A_LINE = TEXT.map(lambda text: re.sub("[\r\n\0]", "", text))
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)
EVENTS = st.builds(Event, TEXT | JSON, IN_A_LINE, IN_A_LINE, st.none() | st.integers(0, 10**6))


def _expected(event: Event, last_id: str) -> Received:
    data = re.sub("\r\n|\r", "\n", event.data) if isinstance(event.data, str) else to_json(event.data).decode()
    return Received(event.event or "message", data, event.id or last_id)


@given(st.lists(EVENTS, max_size=5), st.integers(1, 20))
def test_events_come_as_they_were_given(events: list[Event], width: int) -> None:
    """Wherever the stream is cut, with comments between them; of text the ends of lines are told by line feeds."""
    body = b":\n\n" + b":\n\n".join(frame_event(event) for event in events)
    reader = Reader()
    found = [one for at in range(0, len(body), width) for one in reader.feed(body[at : at + width])]
    expected: list[Received] = []
    for event in events:
        expected.append(_expected(event, expected[-1].last_id if expected else ""))
    assert found == expected
    told = [round(event.retry_s * 1000) for event in events if event.retry_s is not None]
    assert reader.retry_ms == (told[-1] if told else None)


@given(JSON)
def test_any_other_value_is_the_data_of_an_event_and_a_line(value: Any) -> None:
    """Both ways as JSON; as a line it is one, also where an Event has fields beside it."""
    (found,) = read_events(frame_event(value))
    assert found.event == "message"
    assert json.loads(found.data) == value
    for line in (frame_line(value), frame_line(Event(value, event="a", id="b", retry_s=1))):
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        assert json.loads(line) == value


def test_json_that_stands_on_several_lines_is_one_document() -> None:
    """As a custom encoder may spell it."""
    spelled = b'{\r\n  "a":\n 1}\r'
    (found,) = read_events(frame_event({}, lambda _: spelled))
    assert json.loads(found.data) == {"a": 1}
    assert frame_line({}, lambda _: spelled) == b'{  "a": 1}\n'


@pytest.mark.parametrize(
    "wrong",
    [
        *({"id": f"a{end}b"} for end in "\r\n\0"),
        *({"event": f"a{end}b"} for end in "\r\n"),
        {"id": 7},
        {"event": None},
        {"id": "\ud800"},
        {"data": "\ud800"},
        *({"retry_s": retry} for retry in (-1, float("nan"), float("inf"), True, "3")),
    ],
    ids=repr,
)
def test_what_a_client_would_misread_is_refused(wrong: dict[str, Any]) -> None:
    """Where the author writes it, not when it is sent."""
    with pytest.raises(ValueError, match=r"Event: |surrogates not allowed"):
        Event(**{"data": None, **wrong})


def test_a_failure_is_an_event_and_no_line() -> None:
    """A line cannot say that it is none."""
    (found,) = read_events(FRAMINGS[EVENT_STREAM].failed(b'{"status":500}'))
    assert found == Received("problem", '{"status":500}', "")
    assert FRAMINGS[LINES].failed(b"{}") == b""
    with pytest.raises(json.JSONDecodeError):
        json.loads(FRAMINGS[LINES].cut_off)
