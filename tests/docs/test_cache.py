"""The page about the cache: its API is built as it stands, and says on the wire what the page shows."""

import re
from pathlib import Path
from typing import Any

import pytest

from nuages.http.request import Request
from shop.models import Author, Book
from tests.http.keeping import own_cache  # noqa: F401  # a fixture

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cache.md").read_text()


@pytest.mark.usefixtures("database", "transactional_db", "own_cache")
def test_the_page_says_what_is_so() -> None:
    """All examples run; the headers are those shown."""
    declaring, telling, of_functions = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    there: dict[str, Any] = {"Book": Book, "Author": Author}
    exec(declaring, there)  # the page's own words
    exec(of_functions, there)
    api = there["api"]

    def status(path: str = "/books") -> str | None:
        return str(api.handle(Request("GET", path, "", {})).header("Cache-Status"))

    shown = dict(line.split(": ", 1) for line in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)[0].splitlines())
    assert [status(), status()] == ["nuages; fwd=miss; stored", shown["Cache-Status"]]
    assert [status("/stats/FR"), status("/stats/FR")] == ["nuages; fwd=miss; stored", shown["Cache-Status"]]
    exec(telling, {})
    assert status() == "nuages; fwd=miss; stored"
