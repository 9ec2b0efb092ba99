"""The reader of books.csv takes every row it can, believes nothing it cannot check, and says what it left out."""

import datetime as dt
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from shop.csv_rows import FileError
from shop.findings import Findings
from shop.goodbooks import COLUMNS, NAME_LENGTH, TITLE_LENGTH, Entry, read_entries
from shop.models import Author, Book
from tests.bookshop.books_csv import HEADER, write_books


def _read(path: Path, *rows: dict[str, str]) -> tuple[list[Entry], Findings]:
    return read_entries(write_books(path / "books.csv", *rows))


def _read_one(path: Path, **cells: str) -> tuple[Entry, list[str]]:
    entries, findings = _read(path, cells)
    return entries[0], list(findings.by_reason)


def test_sound_row_is_taken_whole(tmp_path: Path) -> None:
    """A row with nothing odd gives every value, and no finding."""
    entry, reasons = _read_one(tmp_path)
    assert reasons == []
    assert entry == Entry(
        line=2,
        title="The Hunger Games",
        author="Suzanne Collins",
        coauthors=(),
        isbn="9780439023481",
        published=dt.date(2008, 1, 1),
        tags=("lang:en",),
        price=entry.price,
    )


def test_price_is_made_up_but_always_the_same(tmp_path: Path) -> None:
    """The price depends on title and author alone, not on the row's place in the file."""
    other = {"title": "Emma", "authors": "Jane Austen", "isbn": ""}
    first = {entry.title: entry.price for entry in _read(tmp_path, {}, other)[0]}
    second = {entry.title: entry.price for entry in _read(tmp_path, other, {})[0]}
    assert first == second
    assert all(Decimal("4.99") <= price <= Decimal("29.99") for price in first.values())


AUTHORS = [
    ("J.K. Rowling, Mary GrandPré", "J.K. Rowling", ("Mary GrandPré",), []),
    ("William Shakespeare, Robert           Jackson", "William Shakespeare", ("Robert Jackson",), []),
    ("Arthur C. Clarke , ,Stephen Baxter,", "Arthur C. Clarke", ("Stephen Baxter",), []),
    ("Louis Sachar, Louis Sachar", "Louis Sachar", (), ["author named twice, kept once"]),
    ("أحلام مستغانمي, Ahlam Mosteghanemi", "أحلام مستغانمي", ("Ahlam Mosteghanemi",), []),
]


@pytest.mark.parametrize(("written", "author", "coauthors", "findings"), AUTHORS)
def test_first_author_leads(
    tmp_path: Path, written: str, author: str, coauthors: tuple[str, ...], findings: list[str]
) -> None:
    """The first name is the author's, the others are coauthors, each once and in one spelling."""
    entry, reasons = _read_one(tmp_path, authors=written)
    assert (entry.author, entry.coauthors, reasons) == (author, coauthors, findings)


TITLES = [
    ("  The Princess   Bride ", "The Princess Bride"),
    ("望月\u3000淳", "望月 淳"),
    ("NUL\x00 and\ttab\nand line", "NUL and tab and line"),  # PostgreSQL refuses a NUL
    (unicodedata.normalize("NFD", "Ḥawjan é"), "Ḥawjan é"),
    ('Say "Cheese", Émile', 'Say "Cheese", Émile'),
    ("الفيل الأزرق", "الفيل الأزرق"),
]


@pytest.mark.parametrize(("written", "title"), TITLES)
def test_title_gets_one_spelling(tmp_path: Path, written: str, title: str) -> None:
    """White space, control characters and accents are brought into one form; every script is kept."""
    entry, reasons = _read_one(tmp_path, title=written)
    assert (entry.title, reasons) == (title, [])


def test_long_text_is_cut_and_reported(tmp_path: Path) -> None:
    """A title or name too long for its column is cut, visibly, rather than losing the row."""
    entry, reasons = _read_one(tmp_path, title="long " * 50, authors="n" * 130)
    assert (len(entry.title), entry.title[-1]) == (200, "…")
    assert (len(entry.author), entry.author[-1]) == (120, "…")
    assert reasons == ["text cut to 200 characters", "text cut to 120 characters"]


