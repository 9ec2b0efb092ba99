"""What each format is called, and what turns documents into it. A row's document is the JSON that the database made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nuages.exports.table import Table, columns_of, on_one_line
from nuages.parse.question import Question

Write = Callable[[Sequence[bytes]], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Shapes: `accept` is the media type as clients ask for it, `content_type` as it is sent; `make` gives, for a question
        and whether texts are guarded, what stands before the first row and what writes rows.
    """

    name: str
    accept: str
    content_type: str
    make: Callable[[Question, bool], tuple[bytes, Write]]


def _lines(_question: Question, _guards: bool) -> tuple[bytes, Write]:  # noqa: FBT001  # a format's one signature
    return b"", write_lines


def write_lines(documents: Sequence[bytes]) -> bytes:
    """Write each document on a line of its own.

    Source: github.com/ndjson/ndjson-spec; RFC 8259 sections 2 and 7.
    """
    text = b"\n".join(documents)
    if text.count(b"\n") >= len(documents):
        text = b"\n".join([on_one_line(document) for document in documents])
    return text + b"\n"


def _table(question: Question, guards: bool) -> tuple[bytes, Write]:  # noqa: FBT001
    table = Table(columns_of(question), guards_text=guards)
    return table.head(), table.write


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("csv", "text/csv", "text/csv; charset=utf-8; header=present", _table),
        Format("ndjson", "application/x-ndjson", "application/x-ndjson", _lines),
    )
}
