"""Turn `manage.py seed --books 20000` into an invented bookshop: the same rows and keys for the same seed."""

import argparse
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from shop.invention import plan_sizes
from shop.seeding import NotEmptyError, seed_shop
from shop.tables import check_tables

_MOST_BOOKS = 10_000_000  # the invented ISBNs have room for 99,999,999; this many already take an hour


def _count_books(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_BOOKS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MOST_BOOKS:,}")
    return int(text)


class Command(BaseCommand):
    help = "Fills the shop with invented books, authors, publishers, tags and reviews. No users are made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--books", type=_count_books, default=20_000, help="how many books (default: 20000)")
        parser.add_argument("--seed", type=int, default=1, help="another number gives another shop (default: 1)")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections))
        rows_exist = parser.add_mutually_exclusive_group()
        rows_exist.add_argument("--if-empty", action="store_true", help="do nothing where the shop already has rows")
        rows_exist.add_argument("--replace", action="store_true", help="delete every row of the shop first")

    def handle(self, *args: Any, **options: Any) -> None:
        check_tables(options["database"])
        began = time.perf_counter()
        try:
            seed_shop(
                plan_sizes(options["books"]),
                seed=options["seed"],
                using=options["database"],
                replace=options["replace"],
                stream=(options.get("stderr") or sys.stderr) if options["verbosity"] else None,
            )
        except NotEmptyError as error:
            return self._leave_alone(str(error), is_fine=options["if_empty"])
        seconds = time.perf_counter() - began
        self.stdout.write(f"Seeded {options['books']:,} books (seed {options['seed']}) in {seconds:.1f} s.")

    def _leave_alone(self, found: str, *, is_fine: bool) -> None:
        if not is_fine:
            raise CommandError(f"The shop already has {found}. To delete everything in it first, add: --replace")
        self.stdout.write(f"The shop already has {found}: nothing to do.")
