"""`manage.py nuages`: a word for each thing that is done with an API from the command line; each has its module."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from nuages.management import access, api_keys, keys, openapi, purging, statements, triggers

_COMMANDS = {
    "sql": statements,
    "access": access,
    "openapi": openapi,
    "key": keys,
    "apikey": api_keys,
    "purge": purging,
    "triggers": triggers,
}


class Command(BaseCommand):
    """Look at what an API does, without a server, make its keys, and keep its tables small."""

    help = "Look at what an API does, without a server; make its keys; keep its tables small."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        for name, module in _COMMANDS.items():
            module.add_arguments(commands.add_parser(name, help=module.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        for line in _COMMANDS[options["command"]].lines(options):
            self.stdout.write(self.style.MIGRATE_HEADING(line) if line.startswith("-- ") else line)