def test_lengths_are_those_of_the_models() -> None:
    """The reader cuts exactly where the columns end."""
    assert Book._meta.get_field("title").max_length == TITLE_LENGTH
    assert Author._meta.get_field("name").max_length == NAME_LENGTH


ISBNS = [
    ("043965548X", "9.78043965548e+12", "9780439655484", []),
    ("439023483", "", "9780439023481", []),
    ("152061548", "", None, ["isbn left empty, malformed or check digit wrong"]),
    ("812971060", "9.78081297106e+12", None, ["isbn left empty, malformed or check digit wrong"]),
    ("", "9.78067172365e+12", None, ["isbn left empty, only isbn13 is there and has lost its last digit"]),
    ("", "", None, ["isbn left empty, none in the file"]),
    ("446612707", "9.78055381395e+12", "9780446612708",
     ["isbn13 passed over, it is not the number that isbn stands for"]),
    ("439023483", "nonsense", "9780439023481", ["isbn13 passed over, it is not the number that isbn stands for"]),
]  # fmt: skip


@pytest.mark.parametrize(("isbn", "isbn13", "expected", "findings"), ISBNS)
def test_isbn_comes_from_isbn_10_alone(
    tmp_path: Path, isbn: str, isbn13: str, expected: str | None, findings: list[str]
) -> None:
    """The ISBN is derived from a sound ISBN-10; the rounded isbn13 is never stored, only compared."""
    entry, reasons = _read_one(tmp_path, isbn=isbn, isbn13=isbn13)
    assert (entry.isbn, reasons) == (expected, findings)


YEARS = [
    ("2008.0", dt.date(2008, 1, 1), []),
    ("1999", dt.date(1999, 1, 1), []),
    ("8.0", dt.date(8, 1, 1), []),
    ("-750.0", None, ["published left empty, year before Christ"]),
    ("0.0", None, ["published left empty, year before Christ"]),  # no year 0 lies between 1 BC and AD 1
    ("10000.0", None, ["published left empty, year after 9999"]),
    ("", None, ["published left empty, none in the file"]),
    ("soon", None, ["published left empty, not a year"]),
    ("nan", None, ["published left empty, not a year"]),
    ("1e400", None, ["published left empty, not a year"]),
    ("1999.5", None, ["published left empty, not a year"]),
]


@pytest.mark.parametrize(("written", "published", "findings"), YEARS)
def test_year_becomes_its_first_day(
    tmp_path: Path, written: str, published: dt.date | None, findings: list[str]
) -> None:
    """A year becomes its January 1st, and what no date can hold is left empty."""
    entry, reasons = _read_one(tmp_path, original_publication_year=written)
    assert (entry.published, reasons) == (published, findings)


LANGUAGES = [
    ("eng", ("lang:en",), []),
    ("en-US", ("lang:en",), []),
    ("fre", ("lang:fr",), []),
    ("fil", ("lang:fil",), []),  # has no two-letter code
    ("", (), ["language tag left out, none in the file"]),
    ("?!", (), ["language tag left out, not a code"]),
]


@pytest.mark.parametrize(("code", "tags", "findings"), LANGUAGES)
def test_language_becomes_a_tag(tmp_path: Path, code: str, tags: tuple[str, ...], findings: list[str]) -> None:
    """All spellings of a language give one tag."""
    entry, reasons = _read_one(tmp_path, language_code=code)
    assert (entry.tags, reasons) == (tags, findings)


def test_second_owner_of_an_isbn_gets_none(tmp_path: Path) -> None:
    """Another book with the ISBN of an earlier row is taken without it."""
    entries, findings = _read(tmp_path, {}, {"title": "Another Book"})
    assert [entry.isbn for entry in entries] == ["9780439023481", None]
    assert list(findings.lines()) == [
        "isbn left empty, an earlier row has it: 1 (e.g. line 3: '9780439023481 (as in line 2)')"
    ]


