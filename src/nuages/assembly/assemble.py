"""Turn the classes registered with an API into one that may be served, or into everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from nuages.accounts.mistakes import account_mistakes
from nuages.assembly.endpoints import Assembled
from nuages.assembly.mistakes import Registered, registration_mistakes
from nuages.assembly.routes import pipeline_of
from nuages.cache.sharing import cache_setting_mistakes
from nuages.configuration import setting_mistakes
from nuages.declare.build import build_resource, default_path
from nuages.declare.endpoints import Endpoint
from nuages.declare.handlers import Handled, handler_mistakes, handlers_of, renderer_mistakes
from nuages.declare.members import TargetOf
from nuages.declare.spec import ResourceSpec
from nuages.declare.visibility import visible_rules
from nuages.errors import DeclarationError, Misdeclared
from nuages.exports.bounds import export_mistakes
from nuages.factors.find import factor_mistakes
from nuages.failures import Failures
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.session import Session
from nuages.identifying import authenticator_mistakes
from nuages.limit.declared import throttle_mistakes
from nuages.limit.limiter import Limiter, limit_mistakes
from nuages.live.purging import live_setting_mistakes
from nuages.logins.terms import login_mistakes, trusted_proxies
from nuages.offers import action_mistakes
from nuages.permit.shading import too_many
from nuages.pipeline import Pipeline
from nuages.servers.cors_checks import cors_mistakes
from nuages.servers.observed import observed_mistakes
from nuages.servers.static_checks import static_mistakes
from nuages.streams.bounds import stream_mistakes


@dataclass(frozen=True, slots=True)
class Built:
    """An API that may be served: its specifications by name, and its pipeline."""

    specs: dict[str, ResourceSpec]
    pipeline: Pipeline
    needs_loop: bool = False

    @property
    def endpoint_count(self) -> int:
        """How many method and path pairs are served, HEAD and OPTIONS aside."""
        return self.pipeline.target_count


@dataclass(frozen=True, slots=True)
class Registry:
    """What was registered with an API; nothing is checked yet."""

    classes: Registered
    endpoints: Sequence[Endpoint] = ()
    dependencies: Sequence[Any] = ()
    handled: Sequence[Handled] = ()
    renderers: Sequence[Any] = ()


def assemble(
    title: str,
    version: str,
    registry: Registry,
    authenticate: Sequence[Authenticator] = (Session(),),
    *,
    throttle: Any = None,
) -> Built:
    """Check every class, endpoint and handler, and enter the operations into the router.

    Shapes: `authenticate` are the API's ways of proving who one is; a resource may have its own; `throttle` is
        how often one may ask for anything of it; of `renderers`, which write the problems, there is one at most.
    Raises: DeclarationError when anything is wrong, with every mistake.
    """
    registered, handled, renderers = registry.classes, registry.handled, registry.renderers
    target_of = _target_of(registered)
    results = [build_resource(declared, model, target_of) for declared, model in registered]
    mistakes = [mistake for _, found in results for mistake in found]
    mistakes += registration_mistakes(registered)
    mistakes += [mistake for spec, _ in results for mistake in action_mistakes(spec)]
    mistakes += [*handler_mistakes(handled), *renderer_mistakes(renderers), *setting_mistakes()]
    mistakes += [*cors_mistakes(), *factor_mistakes()]
    mistakes += [*limit_mistakes(), *cache_setting_mistakes(), *observed_mistakes(), *static_mistakes()]
    mistakes += [*_throttle_mistakes(title, throttle), *export_mistakes(), *stream_mistakes()]
    mistakes += live_setting_mistakes()
    mistakes += authenticator_mistakes(title, authenticate, [declared for declared, _ in registered])
    mistakes += login_mistakes(title, authenticate, [default_path(declared) for declared, _ in registered])
    mistakes += account_mistakes(authenticate)
    endpoints = Assembled(registry.endpoints, registry.dependencies)
    mistakes += endpoints.mistakes
    if mistakes:
        raise DeclarationError(mistakes)
    specs = {spec.name: spec for spec, _ in results}
    mistakes = [m for spec in specs.values() for m in too_many(type(spec.declared), visible_rules(spec, specs))]
    if mistakes:
        raise DeclarationError(mistakes)
    for declared, _ in registered:
        declared._is_served = True
    identify, failures = Identifier(authenticate), Failures(handlers_of(handled), *renderers)
    limiter = Limiter(title, throttle, trusted_proxies())
    pipeline = pipeline_of(title, version, specs, identify, endpoints=endpoints, failures=failures, limiter=limiter)
    return Built(specs, pipeline, needs_loop=any(each.is_async for each in registry.endpoints))


def _throttle_mistakes(title: str, throttle: Any) -> Iterable[Misdeclared]:
    for message, hint in throttle_mistakes(throttle):
        yield Misdeclared("nuages.E049", f"API(title={title!r})", f"throttle {message}", hint)


def _target_of(registered: Registered) -> TargetOf:
    """Which resource's rule applies inside a relation: the one named, else the first declared for the model."""
    names = {declared: default_path(declared) for declared, _ in registered}
    first: dict[type[Model], str] = {}
    for declared, model in registered:
        first.setdefault(model, names[declared])
    return lambda model, resource: names.get(resource) if resource else first.get(model)
