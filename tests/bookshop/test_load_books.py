"""`load_books` stores all of a file or nothing, once."""

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from shop.models import Author, Book, Tag
from shop.tables import MODELS
from tests.bookshop.books_csv import write_books

REAL_FILE = Path(os.environ.get("BOOKS_CSV") or Path(__file__).parents[3] / "shared/data/goodbooks/books.csv")
ODD_ROWS: list[dict[str, str]] = [
    {},
    {"title": "Harry Potter", "authors": "J.K. Rowling, Mary GrandPré", "isbn": "043965548X", "isbn13": ""},
    {"title": "The Iliad", "authors": "Homer", "isbn": "", "original_publication_year": "-750.0"},
    {"title": "The Odyssey", "authors": "Homer", "isbn": "152061548", "original_publication_year": "-720.0"},
    {"title": "Another Book"},  # with the ISBN of the first
    {"title": "", "isbn": ""},
    {
        "title": "الفيل الأزرق",
        "authors": "أحمد مراد",
        "isbn": "",
        "isbn13": "9.78977093155e+12",
        "language_code": "ara",
    },
]


def _load(path: Path, database: BaseDatabaseWrapper) -> str:
    said = StringIO()
    call_command("load_books", str(path), database=database.alias, stdout=said)
    return said.getvalue()


def _all_rows() -> list[list[tuple[object, ...]]]:
    return [list(model._default_manager.order_by("pk").values_list()) for model in MODELS]


def test_rows_become_books_with_authors_and_tags(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """Every sound row is a book; people and tags named twice are stored once."""
    said = _load(write_books(tmp_path / "books.csv", *ODD_ROWS), database)
    assert said.startswith("Loaded 6 books, 5 new authors and 2 new tags")
    potter = Book.objects.get(isbn="9780439655484")
    assert (potter.title, potter.author.name) == ("Harry Potter", "J.K. Rowling")
    assert [author.name for author in potter.coauthors.all()] == ["Mary GrandPré"]
    assert Author.objects.get(name="Homer").books.count() == 2
    assert Tag.objects.get(name="lang:en").books.count() == 5


def test_report_counts_what_was_left_out(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """The report has one line a reason, with the count and examples by line number."""
    said = _load(write_books(tmp_path / "books.csv", *ODD_ROWS), database)
    assert "published left empty, year before Christ: 2 (e.g. line 4: '-750.0', line 5: '-720.0')" in said
    assert "row refused, no title: 1 (e.g. line 7: " in said
    assert "Prices are made up" in said


def test_loading_again_changes_nothing(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """A second run finds every book by its ISBN, or by title and author, and leaves it as it is."""
    path = write_books(tmp_path / "books.csv", *ODD_ROWS)
    _load(path, database)
    Book.objects.filter(isbn="9780439655484").update(title="A better title", price=1)
    before = _all_rows()
    assert _load(path, database).startswith("Loaded 0 books, 0 new authors and 0 new tags")
    assert _all_rows() == before


def test_loading_joins_people_who_are_there(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """A book of an author the shop knows becomes theirs; of two with one name, the first's."""
    known, _ = Author.objects.create(name="Homer", country="GR"), Author.objects.create(name="Homer")
    _load(write_books(tmp_path / "books.csv", *ODD_ROWS), database)
    assert Book.objects.get(title="The Iliad").author == known


def test_real_rows_can_be_added_to_invented_ones(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """After a seeding with explicit keys the next keys are free, and no ISBN is taken."""
    call_command("seed", books=20, database=database.alias, verbosity=0, stdout=StringIO())
    assert _load(write_books(tmp_path / "books.csv", *ODD_ROWS), database).startswith("Loaded 6 books")
    assert Book.objects.count() == 26


@pytest.mark.parametrize("content", [b"\xff\xfe", b"title\nEmma\n", b'"'])
def test_malformed_file_stores_nothing(tmp_path: Path, database: BaseDatabaseWrapper, content: bytes) -> None:
    """A file that cannot be read to its end ends in an error that says so, and leaves no row."""
    path = tmp_path / "books.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"Nothing was loaded\."):
        _load(path, database)
    assert not Book.objects.exists()


def test_fault_in_the_last_line_stores_nothing(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """Sound rows before the fault are not stored either."""
    path = write_books(tmp_path / "books.csv", *ODD_ROWS)
    path.write_bytes(path.read_bytes() + b'1,"never closed')
    with pytest.raises(CommandError, match="this is not CSV"):
        _load(path, database)
    assert not any(_all_rows())


def test_missing_file_is_an_error(tmp_path: Path, database: BaseDatabaseWrapper) -> None:
    """A wrong path is named."""
    with pytest.raises(CommandError, match=r"nowhere\.csv cannot be read"):
        _load(tmp_path / "nowhere.csv", database)


@pytest.mark.skipif(not REAL_FILE.exists(), reason="goodbooks-10k is not here; set BOOKS_CSV to its books.csv")
def test_all_real_books_are_loaded(database: BaseDatabaseWrapper) -> None:
    """The 10,000 books of goodbooks-10k are all loaded, once, and what is odd in them is counted."""
    said = _load(REAL_FILE, database)
    assert said.startswith("Loaded 10,000 books, 5,833 new authors and 21 new tags")
    for line in (
        "published left empty, year before Christ: 31 (e.g. line 80: '-720.0',",
        "published left empty, none in the file: 21",
        "isbn left empty, none in the file: 565",
        "isbn left empty, only isbn13 is there and has lost its last digit: 135",
        "isbn left empty, malformed or check digit wrong: 23",
        "isbn13 passed over, it is not the number that isbn stands for: ",
        "author named twice, kept once: 7",
        "language tag left out, none in the file: 1,084",
    ):
        assert line in said
    assert "row refused" not in said
    assert Book.objects.filter(isbn=None).count() == 565 + 135 + 23
    assert _load(REAL_FILE, database).startswith("Loaded 0 books, 0 new authors and 0 new tags")
