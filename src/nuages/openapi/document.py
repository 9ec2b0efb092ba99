"""Put the description of an API together: every path that its router has, with what whoever asks may see.

Source: spec.openapis.org/oas/v3.1.1#openapi-object.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nuages.functions.function import Function
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.openapi.answers import FAULT, HEADERS, PROBLEM, shared_responses
from nuages.openapi.components import Components
from nuages.openapi.functions import function_operation
from nuages.openapi.own import own_operation
from nuages.openapi.representations import Representations
from nuages.openapi.resources import Resources
from nuages.openapi.security import demand_of, schemes_of
from nuages.operation import Action, Operation, Seen, Write, seen_by
from nuages.permit.rules import Rule
from nuages.pipeline import Pipeline
from nuages.routed import Target

VERSION = "3.1.1"
_UNKNOWN = frozenset({"QUERY"})  # OpenAPI 3.1 has no such method


def document_of(
    title: str, version: str, pipeline: Pipeline, *, prefix: str, principal: Principal | None
) -> dict[str, Any]:
    """Describe an API as a principal sees it: with the members that are visible to them, and no others.

    Shapes: `principal` is None for the whole of it; `prefix` is the path under which the API is mounted ("/api").
    """
    return Describing(principal).document(title, version, pipeline.targets, prefix)


class Describing:
    """A description that is being made, for one principal."""

    def __init__(self, principal: Principal | None) -> None:
        self._principal = principal
        self._components = Components()
        self._ways: dict[int, Any] = {}

    def document(
        self, title: str, version: str, targets: Iterable[tuple[str, str, Target]], prefix: str
    ) -> dict[str, Any]:
        """Make the document."""
        listed = list(targets)
        closed = {name for _, _, each in listed if isinstance(each, Operation) for name in each.gates}
        self._resources = Resources(self._components, Representations(self._components, closed))
        paths: dict[str, Any] = {}
        for method, path, target in listed:
            described = None if method in _UNKNOWN else self._operation(method, path, target)
            if described is not None:
                paths.setdefault(path, {})[method.lower()] = described
        return {
            "openapi": VERSION,
            "info": {"title": title, "version": version},
            "servers": [{"url": prefix or "/"}],
            "paths": paths,
            "components": self._shared(),
        }

    def _operation(self, method: str, path: str, target: Target) -> dict[str, Any] | None:
        described = self._described(method, path, target)
        if described is None:
            return None
        self._note(target.identify)
        rule = _rule_of(target)
        is_open = rule is None or rule.constant is True
        described["security"] = demand_of(target.identify.authenticators, method=method, is_open=is_open)
        if any(name == "Deprecation" for name, _ in target.aging):
            described["deprecated"] = True
        return described

    def _described(self, method: str, path: str, target: Target) -> dict[str, Any] | None:
        if isinstance(target, Operation):
            return self._resources.read(self._seen(target))
        if isinstance(target, Write):
            return self._resources.write(self._seen(target))
        if isinstance(target, Action):
            return self._resources.action(target)
        if isinstance(target, Function):
            return function_operation(target, self._components, path.split("/")[1])
        return own_operation(method, path, self._components)

    def _seen(self, target: Seen) -> Seen:
        return target if self._principal is None else seen_by(target, self._principal)

    def _note(self, identify: Identifier) -> None:
        self._ways[id(identify)] = identify.authenticators

    def _shared(self) -> dict[str, Any]:
        schemes = {name: each for ways in self._ways.values() for name, each in schemes_of(ways).items()}
        return {
            "schemas": {**self._components.schemas, "Problem": PROBLEM, "Fault": FAULT},
            "responses": shared_responses(),
            "headers": dict(HEADERS),
            "securitySchemes": schemes,
        }


def _rule_of(target: Target) -> Rule | None:
    if isinstance(target, Operation):
        return target.gate.rule
    return getattr(target, "rule", None)
