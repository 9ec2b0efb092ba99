"""Show what is wrong in declarations as Django system checks, `nuages.E0xx`, each with its hint.

What is right, and risky on a real site, is a warning of `check --deploy`: `nuages.W0xx`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # the name is Django's
from django.db import DatabaseError, connections
from django.urls import get_resolver

from nuages.accounts.mistakes import deploy_mistakes
from nuages.api import registered_apis
from nuages.errors import Misdeclared
from nuages.execute.capacity import database_remarks, shortage
from nuages.jobs.discovering import discover
from nuages.jobs.mistakes import job_mistakes
from nuages.jobs.task_mistakes import task_mistakes, task_remarks
from nuages.live.migrating import untriggered
from nuages.logins.terms import trusted_proxies
from nuages.replicas.mistakes import replica_remarks
from nuages.servers.job_processes import process_mistakes
from nuages.servers.observed import has_metrics, metrics_token
from nuages.servers.static_checks import lacks_files

_TOLD_BY_PROXIES = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")


@register("nuages")
def check_declarations(**_: Any) -> list[CheckMessage]:
    """Build every API that the project's URLconf leads to, and report its mistakes and remarks.

    Source: docs.djangoproject.com, "System check framework".
    """
    get_resolver().url_patterns  # noqa: B018  # importing the URLconf is what registers the APIs
    found: list[CheckMessage] = []
    for api in registered_apis():
        found += [Error(*_words(mistake), id=mistake.id) for mistake in api.mistakes()]
        found += [Warning(*_words(remark), id=remark.id) for remark in api.remarks()]
    return found


@register("nuages")
def check_jobs(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with functions that are run as jobs, and with their terms and settings."""
    get_resolver().url_patterns  # noqa: B018  # as above: endpoints may be jobs
    discover()
    mistakes = [*job_mistakes(), *process_mistakes(), *task_mistakes()]
    found: list[CheckMessage] = [Error(*_words(mistake), id=mistake.id) for mistake in mistakes]
    return [*found, *(Warning(*_words(remark), id=remark.id) for remark in task_remarks())]


@register(Tags.database)
def check_connections(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Warn where all processes together may want more connections than PostgreSQL has for them.

    Source: docs.djangoproject.com, "System check framework": such checks run with `check --database` and `migrate`.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        with suppress(DatabaseError):
            said = shortage(connections[alias])
            if said:
                hint = "Raise max_connections, set DATABASE_POOL or NUAGES_THREADS lower, or put a pooler between."
                found.append(Warning(f"Database {alias!r}: {said}.", hint=hint, id="nuages.W051"))
    return found


@register(Tags.database)
def check_live_tables(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Warn where a live table has no trigger: nobody who follows its list would hear of changes."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        with suppress(DatabaseError):
            if said := untriggered(alias):
                hint = "Run manage.py migrate; or let who may run what manage.py nuages triggers --live prints."
                found.append(Warning(f"Database {alias!r}: {said}.", hint=hint, id="nuages.W059"))
    return found


@register("nuages")
def check_databases(**_: Any) -> list[CheckMessage]:
    """Report numbers and settings of databases that do not fit together; none of them is asked."""
    return [Warning(*_words(remark), id=remark.id) for remark in (*database_remarks(), *replica_remarks())]


@register("nuages", deploy=True)
def check_mails(**_: Any) -> list[CheckMessage]:
    """Report what a site that is there for others must not have; `check --deploy` alone asks for it."""
    return [Error(*_words(mistake), id=mistake.id) for mistake in deploy_mistakes()]


@register("nuages", Tags.security, deploy=True)
def check_proxies(**_: Any) -> list[CheckMessage]:
    """Warn where Django is told of a proxy and logins are not: then all clients have one address, the proxy's.

    Source: docs.djangoproject.com, "System check framework", deployment checks.
    """
    told = [name for name in _TOLD_BY_PROXIES if getattr(settings, name, None)]
    if not told or trusted_proxies() or not _has_logins():
        return []
    message = f"settings.NUAGES_TRUSTED_PROXIES is 0, and {told[0]} says that there is a proxy."
    hint = "Say how many proxies there are: without, the failed logins of one client lock all others out."
    return [Warning(message, hint=hint, id="nuages.W001")]


@register("nuages", Tags.security, deploy=True)
def check_metrics(**_: Any) -> list[CheckMessage]:
    """Warn where metrics go by addresses behind a proxy, which may make everybody look near."""
    told = [name for name in (*_TOLD_BY_PROXIES, "NUAGES_TRUSTED_PROXIES") if getattr(settings, name, None)]
    if not told or not has_metrics() or metrics_token():
        return []
    message = f"settings.NUAGES_METRICS is on without a token, and {told[0]} says that there is a proxy."
    hint = "Set NUAGES_METRICS_TOKEN: a proxy that adds no X-Forwarded-For makes everybody look near."
    return [Warning(message, hint=hint, id="nuages.W057")]


@register("nuages", deploy=True)
def check_static_files(**_: Any) -> list[CheckMessage]:
    """Warn where the admin is there, and `collectstatic` has not run."""
    if not lacks_files():
        return []
    message = "settings.STATIC_ROOT is empty, so that the admin has no style sheets."
    hint = "Run manage.py collectstatic; or set NUAGES_STATIC_FILES to False where another server has them."
    return [Warning(message, hint=hint, id="nuages.W058")]


def _has_logins() -> bool:
    """Whether any API takes passwords."""
    get_resolver().url_patterns  # noqa: B018  # as above
    return any(getattr(way, "login", False) for api in registered_apis() for way in api.authenticate)


def _words(said: Misdeclared) -> tuple[str, str | None]:
    return f"{said.place}: {said.message}", said.hint or None
