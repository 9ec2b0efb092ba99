"""Turn a few values into a books.csv like that of goodbooks-10k: the columns a test does not name hold a sound book."""

import csv
from pathlib import Path

_SOUND = {
    "book_id": "1",
    "isbn": "439023483",
    "isbn13": "9.78043902348e+12",
    "authors": "Suzanne Collins",
    "original_publication_year": "2008.0",
    "original_title": "The Hunger Games",
    "title": "The Hunger Games",
    "language_code": "eng",
    "average_rating": "4.34",
}
HEADER = ",".join(_SOUND)


def write_books(path: Path, *rows: dict[str, str]) -> Path:
    """Write one line a row below the header; the first row is line 2."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(_SOUND))
        writer.writeheader()
        writer.writerows(_SOUND | row for row in rows)
    return path
