"""Turn `manage.py load_books books.csv` into the 10,000 real books of goodbooks-10k, and a report on what was odd."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from shop.csv_rows import FileError
from shop.findings import Findings
from shop.goodbooks import read_entries
from shop.loading import Loaded, load_entries
from shop.tables import check_tables


class Command(BaseCommand):
    help = (
        "Loads books.csv of goodbooks-10k (https://github.com/zygmuntz/goodbooks-10k). Books already there are left "
        "alone. The data has no prices: each book gets one made up from its title and author."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("csv", type=Path, help="path of books.csv")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections))

    def handle(self, *args: Any, **options: Any) -> None:
        check_tables(options["database"])
        began = time.perf_counter()
        try:
            entries, findings = read_entries(options["csv"])
            loaded = load_entries(entries, using=options["database"])
        except FileError as error:
            raise CommandError(f"{error} Nothing was loaded.") from error
        self._report(loaded, findings, seconds=time.perf_counter() - began)

    def _report(self, loaded: Loaded, findings: Findings, *, seconds: float) -> None:
        self.stdout.write(
            f"Loaded {loaded.books:,} books, {loaded.authors:,} new authors and {loaded.tags:,} new tags in "
            f"{seconds:.1f} s; {loaded.already_there:,} books were already there and stay as they are."
        )
        self.stdout.write("Prices are made up (the data has none); ratings are not loaded.")
        for line in findings.lines():
            self.stdout.write(f"  {line}")
