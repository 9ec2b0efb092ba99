"""Turn `manage.py add_people` into the demo's three users, where they are missing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from shop.people import add_people


class Command(BaseCommand):
    help = (
        "Adds the users ada (staff), ben and cleo, where they are missing; `serve` shows their password in development."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections))

    def handle(self, *args: Any, **options: Any) -> None:
        added = add_people(options["database"])
        if added and options["verbosity"]:
            self.stdout.write(f"Added the users {', '.join(added)}.")
