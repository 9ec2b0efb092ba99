"""Turn specifications into the index of an API: which resources whoever asks may read, group by group."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from nuages.declare.groups import Groups
from nuages.declare.spec import ResourceSpec
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.parse.pairs import refuse_parameters
from nuages.permit.access import Gate
from nuages.respond.links import safe_path


def index_of(
    title: str, version: str, specs: Mapping[str, ResourceSpec], groups: Groups, gates: Mapping[str, Gate]
) -> Callable[..., Response]:
    """What answers for the root.

    Shapes: `{"title": ..., "version": ..., "resources": {"books": "/api/books"}}`, and where there are groups with
        resources `"groups": {"v1": {"books": "/api/v1/books"}}`.
    """
    places = {name: _place(spec, groups) for name, spec in specs.items()}

    def answer(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        found: dict[str, dict[str, str]] = {prefix: {} for prefix, _ in places.values()}
        for name, gate in gates.items():
            if gate.rule(principal) is not False:
                prefix, own = places[name]
                found[prefix][own] = safe_path(f"{request.prefix}/{name}")
        index = {"title": title, "version": version, "resources": found.pop("", {})}
        return Response.json(msgspec.json.encode({**index, "groups": found} if found else index))

    return answer


def _place(spec: ResourceSpec, groups: Groups) -> tuple[str, str]:
    group = groups.get(type(spec.declared))
    prefix = "" if group is None else group.prefix.strip("/")
    return prefix, spec.name.removeprefix(f"{prefix}/") if prefix else spec.name
