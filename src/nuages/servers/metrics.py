"""Turn what is counted into `/-/metrics`, for whoever may read it. What is counted where is not known here.

Source: prometheus.io/docs/instrumenting/exposition_formats.
"""

from __future__ import annotations

import logging
from ipaddress import ip_address, ip_network

from django.utils.crypto import constant_time_compare

from nuages.counting import slots
from nuages.counting.counters import Family, Series, finish, gauge
from nuages.errors import MethodNotAllowed, NotAllowed, NotIdentified, Problem, Unavailable
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.http.request_id import HEADER, name_request, under_way
from nuages.http.response import Response
from nuages.logs import HEALTH, log_entry
from nuages.respond.problem import refuse
from nuages.servers.exposition import spell
from nuages.servers.figures import Figures
from nuages.servers.job_figures import job_levels
from nuages.servers.mounts import Handle
from nuages.servers.observed import metrics_token

PATH = "/-/metrics"
_ALLOW = ("Allow", "GET, HEAD, OPTIONS")
# This machine and private networks: RFC 1918, RFC 4193, RFC 4291. `is_private` would take in more.
_NEAR = [
    ip_network(each) for each in ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY"})
_OTHER, _NOWHERE = "(other)", "(none)"


class RequestCounts:
    """Counts requests by route, method and status, how long they took, and those that are under way."""

    def __init__(self) -> None:
        labels = ("route", "method")
        self._totals = Family("counter", "nuages_requests_total", "Requests answered.", (*labels, "status"))
        told = "How long requests took until the answer was made."
        self._durations = Family("histogram", "nuages_request_duration_seconds", told, labels)
        self._in_flight = gauge("nuages_requests_in_flight", "Requests under way.")
        self._known: dict[tuple[str, str, int], tuple[Series, Series]] = {}
        slots.join()
        self.figures = Figures()

    def begin(self) -> None:
        """Count one more under way."""
        self._in_flight.add()

    def leave(self) -> None:
        """Count one less under way, which was not answered here."""
        self._in_flight.add(-1)

    def end(self, route: str, method: str, status: int, took_s: float) -> None:
        """Count one that was answered."""
        key = (route, method if method in _METHODS else _OTHER, status)
        series = self._known.get(key)
        if series is None:
            series = self._known[key] = self._find(*key)
        finish(*series, self._in_flight, took_s)
        self.figures.take_if_due()

    def _find(self, route: str, method: str, status: int) -> tuple[Series, Series]:
        route = route or _NOWHERE
        return self._totals.of(route, method, str(status)), self._durations.of(route, method)


def metrics_page() -> dict[str, Handle]:
    """What is served where, for a process that counts."""
    figures = Figures()

    def show(request: Request) -> Response:
        named = under_way.set(name_request(request))
        try:
            return _show(request, figures)
        except Problem as problem:
            return _closed(refuse(problem, request))
        except Exception as error:  # noqa: BLE001  # the files of the counts are gone, say
            log_entry(logging.ERROR, "%s failed", request.path, error=error, log=HEALTH)
            return _closed(refuse(Unavailable("The metrics cannot be read."), request))
        finally:
            under_way.reset(named)

    return {PATH: show}


def _show(request: Request, figures: Figures) -> Response:
    if request.method == "OPTIONS":
        return _closed(Response(204, headers=[_ALLOW]))
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(f"{request.method[:20]} is not offered here.", headers=[_ALLOW])
    demand_reader(request, metrics_token())
    figures.take()
    body, media_type = spell([*slots.read_all(), *job_levels()], request.header("accept") or "")
    headers = [("Content-Type", media_type), ("Content-Length", str(len(body)))]
    return _closed(Response(200, b"" if request.method == "HEAD" else body, headers))


def _closed(response: Response) -> Response:
    added = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), (HEADER, under_way.get())]
    present = {name for name, _ in response.headers}
    response.headers += [pair for pair in added if pair[0] not in present]
    return response


def demand_reader(request: Request, token: str) -> None:
    """Demand the token; where there is none, that the client is near, and speaks for itself.

    Whoever comes by a proxy has the proxy's address, or one that it wrote down: neither says who reads.
    Raises: NotIdentified, NotAllowed `metrics-closed`.
    """
    if token:
        scheme, _, given = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not constant_time_compare(given.strip(), token):
            challenge = [("WWW-Authenticate", 'Bearer realm="metrics"')]
            raise NotIdentified("The metrics want the bearer token of this server.", headers=challenge)
        return
    if any(request.header(name) is not None for name in _FORWARDED) or not _is_near(request):
        detail = "Without a token, metrics are shown to this machine and private networks alone, not through a proxy."
        raise NotAllowed(detail, code="metrics-closed")


def _is_near(request: Request) -> bool:
    address = address_of(request, proxies=0)
    return bool(address) and any(ip_address(address) in network for network in _NEAR)
