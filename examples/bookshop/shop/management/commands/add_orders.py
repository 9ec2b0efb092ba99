"""Turn `manage.py add_orders --count 1000` into orders of the demo's customers, up to so many."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from shop.past_orders import add_orders


class Command(BaseCommand):
    help = "Adds paid orders of ben and cleo, until there are so many orders, for the report of sales."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=1000, help="how many orders there shall be (default: 1000)")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections))

    def handle(self, *args: Any, **options: Any) -> None:
        added = add_orders(options["count"], using=options["database"])
        if added and options["verbosity"]:
            self.stdout.write(f"Added {added:,} orders.")
