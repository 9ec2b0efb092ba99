"""Turn the values of a stream into bytes: events of `text/event-stream`, or lines of NDJSON. Knows no server.

Source: html.spec.whatwg.org, "Server-sent events", sections 9.2.5 and 9.2.6; github.com/ndjson/ndjson-spec.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from nuages.streams.event import Event

EVENT_STREAM, LINES = "text/event-stream", "application/x-ndjson"
Encode: TypeAlias = Callable[[Any], bytes]
to_json: Encode = msgspec.json.encode

# What ends a line of events; str.splitlines knows six more, which would cut data into pieces.
_LINE_END = re.compile(r"\r\n|\r|\n")
_CUT_OFF = b'{"problem":'


@dataclass(frozen=True, slots=True)
class Framing:
    """One way to send values.

    Shapes: `frame(value, encode)` is one of them, framed; `encode` gives JSON. `heartbeat` is sent while nothing else
        is, b"" where nothing may be; `failed(document)` is what says that the stream has failed, given a problem
        document, b"" where nothing can. `cut_off` is what no reader takes for the end, where a server cannot show one
        that a body was broken off.
    """

    media_type: str
    frame: Callable[[Any, Encode], bytes]
    failed: Callable[[bytes], bytes]
    heartbeat: bytes
    cut_off: bytes


def frame_event(value: Any, encode: Encode = to_json) -> bytes:
    """Write one event; a value that is no Event is its data.

    Raises: what `encode` raises for what is no JSON.
    """
    if not isinstance(value, Event):
        return b"data: " + _on_lines(encode(value)) + b"\n\n"
    head = "".join(f"{name}: {said}\n" for name, said in (("event", value.event), ("id", value.id)) if said)
    if value.retry_s is not None:
        head += f"retry: {round(value.retry_s * 1000)}\n"
    data = value.data.encode() if isinstance(value.data, str) else encode(value.data)
    return head.encode() + b"data: " + _on_lines(data) + b"\n\n"


def frame_line(value: Any, encode: Encode = to_json) -> bytes:
    """Write one line; of an Event its data, since a line has no fields.

    Raises: what `encode` raises for what is no JSON.
    """
    document = encode(value.data if isinstance(value, Event) else value)
    return document.replace(b"\r", b"").replace(b"\n", b"") + b"\n"  # white space: one in a text is escaped


def _on_lines(data: bytes) -> bytes:
    """Let each line of the data be a field of its own."""
    if b"\n" not in data and b"\r" not in data:
        return data
    return _LINE_END.sub("\ndata: ", data.decode()).encode()


def _problem_event(document: bytes) -> bytes:
    return b"event: problem\ndata: " + _on_lines(document) + b"\n\n"


# JSON has no comments, and an empty line would be a document to most readers of lines: so a line says nothing.
FRAMINGS = {
    EVENT_STREAM: Framing(EVENT_STREAM, frame_event, _problem_event, heartbeat=b":\n\n", cut_off=b""),
    LINES: Framing(LINES, frame_line, lambda _: b"", heartbeat=b"", cut_off=_CUT_OFF),
}