def test_repeated_row_is_refused(tmp_path: Path) -> None:
    """A row that neither ISBN nor title nor author tells from an earlier one is refused."""
    entries, findings = _read(tmp_path, {}, {}, {"isbn": "", "isbn13": ""})
    assert [entry.line for entry in entries] == [2]
    assert findings.count("row refused, title and author of an earlier row and no ISBN of its own") == 2


def test_same_title_with_an_isbn_of_its_own_is_another_book(tmp_path: Path) -> None:
    """Two editions of one title, each with its ISBN, are two books."""
    assert len(_read(tmp_path, {}, {"isbn": "043965548X", "isbn13": ""})[0]) == 2


@pytest.mark.parametrize(("cells", "reason"), [({"title": " \t"}, "no title"), ({"authors": " , "}, "no author")])
def test_row_without_title_or_author_is_refused(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    """What the shop cannot do without costs the row, and no other."""
    entries, findings = _read(tmp_path, {"title": "Before"}, cells, {"title": "After", "isbn": ""})
    assert [entry.title for entry in entries] == ["Before", "After"]
    assert findings.count(f"row refused, {reason}") == 1


def test_row_of_another_width_is_refused(tmp_path: Path) -> None:
    """A row with too few or too many cells is refused with its line number; blank lines are nothing."""
    path = write_books(tmp_path / "books.csv", {"title": "Over\ntwo lines"})
    path.write_text(path.read_text(encoding="utf-8") + "\n\n1,2,3\n" + ",".join("x" * 10) + "\n", encoding="utf-8")
    entries, findings = read_entries(path)
    assert len(entries) == 1
    assert [finding.line for finding in findings.by_reason["row refused, not 9 columns"]] == [6, 7]


def test_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    """A file saved by a spreadsheet, with a byte order mark and carriage returns, reads the same."""
    path = tmp_path / "books.csv"
    path.write_bytes(b"\xef\xbb\xbf" + write_books(path, {}).read_bytes())
    assert len(read_entries(path)[0]) == 1


MALFORMED = [
    (b"", "lacks the columns"),
    (b"{}", "lacks the columns"),
    (HEADER.replace(",", ";").encode(), "lacks the columns"),
    (HEADER.replace("authors,", "").encode(), "lacks the columns authors:"),
    (f"{HEADER}\nx,Zoë\n".encode("latin-1"), "line 2: this is not UTF-8 (byte 0xeb)"),
    (HEADER.encode("utf-16"), "line 1: this is not UTF-8"),
    (f'{HEADER}\n1,"never closed'.encode(), "line 2: this is not CSV"),
    (f'{HEADER}\n1,"closed" too early,\n'.encode(), "line 2: this is not CSV"),
    (f"{HEADER}\n{'x' * 200_000}\n".encode(), "line 2: this is not CSV"),
]


@pytest.mark.parametrize(("content", "message"), MALFORMED)
def test_malformed_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is not what it should be is refused whole, with the place and the reason."""
    path = tmp_path / "books.csv"
    path.write_bytes(content)
    with pytest.raises(FileError) as raised:
        read_entries(path)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere, or to a directory, is an error that names it."""
    with pytest.raises(FileError, match=r"nowhere\.csv cannot be read: No such file"):
        read_entries(tmp_path / "nowhere.csv")
    with pytest.raises(FileError, match="cannot be read"):
        read_entries(tmp_path)


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    """The order of the columns does not matter, nor do columns the shop has no use for."""
    path = tmp_path / "books.csv"
    path.write_text(f"{','.join(reversed(COLUMNS))},extra\neng,Emma,1815.0,Jane Austen,,,x\n", encoding="utf-8")
    assert [(entry.title, entry.author) for entry in read_entries(path)[0]] == [("Emma", "Jane Austen")]
