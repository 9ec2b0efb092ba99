"""Turn the books.csv of goodbooks-10k into entries for the shop, and say what could not be taken as it stands.

Nothing here touches the database: a path goes in; entries and findings come out. The choices made:

authors    "J.K. Rowling, Mary GrandPré": the first is the author, the others are coauthors (or illustrators ...).
isbn       from the ISBN-10, whose check digit must hold. The column isbn13 reads 9.78043902348e+12: the last digit is
           gone and the one before it may be rounded up, so it is never stored.
published  January 1st of the year. A date has no years before Christ; those are left empty.
tags       one for the language, as in "lang:en"; a region ("en-US") is dropped, so that one tag finds all English.
price      not in the data: made up from title and author, 4.99 to 29.99, the same each time.
ratings    are bare numbers there, with no reader and no text, so they do not become reviews.

Source: https://github.com/zygmuntz/goodbooks-10k
"""

import datetime as dt
import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from shop.csv_rows import read_rows
from shop.findings import Findings
from shop.isbn import to_isbn_13

COLUMNS = ("isbn", "isbn13", "authors", "original_publication_year", "title", "language_code")
TITLE_LENGTH, NAME_LENGTH = 200, 120  # as in the models; a test compares them

# The file mixes ISO 639-2/B codes with BCP 47; where a two-letter code exists, it is the one people look for.
_LANGUAGES = {
    "ara": "ar", "dan": "da", "eng": "en", "fre": "fr", "ger": "de", "ind": "id", "ita": "it", "jpn": "ja", "nor": "no",
    "per": "fa", "pol": "pl", "por": "pt", "rum": "ro", "rus": "ru", "spa": "es", "swe": "sv", "tur": "tr", "vie": "vi",
}  # fmt: skip
_CONTROL_CHARACTERS = dict.fromkeys([*range(32), *range(127, 160)], " ")


@dataclass(frozen=True, slots=True)
class Entry:
    """One book of the file, ready to be stored; None means not known."""

    line: int
    title: str
    author: str
    coauthors: tuple[str, ...]
    isbn: str | None
    published: dt.date | None
    tags: tuple[str, ...]
    price: Decimal

    @property
    def name(self) -> tuple[str, str]:
        """What a book without an ISBN is recognised by."""
        return self.title, self.author


def read_entries(path: Path) -> tuple[list[Entry], Findings]:
    """Read the whole file before anything is stored, so that a fault in its last line stores nothing.

    Raises: FileError where the file is missing, is not CSV in UTF-8, or lacks a column.
    """
    findings = Findings()
    rows = (_Row(line, cells, findings).read() for line, cells in read_rows(path, COLUMNS, findings))
    return list(_drop_repeats((entry for entry in rows if entry), findings)), findings


def _drop_repeats(entries: Iterable[Entry], findings: Findings) -> Iterator[Entry]:
    line_of: dict[str | tuple[str, str], int] = {}
    for entry in entries:
        has_own_isbn = entry.isbn is not None and entry.isbn not in line_of
        if not has_own_isbn and entry.name in line_of:
            value = f"{entry.title} (as in line {line_of[entry.name]})"
            findings.note("row refused, title and author of an earlier row and no ISBN of its own", entry.line, value)
            continue
        if entry.isbn and not has_own_isbn:
            value = f"{entry.isbn} (as in line {line_of[entry.isbn]})"
            findings.note("isbn left empty, an earlier row has it", entry.line, value)
        kept = entry if has_own_isbn else replace(entry, isbn=None)
        line_of |= {key: kept.line for key in (kept.isbn, kept.name) if key}
        yield kept


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the file and where to note what is wrong with it."""

    line: int
    cells: dict[str, str]
    findings: Findings

    def read(self) -> Entry | None:
        title = self._text(self.cells["title"], TITLE_LENGTH)
        authors = self._authors()
        if not title or not authors:
            self._note(f"row refused, no {'author' if title else 'title'}", f"{title}{self.cells['authors']}")
            return None
        return Entry(
            line=self.line,
            title=title,
            author=authors[0],
            coauthors=tuple(authors[1:]),
            isbn=self._isbn(),
            published=self._published(),
            tags=self._tags(),
            price=Decimal(499 + zlib.crc32(f"{title} by {authors[0]}".encode()) % 2501) / 100,
        )

    def _note(self, reason: str, value: str) -> None:
        self.findings.note(reason, self.line, value)

    def _text(self, written: str, length: int) -> str:
        # One spelling for what looks the same: composed accents, single spaces, nothing invisible (PostgreSQL refuses
        # a NUL). Only so are "Robert           Jackson" and "Robert Jackson" one author.
        text = " ".join(unicodedata.normalize("NFC", written.translate(_CONTROL_CHARACTERS)).split())
        if len(text) > length:
            self._note(f"text cut to {length} characters", text)
        return text if len(text) <= length else text[: length - 1].rstrip() + "…"

    def _authors(self) -> list[str]:
        names = [name for name in (self._text(part, NAME_LENGTH) for part in self.cells["authors"].split(",")) if name]
        if len(set(names)) < len(names):
            self._note("author named twice, kept once", ", ".join(names))
        return list(dict.fromkeys(names))

    def _isbn(self) -> str | None:
        written, rounded = self.cells["isbn"].strip(), self.cells["isbn13"].strip()
        isbn = to_isbn_13(written)
        if isbn and rounded and not _is_about(rounded, int(isbn)):
            self._note("isbn13 passed over, it is not the number that isbn stands for", f"{rounded} for {isbn}")
        elif written and not isbn:
            self._note("isbn left empty, malformed or check digit wrong", written)
        elif rounded and not isbn:
            self._note("isbn left empty, only isbn13 is there and has lost its last digit", rounded)
        elif not isbn:
            self._note("isbn left empty, none in the file", "")
        return isbn

    def _published(self) -> dt.date | None:
        written = self.cells["original_publication_year"].strip()
        if not re.fullmatch(r"-?[0-9]{1,6}(\.0*)?", written):
            self._note(f"published left empty, {'not a year' if written else 'none in the file'}", written)
            return None
        year = int(float(written))
        if not dt.MINYEAR <= year <= dt.MAXYEAR:
            self._note(f"published left empty, year {'before Christ' if year < 1 else 'after 9999'}", written)
            return None
        return dt.date(year, 1, 1)

    def _tags(self) -> tuple[str, ...]:
        written = self.cells["language_code"].strip()
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", written):
            self._note(f"language tag left out, {'not a code' if written else 'none in the file'}", written)
            return ()
        language = written.split("-")[0].lower()
        return (f"lang:{_LANGUAGES.get(language, language)}",)


def _is_about(rounded: str, exact: int) -> bool:
    try:
        return math.isclose(float(rounded), exact, rel_tol=1e-12)  # the file keeps 12 digits of 13
    except ValueError:
        return False
