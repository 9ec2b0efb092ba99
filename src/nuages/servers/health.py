"""Answer `/-/live` and `/-/ready` for whoever restarts processes or spreads load. No resource, no identity, no detail.

The host and HTTPS guards do not stand before them on the straight path: a balancer asks by address and over plain HTTP.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from nuages.errors import MethodNotAllowed, Problem, Unavailable
from nuages.execute.migrated import Migrations, not_migrated
from nuages.http.request import Request
from nuages.http.request_id import name_request, under_way
from nuages.http.response import Response
from nuages.logs import HEALTH, log_entry
from nuages.respond.problem import refuse
from nuages.servers.django_view import from_django, to_django
from nuages.servers.leaving import leaving
from nuages.servers.mounts import Handle

_ALLOW = ("Allow", "GET, HEAD, OPTIONS")
_DATABASE_AWAY = "The database does not answer."


class Readiness(Migrations):
    """Knows whether this process may be sent requests."""

    def demand(self) -> None:
        """Demand that this process may serve.

        Raises: Unavailable, `database-away` or `not-migrated`.
        """
        try:
            pending = self.count_pending()
        except DatabaseError as error:
            log_entry(logging.WARNING, "Not ready: %s", error, log=HEALTH)
            raise Unavailable(_DATABASE_AWAY, code="database-away", headers=[("Retry-After", "1")]) from error
        if pending:
            raise not_migrated(pending)


_readiness = Readiness()


def live(request: Request) -> Response:
    """Say that this process runs. No input, no output, no lock."""
    return _answer(request, demand=None)


def ready(request: Request) -> Response:
    """Say whether this process may be sent requests: 200, or 503 with a problem."""
    return _answer(request, demand=_demand_ready)


def _demand_ready() -> None:
    if leaving.is_told:
        raise Unavailable("This server is about to end.", code="draining", headers=[("Retry-After", "1")])
    _readiness.demand()


PROBES: dict[str, Handle] = {"/-/live": live, "/-/ready": ready}


def _answer(request: Request, *, demand: Any) -> Response:
    named = under_way.set(name_request(request))
    try:
        response = _say_ok(request.method, demand)
    except Problem as problem:
        response = refuse(problem, request)
    except Exception as error:  # noqa: BLE001  # a broken migration, say: logged, not ready, and never a traceback
        log_entry(logging.ERROR, "%s failed", request.path, error=error, log=HEALTH)
        response = refuse(Unavailable("This server is not ready."), request)
    finally:
        under_way.reset(named)
    response.headers.append(("Cache-Control", "no-store"))
    if request.method == "HEAD":
        response.body = b""
    return response


def _say_ok(method: str, demand: Any) -> Response:
    if method == "OPTIONS":
        return Response(204, headers=[_ALLOW])
    if method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(f"{method[:20]} is not offered here.", headers=[_ALLOW])
    if demand is not None:
        demand()
    return Response.json(b'{"status":"ok"}')


def _view(handle: Handle) -> Any:
    @csrf_exempt  # nothing is changed here, and a wrong method is a 405
    def view(request: HttpRequest) -> HttpResponse:
        return to_django(handle(from_django(request, "", request.path)))

    return view


# For a project served by Django's own application: path("-/", health.urls). Its middleware stands before it.
urls: Any = (
    [path("live", _view(live), name="nuages-live"), path("ready", _view(ready), name="nuages-ready")],
    None,
    None,
)
