"""Decide who answers a path, a probe, a core or Django, and guard what a core answers. Knows no server's protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from nuages.errors import BadRequest, Problem
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.respond.problem import refuse
from nuages.servers.coming import defended
from nuages.servers.connections import kept_connections
from nuages.servers.guards import Guards
from nuages.servers.health import PROBES, live
from nuages.servers.mounts import Handle, Mount


@dataclass(frozen=True, slots=True)
class Way:
    """Who answers a path: the handle and the prefix it stands under. Before a probe, no guard stands."""

    handle: Handle
    prefix: str
    is_probe: bool = False

    @property
    def is_instant(self) -> bool:
        """Whether the answer needs no input and no output."""
        return self.handle is live


class Front:
    """The way past Django's handlers, for the paths that are surely a core's."""

    def __init__(self, mounts: Iterable[Mount], guards: Guards) -> None:
        self.guards = guards
        self._probes = {path: Way(handle, "", is_probe=True) for path, handle in PROBES.items()}
        self._ways = [(mount, Way(mount.handle, mount.prefix)) for mount in mounts]

    def find(self, path: str) -> Way | None:
        """Find who answers a path below the application's own prefix; None for Django."""
        probe = self._probes.get(path)
        if probe is not None:
            return probe
        for mount, way in self._ways:
            if mount.owns(path):
                return way
        return None

    def answer(self, way: Way, request: Request, *, authority: str = "", is_text: bool = True) -> Response | None:
        """Answer a request; None where Django has to (to send the client to HTTPS).

        Shapes: `authority` as for Guards.demand_host; `is_text` is false for a path that is no UTF-8. A response that
            is still coming is completed when it has come.
        """
        if way.is_instant:
            return way.handle(request)
        if way.is_probe:
            with kept_connections():
                return way.handle(request)
        try:
            if not self.guards.admit(request, authority):
                return None
            response = self._preflight(way, request) or _handle(way, request, is_text=is_text)
        except Problem as problem:
            response = refuse(problem, request)
        if response.coming is not None:
            return defended(response, request, partial(self._complete, way, request))
        return self._complete(way, request, response)

    def _complete(self, way: Way, request: Request, response: Response) -> Response:
        if self.guards.cors is not None:
            self.guards.cors.complete(request, way.prefix + request.path, response)
        return self.guards.complete(response, secure=request.secure)

    def _preflight(self, way: Way, request: Request) -> Response | None:
        cors = self.guards.cors
        return cors.preflight(request, way.prefix + request.path) if cors is not None else None


def _handle(way: Way, request: Request, *, is_text: bool) -> Response:
    if not is_text:
        raise BadRequest("The path is no UTF-8 text.", code="invalid-encoding")
    with kept_connections():
        return way.handle(request)
