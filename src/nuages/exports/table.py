"""Turn documents into the rows of a table, as CSV: what stands in which column, and how each value is written.

Source: RFC 4180; OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from nuages.declare.spec import Column, Computed, Relation, Shown
from nuages.parse.question import Question

# A spreadsheet takes a cell that begins so for a formula; the last four stand for the first ones where people write
# Chinese or Japanese.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NESTED = frozenset({"json", "array", "hstore"})
# Their texts are made by the database out of numbers; "-12.50" is no formula, and a quote before it would spoil it.
_MADE = frozenset({"integer", "decimal", "float", "boolean", "date", "datetime", "time", "duration", "uuid", "binary"})
_NULL, _QUOTE = b"null", b'"'
_read_row = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_text = msgspec.json.Decoder(str).decode


@dataclass(frozen=True, slots=True)
class Place:
    """A column of the table, or several: those of a related row.

    Shapes: `is_json` where the value is written as JSON whatever it is, `is_text` where a client may have written it.
    """

    name: str
    is_json: bool = False
    is_text: bool = True
    inner: tuple[Place, ...] = ()

    def headings(self, before: str = "") -> Iterable[str]:
        """Name the columns: those of a related row by their path, "author.name"."""
        if not self.inner:
            yield before + self.name
        for place in self.inner:
            yield from place.headings(f"{before}{self.name}.")


class Table:
    """Writes rows.

    Shapes: `guards_text` writes an apostrophe before a text that a spreadsheet would take for a formula.
    """

    def __init__(self, places: Sequence[Place], *, guards_text: bool) -> None:
        self._places = places
        self._guards_text = guards_text

    def head(self) -> bytes:
        """Write the headings; they are there where no row is."""
        return _written([[heading for place in self._places for heading in place.headings()]])

    def write(self, documents: Sequence[bytes]) -> bytes:
        """Write a row for each document."""
        return _written([list(self._cells(self._places, document)) for document in documents])

    def _cells(self, places: Sequence[Place], document: Any) -> Iterable[str]:
        row = _read_row(document) if document is not None else {}
        for place in places:
            raw = bytes(row.get(place.name, _NULL))
            if place.inner:
                yield from self._cells(place.inner, None if raw == _NULL else raw)
            else:
                yield self._cell(place, raw)

    def _cell(self, place: Place, raw: bytes) -> str:
        if raw == _NULL:
            return ""
        if place.is_json or not raw.startswith(_QUOTE):
            return on_one_line(raw).decode()
        text = _read_text(raw)
        return f"'{text}" if self._guards_text and place.is_text and text.startswith(_FORMULAS) else text


def columns_of(question: Question) -> list[Place]:
    """Lay out the columns of what a question shows: members, or groups and what is computed of each."""
    if question.grouping is None:
        return [_place(part) for part in question.selection.representation.shown]
    shown = [*question.grouping.groups, *(measure.output for measure in question.grouping.measures)]
    return [_of_kind(operand.name, operand.kind) for operand in shown]


def on_one_line(document: bytes) -> bytes:
    """Take the breaks out of JSON, which PostgreSQL puts between the objects of a list.

    A line feed in JSON is white space, since one inside a text is escaped (RFC 8259 sections 2 and 7).
    """
    return document.replace(b" \n ", b"").replace(b"\n", b"")


def _place(part: Shown) -> Place:
    if isinstance(part, Relation):
        if part.many:
            return Place(part.name, is_json=True)
        return Place(part.name, inner=tuple([_place(each) for each in part.representation.shown]))
    if isinstance(part, Computed) or (isinstance(part, Column) and part.after is None):
        return _of_kind(part.name, part.kind)
    return Place(part.name)


def _of_kind(name: str, kind: str) -> Place:
    return Place(name, is_json=kind in _NESTED, is_text=kind not in _MADE)


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
