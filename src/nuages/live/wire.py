"""Write what a watched list sends: events with the place in the log right after each. Knows no database.

Source: html.spec.whatwg.org, "Server-sent events", section 9.2.6: an `id` without data is kept and no event, and an
empty one is forgotten, so that a client comes again without one.
"""

from __future__ import annotations

from collections.abc import Sequence

from nuages.live.judging import Event

RETRY_MS = 1_000  # after how long a client comes again; they choose three seconds and more
BEGIN_AGAIN = b"id\n\n"
"""What makes a client begin with a page when it comes again."""


def write_page(document: bytes, place: str) -> bytes:
    """Write the first page, as the list shows it."""
    return b"retry: %d\n" % RETRY_MS + _write("page", document, place)


def write_events(events: Sequence[Event], place: str) -> bytes:
    """Write what one change is to a list; whoever comes again gets all of it or none."""
    *before, last = events
    return b"".join([*[_write(event.kind, event.data, "") for event in before], _write(last.kind, last.data, place)])


def write_place(place: str) -> bytes:
    """Write a place alone: nothing has come up to there."""
    return b"id: %b\n\n" % place.encode()


def _write(kind: str, data: bytes, place: str) -> bytes:
    # PostgreSQL breaks lines between the objects of a list; a client joins them again.
    lines = data.replace(b"\r", b"").replace(b"\n", b"\ndata: ")
    named = b"id: %b\n" % place.encode() if place else b""
    return b"event: %b\n%bdata: %b\n\n" % (kind.encode(), named, lines)
