"""`manage.py nuages access`: who may do and see what, as a table or as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import CommandError

from nuages.api import registered_apis
from nuages.diagnose.access import Matrix, access_matrix
from nuages.errors import DeclarationError
from nuages.management.principals import find_principal

HELP = "show who may do and see what"


def add_arguments(parser: ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--json", action="store_true", help="as JSON, for machines")
    parser.add_argument("--as", dest="user", help="a column for this user as well (by username)")


def lines(options: dict[str, Any]) -> Iterator[str]:
    """Show the table of every API.

    Raises: CommandError for a user that there is not, or an API that cannot start.
    """
    also = {options["user"]: find_principal(options["user"])} if options["user"] else {}
    try:
        matrices = [(api.title, access_matrix(api, also)) for api in registered_apis()]
    except DeclarationError as error:
        raise CommandError(str(error)) from error
    if options["json"]:
        yield json.dumps([{"api": title, "access": matrix} for title, matrix in matrices], indent=2)
        return
    for title, matrix in matrices:
        yield f"-- {title}"
        yield "\n".join(_rows(matrix)) + "\n"


def _rows(matrix: Matrix) -> Iterable[str]:
    """A table with a column for each kind of principal."""
    kinds = list(next(iter(matrix.values()), {}))
    first = max([len(what) for what in matrix], default=0)
    widths = [max(len(kind), len("rows")) for kind in kinds]
    for what, cells in (("", {kind: kind for kind in kinds}), *matrix.items()):
        texts = [cells[kind].ljust(width) for kind, width in zip(kinds, widths, strict=True)]
        yield "  ".join([what.ljust(first), *texts]).rstrip()
