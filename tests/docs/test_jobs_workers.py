"""The page about jobs and their workers: its functions run as they stand, and its tables are what there is."""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from types import ModuleType
from typing import Any

import pytest
from django.core.management import load_command_class

from nuages.jobs import Job, bounds
from nuages.jobs.mistakes import job_mistakes
from nuages.jobs.outcome import pieces_of
from nuages.jobs.registry import _known
from nuages.models import StoredJob
from nuages.testing import run_jobs
from shop.models import Author, Book
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "reference" / "jobs-workers.md"
_NAME = "shop.documented_jobs"


@pytest.fixture
def jobs() -> Iterator[Any]:
    """The module that the page shows."""
    source = next(block.text for block in blocks(PAGE) if block.text.startswith("# shop/jobs.py"))
    module = sys.modules[_NAME] = ModuleType(_NAME)
    exec(compile(source, str(PAGE), "exec"), module.__dict__)  # the page's own words
    yield module
    del sys.modules[_NAME]
    for name in [name for name in _known if name.startswith(_NAME)]:
        del _known[name]


@pytest.mark.usefixtures("database")
def test_the_functions_of_the_page_run(jobs: Any) -> None:
    """Each to the end that the page says."""
    assert list(job_mistakes()) == []
    ann = Author.objects.create(name="Ann", country="GB")
    for number in range(3):
        Book.objects.create(title=f"Book, {number}", price=1, author=ann)
    listed = jobs.list_books.using(delay_s=60, queue="reports").enqueue("GB")
    none = jobs.list_books.enqueue("FR")
    book = Book.objects.latest("pk")
    taken = jobs.take_delivery.enqueue("D-17", book=book.pk, copies=40)
    assert jobs.take_delivery.enqueue("D-17", book=book.pk, copies=40) == taken
    tidied = jobs.tidy_up.enqueue()
    run_jobs(skip_delays=True)
    found = {str(job.pk): job for job in StoredJob.objects.all()}
    content = b"".join(bytes(piece.content) for piece in pieces_of(found[listed]).order_by("number")).decode()
    assert [line.partition(",")[2] for line in content.splitlines()] == [f'"Book, {number}"' for number in range(3)]
    assert (found[listed].progress_done, found[listed].progress_total) == (3, 3)
    assert "There are no books of 'FR'." in (found[none].problem or "")
    assert {found[each].status for each in (listed, taken, tidied)} == {"succeeded"}
    assert Book.objects.get(pk=book.pk).stock == book.stock + 40


@pytest.mark.usefixtures("database")
def test_the_test_of_the_page_passes(jobs: Any) -> None:
    """As it stands."""
    source = next(block.text for block in blocks(PAGE) if "def test_" in block.text)
    there: dict[str, Any] = {**vars(jobs)}
    exec(source, there)
    there["test_an_author_is_renamed"](None)


def test_the_tables_of_the_page_are_whole() -> None:
    """Each term with its default, each setting with its own, each option of the command."""
    text = PAGE.read_text()
    rows = text[text.index("| term |") : text.index("A wrong term")].splitlines()
    terms = {name for row in rows if row.startswith("| `") for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert terms == {field.name for field in fields(Job)}
    settings = dict(re.findall(r"^\| `(NUAGES_JOB_\w+)` \| ([\d.]+) \|", text, re.MULTILINE))
    assert settings == {each.name: str(each.default) for each in bounds.SETTINGS}
    parser = load_command_class("nuages", "worker").create_parser("manage.py", "worker")
    own = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    told = set(re.findall(r"^\| `(--\w+)", text, re.MULTILINE))
    assert told == own - {option for option in own if option in _OF_DJANGO}


_OF_DJANGO = frozenset(
    [
        "--help",
        "--version",
        "--verbosity",
        "--settings",
        "--pythonpath",
        "--traceback",
        "--no-color",
        "--force-color",
        "--skip-checks",
    ]
)
