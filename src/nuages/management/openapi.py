"""`manage.py nuages openapi`: the description of an API, and whether it is still what it was."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from nuages.errors import DeclarationError
from nuages.management.described import described_api
from nuages.openapi.changes import changes_between

HELP = "show the description of an API, or check that it has not changed"


def add_arguments(parser: ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--api", help="the title of the API, where there are several")
    parser.add_argument("--as", dest="user", help="as this user sees it (by username); whole without it")
    parser.add_argument("--output", help="write it to this file")
    parser.add_argument(
        "--check", metavar="FILE", help="fail where it is not what this file says, and name what breaks"
    )


def lines(options: dict[str, Any]) -> Iterator[str]:
    """Show, write or check the description.

    Raises: CommandError for what has changed, a file that cannot be read, a user or an API that there is not.
    """
    try:
        document = described_api(options["api"], options["user"])
    except DeclarationError as error:
        raise CommandError(str(error)) from error
    if options["check"]:
        yield from _checked(Path(options["check"]), document)
        return
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if options["output"]:
        Path(options["output"]).write_text(f"{text}\n", encoding="utf-8")
        yield f"Written to {options['output']}."
    else:
        yield text


def _checked(path: Path, document: dict[str, Any]) -> Iterator[str]:
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        found = changes_between(before, document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path} is no description that could be read: {error}") from error
    if not found and before == document:
        yield f"{path} is what is served."
        return
    told = [str(each) for each in found] or ["Only words have changed: summaries, descriptions, names."]
    breaking = sum(each.is_breaking for each in found)
    again = f"manage.py nuages openapi --output {path}"
    raise CommandError("\n".join([*told, f"{breaking} of {len(found)} changes break clients. Take them over: {again}"]))
