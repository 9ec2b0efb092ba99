"""From the resources whose answers are kept to the triggers that let PostgreSQL itself tell of changes, as SQL.

Nothing here runs it: it belongs into a migration, or to psql.
Source: postgresql.org/docs/current/sql-createtrigger.html; transition from statement to statement, not by row.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.utils.connection import ConnectionDoesNotExist

from nuages.api import registered_apis
from nuages.cache.declared import READS, cache_of
from nuages.cache.listening import CHANNEL, TRIGGER
from nuages.diagnose.live import live_models
from nuages.errors import DeclarationError
from nuages.live.triggers import drop_statements, trigger_statements

HELP = "print the triggers by which PostgreSQL tells of changes that Django does not see"
_FUNCTION = f"""CREATE OR REPLACE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('{CHANNEL}', TG_TABLE_NAME); RETURN NULL; END $$;"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the apps, and whether to take the triggers away."""
    parser.add_argument("app", nargs="*", help="apps whose tables are meant (else: those of resources that are kept)")
    parser.add_argument("--live", action="store_true", help="those that live lists are fed by, which `migrate` makes")
    parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="of which database, with --live")
    parser.add_argument("--drop", action="store_true", help="take them away")


def lines(options: dict[str, Any]) -> Iterator[str]:
    """Give the statements.

    Raises: CommandError for an app that there is not, where no answer is kept or no list is live, and without a log.
    """
    if options["live"]:
        yield from _live_lines(options["database"], is_dropping=options["drop"])
        return
    tables = sorted(_tables(options["app"] or _kept_apps()))
    if options["drop"]:
        yield from (f'DROP TRIGGER IF EXISTS {TRIGGER} ON "{table}";' for table in tables)
        yield f"DROP FUNCTION IF EXISTS {TRIGGER}();"
        return
    yield _FUNCTION
    for table in tables:
        yield (
            f'CREATE OR REPLACE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}"'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {TRIGGER}();"
        )


def _live_lines(alias: str, *, is_dropping: bool) -> Iterator[str]:
    models = live_models()
    if not models and not is_dropping:
        raise CommandError("No resource has `live = True`.")
    try:
        statements = list(drop_statements(alias) if is_dropping else trigger_statements(alias, models))
    except (ConnectionDoesNotExist, DatabaseError) as error:
        raise CommandError(str(error)) from error
    if not statements and not is_dropping:
        raise CommandError("There is no log of changes: run manage.py migrate first.")
    yield from (f"{statement.rstrip(';')};" for statement in statements)


def _tables(labels: Iterable[str]) -> Iterator[str]:
    for label in labels:
        try:
            config = apps.get_app_config(label)
        except LookupError as error:
            raise CommandError(str(error)) from error
        for model in config.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                yield model._meta.db_table


def _kept_apps() -> set[str]:
    try:
        specs = [spec for api in registered_apis() for spec in api.build().specs.values()]
    except DeclarationError as error:
        raise CommandError(str(error)) from error
    kept = {spec.model._meta.app_label for spec in specs if any(cache_of(spec.declared.cache, kind) for kind in READS)}
    if not kept:
        raise CommandError("No resource has `cache`; name the apps whose tables are meant.")
    return kept
