"""Turn the classes registered with an API into one that may be served, or into everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nuages.accounts.mistakes import account_mistakes
from nuages.assembly.endpoints import Assembled
from nuages.assembly.job_mistakes import action_job_mistakes, job_mistakes, verb_mistakes
from nuages.assembly.jobs import declared_jobs, with_list
from nuages.assembly.mistakes import registration_mistakes
from nuages.assembly.routes import pipeline_of
from nuages.cache.sharing import cache_setting_mistakes
from nuages.configuration import setting_mistakes
from nuages.declare.aging import aging_mistakes
from nuages.declare.build import build_resource
from nuages.declare.endpoints import Endpoint
from nuages.declare.groups import (
    Group,
    Groups,
    Registered,
    aging_in,
    aging_of,
    group_mistakes,
    name_of,
    nearest,
)
from nuages.declare.handlers import Handled, handler_mistakes, handlers_of, renderer_mistakes
from nuages.declare.members import TargetOf
from nuages.declare.report import locate
from nuages.declare.resource import Resource
from nuages.declare.spec import ResourceSpec
from nuages.declare.visibility import visible_rules
from nuages.errors import DeclarationError, Misdeclared
from nuages.exports.bounds import export_mistakes
from nuages.factors.find import factor_mistakes
from nuages.failures import Failures
from nuages.functions.function import Function
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.session import Session
from nuages.identifying import authenticator_mistakes
from nuages.jobs.context import JobContext
from nuages.limit.declared import throttle_mistakes
from nuages.limit.limiter import Limiter, limit_mistakes
from nuages.live.bounds import live_mistakes
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
    """What was registered with an API; nothing is checked yet.

    Shapes: `made` are its groups, `groups` those that resources stand in, by their classes.
    """

    classes: Registered
    endpoints: Sequence[Endpoint] = ()
    dependencies: Sequence[Any] = ()
    handled: Sequence[Handled] = ()
    renderers: Sequence[Any] = ()
    made: Sequence[Group] = ()
    groups: Groups = field(default_factory=dict)


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
    own, handled, renderers = registry.classes, registry.handled, registry.renderers
    groups = registry.groups
    jobs = declared_jobs(title, own, groups, registry.endpoints, authenticate)
    mistakes = [*job_mistakes(own, groups, registry.endpoints), *verb_mistakes(own)]
    registered = own if mistakes else with_list(own, jobs)
    results = [
        build_resource(declared, model, _target_of(registered, groups, declared), name_of(declared, groups))
        for declared, model in registered
    ]
    mistakes += [mistake for _, found in results for mistake in found]
    mistakes += registration_mistakes(registered, groups)
    mistakes += [
        mistake for spec, _ in results for mistake in (*action_mistakes(spec, JobContext), *action_job_mistakes(spec))
    ]
    mistakes += [*handler_mistakes(handled), *renderer_mistakes(renderers), *setting_mistakes()]
    mistakes += [*cors_mistakes(), *factor_mistakes()]
    mistakes += [*limit_mistakes(), *cache_setting_mistakes(), *observed_mistakes(), *static_mistakes()]
    mistakes += [*_throttle_mistakes(title, throttle, registry.made), *export_mistakes(), *stream_mistakes()]
    mistakes += [*live_mistakes(), *group_mistakes(registry.made, registered, groups)]
    mistakes += _aging_mistakes(registry)
    mistakes += authenticator_mistakes(title, authenticate, [declared for declared, _ in own], registry.made)
    mistakes += login_mistakes(title, authenticate, [name_of(declared, groups) for declared, _ in registered])
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
    pipeline = pipeline_of(
        title,
        version,
        specs,
        identify,
        made=registry.made,
        groups=groups,
        endpoints=endpoints,
        failures=failures,
        limiter=limiter,
        jobs=jobs,
    )
    is_live = any(spec.is_live for spec in specs.values())
    return Built(specs, pipeline, needs_loop=is_live or _needs_loop(pipeline))


def _needs_loop(pipeline: Pipeline) -> bool:
    functions = [target for _, _, target in pipeline.targets if isinstance(target, Function)]
    return any(each.is_async or each.outputs.stream is not None for each in functions)


def _throttle_mistakes(title: str, throttle: Any, made: Iterable[Group]) -> Iterable[Misdeclared]:
    said = [(f"API(title={title!r})", throttle), *((repr(group), group.defaults.get("throttle")) for group in made)]
    for place, given in said:
        yield from (
            Misdeclared("nuages.E049", place, f"throttle {message}", hint) for message, hint in throttle_mistakes(given)
        )


def _aging_mistakes(registry: Registry) -> Iterable[Misdeclared]:
    """What is wrong in what is said of the end of resources, groups and endpoints: `nuages.E067`."""
    said = [(repr(group), aging_in(group.defaults)) for group in registry.made]
    said += [(locate(declared), aging_of(declared, registry.groups)) for declared, _ in registry.classes]
    said += [(endpoint.place, aging_in(endpoint.terms)) for endpoint in registry.endpoints]
    told: set[str] = set()  # what a group has wrong is told there
    for place, aging in said:
        for message, hint in aging_mistakes(aging):
            if message not in told:
                told.add(message)
                yield Misdeclared("nuages.E067", place, message, hint)


def _target_of(registered: Registered, groups: Groups, asking: type[Resource]) -> TargetOf:
    """Which resource's rule applies inside a relation: the one named, else the nearest of those for the model."""
    names = {declared: name_of(declared, groups) for declared, _ in registered}
    known = {model: names[declared] for model, declared in nearest(registered, groups, asking).items()}
    return lambda model, resource: names.get(resource) if resource else known.get(model)
