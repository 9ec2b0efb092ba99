"""Say in a few lines what is served and where, and what is not fit for production. Decides nothing, starts nothing."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings
from django.core.checks import run_checks
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from nuages.execute.capacity import shortage
from nuages.execute.migrated import Migrations, has_database
from nuages.live.migrating import untriggered
from nuages.servers.guards import PASSED_BY_WITHOUT_LOSS

_WIDTH = 100
_LABEL_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Served:
    """An API as the banner shows it: where it is mounted, None where only Django can tell, and what it offers.

    Shapes: it `has_docs` where anyone may open the page that describes it.
    """

    title: str
    start: str | None
    resource_count: int
    endpoint_count: int
    has_docs: bool = False

    def line(self, url: str) -> str:
        """Say where the API is and how large."""
        counts = f"{count(self.resource_count, 'resource')}, {count(self.endpoint_count, 'endpoint')}"
        place = f"{url}{self.start}" if self.start else "(routed by Django)"
        return f"{place:<36}  {self.title}: {counts}"


@dataclass(frozen=True, slots=True)
class Site:
    """What the banner tells of.

    Units: `ready_s`, from the command to the first worker that listens.
    """

    version: str
    url: str
    apis: tuple[Served, ...]
    workers: int
    threads: int
    reloads: bool
    ready_s: float
    interface: str = "wsgi"
    jobs: str = ""


def banner_lines(site: Site) -> Iterator[str]:
    """Write the banner, a line at a time; looks once at the database."""
    title = f"  Nuages {site.version}  ·  Django {django.get_version()}  ·  Python {platform.python_version()}"
    yield f"{title:<{_WIDTH - 14}}ready in {site.ready_s:.1f} s"
    for api in site.apis:
        yield _entry("API", api.line(site.url))
        if api.has_docs and api.start:
            yield _entry("Docs", f"{site.url}{api.start}docs")
    admin = _admin_path()
    if admin:
        yield _entry("Admin", site.url + admin)
    yield from (_entry(label, text) for label, text in _own_lines())
    data, caution = _describe_data(site) if has_database() else ("none", ())
    yield _entry("Data", data)
    each = " each" if site.workers > 1 else ""
    loop = ", with an event loop" if site.interface == "asgi" else ""
    yield _entry("Server", f"{count(site.workers, 'worker')}, {count(site.threads, 'thread')}{each}{loop}")
    if site.jobs:
        yield _entry("Jobs", site.jobs)
    yield from (f"  ! {text}" for text in (*caution, *_cautions(site)))


def count(number: int, noun: str) -> str:
    """Say how many: "1 worker", "2 workers"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _entry(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}{text}"


def _own_lines() -> Iterable[tuple[str, str]]:
    """The project's own lines: pairs of a label and a text, from the function that NUAGES_BANNER names."""
    named = getattr(settings, "NUAGES_BANNER", "")
    try:
        return list(import_string(named)()) if named else []
    except DatabaseError:  # the line on the data says what is wrong with it
        return []


def _admin_path() -> str:
    try:
        return reverse("admin:index")
    except NoReverseMatch:
        return ""


def _describe_data(site: Site) -> tuple[str, tuple[str, ...]]:
    """Name the default database, how far it is migrated, and whether it has connections for all workers."""
    connection = connections[DEFAULT_DB_ALIAS]
    name = f"{connection.display_name} {_database_name(connection)}"
    try:
        pending = Migrations().count_pending()
        lacking = shortage(connection, workers=site.workers, has_lanes=site.interface == "asgi")
        deaf = untriggered(DEFAULT_DB_ALIAS)
    except DatabaseError as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"{name} (away)", (f"The database does not answer: {reason}",)
    finally:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # else this process, which answers nobody, would keep the pool's connections
    said: tuple[str, ...] = (f"Too few connections to the database: {lacking}. See nuages.W051.",) if lacking else ()
    said += (f"There are {deaf}. See nuages.W059.",) if deaf else ()
    if pending:
        return f"{name} ({count(pending, 'migration')} pending)", (
            "The database is behind: run manage.py migrate.",
            *said,
        )
    return f"{name} (migrated)", said


def _database_name(connection: BaseDatabaseWrapper) -> str:
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return Path(str(values["NAME"])).name
    return f"{values['NAME']} at {values['HOST'] or 'localhost'}"


def _cautions(site: Site) -> Iterator[str]:
    """Say what is not fit for production, or may surprise."""
    if settings.DEBUG:
        yield "DEBUG is on: errors show code and settings. Set it to False in production."
    else:
        found = run_checks(tags=["security"], include_deployment_checks=True)
        if found:
            yield f"{count(len(found), 'warning')} for deployment: manage.py check --deploy lists them."
    if "*" in settings.ALLOWED_HOSTS:
        yield 'ALLOWED_HOSTS is "*": any host name is believed.'
    for api in site.apis:
        if not api.start:
            yield f"{api.title} takes Django's slower way: its prefix varies, or an earlier pattern may match it."
    if site.reloads:
        yield "Reloads on save, which ends requests in flight: for development."
    passed_by = _middleware_passed_by(settings.MIDDLEWARE)
    if passed_by and any(api.start for api in site.apis) and getattr(settings, "NUAGES_STRAIGHT", True):
        yield f"API requests pass by {', '.join(passed_by)}; with NUAGES_STRAIGHT = False they take Django's way."


def _middleware_passed_by(names: Iterable[str]) -> list[str]:
    """Find the project's own middleware, which the straight path leaves out; Django's is its own or not for an API."""
    return [name for name in names if name not in PASSED_BY_WITHOUT_LOSS and not name.startswith("django.")]
