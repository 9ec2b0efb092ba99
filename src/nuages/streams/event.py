"""One event as an author yields it: its data, and the fields that clients know. How it is sent, others know.

Source: html.spec.whatwg.org, "Server-sent events", section 9.2.6 (interpreting an event stream).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_ENDS_LINE = ("\r", "\n")
_ENDS_ID = (*_ENDS_LINE, "\0")  # a client forgets an id with a NUL, without a word


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream, where its data alone does not say enough.

    Shapes: `data` is sent as it is where it is text, whose lines a client joins with line feeds; all else is sent as
        JSON. `event` names its kind ("" is a client's "message"); `id` is what a client sends as `Last-Event-ID` when
        it comes again ("" leaves the last one as it is). As a line of NDJSON the data alone is sent, always as JSON.
    Units: `retry_s`, how long a client waits before it comes again; clients count in ms.
    Raises: ValueError for an `event` or `id` that would end its line, an `id` with a NUL, text that is no UTF-8, or a
        `retry_s` that is no number from 0.
    """

    data: Any
    event: str = ""
    id: str = ""
    retry_s: float | None = None

    def __post_init__(self) -> None:
        _demand_text("event", self.event, _ENDS_LINE)
        _demand_text("id", self.id, _ENDS_ID)
        if isinstance(self.data, str):
            _demand_text("data", self.data, ())
        if self.retry_s is not None and not _is_duration(self.retry_s):
            raise ValueError(f"Event: retry_s is no number of seconds from 0: {self.retry_s!r}.")


def _demand_text(name: str, given: Any, forbidden: tuple[str, ...]) -> None:
    if not isinstance(given, str):
        raise ValueError(f"Event: {name} is no text: {given!r}.")
    if any(each in given for each in forbidden):
        raise ValueError(f"Event: {name} has a character that would end it: {given!r}.")
    if not given.isascii():
        given.encode()  # UnicodeEncodeError is a ValueError


def _is_duration(given: Any) -> bool:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return is_number and math.isfinite(given) and given >= 0
