"""`manage.py nuages sql "GET /api/books?..."`: the exact statement of a read, and the database's plan for it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management.base import CommandError
from django.urls import Resolver404, resolve

from nuages.api import API, registered_apis
from nuages.diagnose.statements import bound_text, explain, formatted
from nuages.errors import DeclarationError, Problem
from nuages.http.request import Request
from nuages.management.principals import find_principal

HELP = "show the statement of a read"


def add_arguments(parser: ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("request", help='such as "GET /api/books?price__gte=10&order=-published"')
    parser.add_argument("--explain", action="store_true", help="show the database's plan as well")
    parser.add_argument("--analyze", action="store_true", help="run it, and show real times (PostgreSQL)")
    parser.add_argument("--user", help="ask as this user (by username); as anybody without it")


def lines(options: dict[str, Any]) -> Iterator[str]:
    """Show the statement.

    Raises: CommandError for a request that runs none, a user that there is not, an API that cannot start.
    """
    path, query = _read_request(options["request"])
    api, request = _find_api(path, query)
    try:
        _, read = api.build().pipeline.prepare(request, find_principal(options["user"]))
    except (Problem, DeclarationError) as error:
        raise CommandError(str(error)) from error
    connection, plan = read.connection, read.plan
    text = bound_text(plan.statement, read.values, connection)
    yield from _section(f"The statement ({connection.vendor}, {connection.alias})", f"{formatted(text)};")
    if "nuages_base64(" in text:
        yield "(nuages_base64 is made by Nuages on its own connections; elsewhere put hex in its place)\n"
    page = bound_text(plan.page, read.values, connection)
    yield from _section("Its page query alone, as Django's ORM compiles it", f"{formatted(page)};")
    if options["explain"] or options["analyze"]:
        yield from _section("The database's plan", explain(text, connection, analyze=options["analyze"]))


def _section(title: str, body: str) -> Iterator[str]:
    yield f"-- {title}"
    yield f"{body}\n"


def _read_request(line: str) -> tuple[str, str]:
    method, _, target = line.strip().partition(" ")
    if not target:
        method, target = "GET", method
    if method.upper() != "GET":
        raise CommandError(f'{method} is not shown; only reads are, such as "GET /api/books".')
    parts = urlsplit(target)
    return unquote(parts.path), parts.query


def _find_api(path: str, query: str) -> tuple[API, Request]:
    try:
        match = resolve(path)
    except Resolver404:
        raise CommandError(f"Nothing is mounted at {path}.") from None
    handle = getattr(match.func, "nuages_handle", None)
    api = next((api for api in registered_apis() if api.handle == handle), None)
    if api is None:
        raise CommandError(f"{path} is a view of the project, not of a Nuages API.")
    rest = str(match.kwargs["rest"])
    prefix = path.removesuffix(rest).rstrip("/")
    return api, Request(method="GET", path=f"/{rest}", query=query, headers={}, prefix=prefix)
