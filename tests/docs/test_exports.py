"""The page about exports: its API is built as it stands, and gives the file that the page shows."""

import re
from pathlib import Path
from typing import Any

from nuages.declare.exports import FORMATS
from nuages.exports import bounds
from shop.models import Book
from tests.docs.asked import codes, tables
from tests.docs.shelf import fill_shelf
from tests.http.exporting import export

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "exports.md").read_text()


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def _api() -> Any:
    there: dict[str, Any] = {"Book": Book}
    exec(_block("python"), there)  # the page's own words
    return there["api"]


def test_the_file_of_the_page_is_what_is_sent(database: Any) -> None:
    """To the letter, but for the ends of its lines."""
    fill_shelf()
    request, _, shown = _block("text").partition("\n\n")
    _, text = export(_api(), request.removeprefix("GET /api"))
    assert text == shown.replace("\n", "\r\n")


def test_accept_chooses_as_the_page_says(database: Any) -> None:
    """Each row of its first table."""
    meant = {"CSV": "text/csv", "NDJSON": "application/x-ndjson", "page": "application/json"}
    for row in next(iter(tables(PAGE))):
        for accept in codes(row["`Accept`"]):
            response, _ = export(_api(), "/books", accept)
            if row["the answer"] == "406":
                assert response.status == 406
            else:
                (chosen,) = [kind for word, kind in meant.items() if re.search(rf"\b{word}\b", row["the answer"])]
                assert str(response.header("Content-Type")).startswith(chosen), accept


def test_the_page_knows_the_settings_and_formats() -> None:
    """With their defaults."""
    shown = {codes(row["setting"])[0]: codes(row["default"])[0] for row in list(tables(PAGE))[-1]}
    assert shown == {each.name: str(each.default) for each in bounds.SETTINGS}
    assert all(f'"{name}"' in PAGE for name in FORMATS)
