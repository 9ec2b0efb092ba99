"""Read a stream of events as the standard has it, and know nothing of what writes them. No test lives here.

Source: html.spec.whatwg.org, "Server-sent events", sections 9.2.5 and 9.2.6.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """One event as a browser dispatches it."""

    event: str
    data: str
    last_id: str


class Reader:
    """Reads bytes as they come, cut wherever they may be.

    Shapes: `retry_ms` is the last one told, None before; `comments` are those that came.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text, self._has_begun = "", False
        self._data = self._event = self._id = ""
        self.last_id = ""
        self.retry_ms: int | None = None
        self.comments: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Received]:
        """Give the events that are whole by now."""
        self._text += self._decode(piece)
        if not self._has_begun and self._text:
            self._text, self._has_begun = self._text.removeprefix("\ufeff"), True
        while (line := self._line()) is not None:
            yield from self._read(line)

    def _line(self) -> str | None:
        """Take the next line, if its end is there; a CR at the very end may be half of one."""
        places = [place for place in (self._text.find("\r"), self._text.find("\n")) if place >= 0]
        if not places or (self._text[min(places)] == "\r" and min(places) == len(self._text) - 1):
            return None
        at = min(places)
        width = 2 if self._text.startswith("\r\n", at) else 1
        line, self._text = self._text[:at], self._text[at + width :]
        return line

    def _read(self, line: str) -> Iterator[Received]:
        if not line:
            yield from self._dispatch()
        elif line.startswith(":"):
            self.comments.append(line[1:])
        else:
            name, _, value = line.partition(":")
            self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self._event = value
        elif name == "data":
            self._data += value + "\n"
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)

    def _dispatch(self) -> Iterator[Received]:
        self.last_id = self._id
        if self._data:
            yield Received(self._event or "message", self._data.removesuffix("\n"), self.last_id)
        self._data = self._event = ""


def read_events(body: bytes) -> list[Received]:
    """The events of a whole body; what has no empty line after it is none."""
    return list(Reader().feed(body))
