"""Turn `manage.py add_clients` into the demo's client of the OAuth provider, where it is missing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from shop.clients import CALLBACK, add_clients


class Command(BaseCommand):
    help = "Registers examples/reading_list, an app by somebody else, with the OAuth provider, where it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections))
        parser.add_argument("--callback", default=CALLBACK, help="where that app wants the browser back")

    def handle(self, *args: Any, **options: Any) -> None:
        added = add_clients(options["database"], options["callback"])
        if added and options["verbosity"]:
            self.stdout.write(f"Registered the app {', '.join(added)}.")
