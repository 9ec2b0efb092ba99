"""Turn specifications into a router with everything that an API serves, and the pipeline around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, TypeAlias

from django.conf import settings
from django.utils.crypto import salted_hmac

from nuages.accounts.routes import account_routes
from nuages.assembly.endpoints import Assembled, served_by
from nuages.assembly.index import index_of
from nuages.assembly.jobs import Jobs
from nuages.assembly.operations import action_of, gate_of, reads_of, rules_of, writes_of
from nuages.browsers.routes import browser_routes
from nuages.chosen_answers import ChosenAnswers
from nuages.configuration import compression, cost_ceilings, has_absolute_urls
from nuages.declare.groups import Group, Groups, aging_of, ways_of
from nuages.declare.spec import ResourceSpec
from nuages.errors import DeclarationError
from nuages.factors.find import find_factor
from nuages.factors.routes import proof_routes
from nuages.failures import Failures
from nuages.functions.function import Function
from nuages.http.routing import Router
from nuages.identify.chain import Identifier
from nuages.identify.session import Session
from nuages.jobs.context import JobContext
from nuages.limit.limiter import Limiter
from nuages.limit.throttle import Throttle
from nuages.logins.routes import login_routes
from nuages.logins.terms import logs_in
from nuages.narrowing import audiences_of
from nuages.offers import offer
from nuages.operation import Action, Endpoint, Operation
from nuages.permit.access import Gate
from nuages.pipeline import Pipeline
from nuages.plan.cache import PlanCache
from nuages.published_keys import key_routes
from nuages.replicas.reading import make_reading
from nuages.routed import Target

Served: TypeAlias = tuple[str, str, Target]


def pipeline_of(
    title: str,
    version: str,
    specs: Mapping[str, ResourceSpec],
    identify: Identifier,
    *,
    made: Sequence[Group],
    groups: Groups,
    endpoints: Assembled,
    failures: Failures,
    limiter: Limiter,
    jobs: Jobs,
) -> Pipeline:
    """Enter everything that is served into one router.

    Raises: DeclarationError where the settings that the pipeline reads are wrong, or an endpoint has another's address.
    """
    router: Router[Target] = Router()
    plans, reads = PlanCache(), dict[type[Any], tuple[Operation, Operation]]()
    gates = {spec.name: gate_of(spec) for spec in specs.values()}
    served = chain(
        _resources(title, specs, groups, gates, identify, reads=reads),
        [("GET", "/", Endpoint(index_of(title, version, specs, groups, gates), identify))],
        _of_identity(identify),
        account_routes(title, identify),
    )
    for method, path, target in jobs.served(served, failures):
        router.add(method, path, _throttled(_aged(target, groups), groups, limiter))
    mistakes = list(endpoints.collisions(served_by(router.entries)))
    if mistakes:
        raise DeclarationError(mistakes)
    choices = ChosenAnswers(reads, plans, is_absolute=has_absolute_urls(), ceilings=cost_ceilings())
    for endpoint, function in endpoints.functions(identify, choices):
        throttle = limiter.throttle_of(
            endpoint.quota or f"{endpoint.method} {endpoint.path}", endpoint.terms.get("throttle")
        )
        job = jobs.of_endpoint(endpoint, function, failures)
        router.add(endpoint.method, endpoint.path, replace(job, throttle=throttle))
    return Pipeline(
        router,
        plans,
        vary=_vary(identify, specs, made),
        absolute_urls=has_absolute_urls(),
        ceilings=cost_ceilings(),
        failures=failures,
        reading=make_reading(proxies=limiter.proxies),
        compression=compression(),
    )


def _resources(
    title: str,
    specs: Mapping[str, ResourceSpec],
    groups: Groups,
    gates: dict[str, Gate],
    identify: Identifier,
    *,
    reads: dict[type[Any], tuple[Operation, Operation]],
) -> Iterable[Served]:
    """Everything that is served of resources; `reads` gets the list and the detail of each, by its class."""
    key = salted_hmac("nuages.cursor", title, secret=settings.SECRET_KEY, algorithm="sha256").digest()
    closed = {name: gate for name, gate in gates.items() if not gate.is_open}
    rules = {spec.name: rules_of(spec) for spec in specs.values()}
    for spec in specs.values():
        asked = _identifier(spec, groups, identify)
        page, detail = reads_of(spec, gates[spec.name], gates=closed, cursor_key=key, identify=asked)
        writes = list(writes_of(detail, gates, rules))
        audiences = audiences_of(page, detail, [write for _, _, write in writes], specs, cursor_key=key)
        page, detail = replace(page, audiences=audiences), replace(detail, audiences=audiences)
        page = replace(page, export=page.export and replace(page.export, audiences=audiences))
        page = replace(page, live=page.live and replace(page.live, audiences=audiences))
        reads[type(spec.declared)] = page, detail
        yield from _reads(page, detail)
        yield from ((method, path, replace(write, audiences=audiences)) for method, path, write in writes)
        yield from offer(spec, detail, gates, JobContext)


def _reads(page: Operation, detail: Operation) -> Iterable[Served]:
    if "read" in page.spec.rules:
        yield "GET", f"/{page.spec.name}", page
        yield "QUERY", f"/{page.spec.name}", page
        yield "GET", f"/{page.spec.name}/{{key}}", detail


def _of_identity(identify: Identifier) -> Iterable[Served]:
    """Where keys are published, and where one logs in and out: of sessions, the first that offers it."""
    yield from key_routes(identify.authenticators)
    factor = find_factor()
    bearers = [way for way in identify.authenticators if logs_in(way)]
    for bearer in bearers:
        yield from login_routes(bearer, identify, factor)
    sessions = [way for way in identify.authenticators if isinstance(way, Session) and way.login]
    if sessions:
        yield from browser_routes(Identifier(sessions), factor)
    if bearers or sessions:
        yield from proof_routes(bearers[0] if bearers else None, identify, factor)


def _identifier(spec: ResourceSpec, groups: Groups, identify: Identifier) -> Identifier:
    """A resource's own ways of proving who one is, else those of its group, else the API's."""
    ways = ways_of(type(spec.declared), groups)
    return identify if ways is None else Identifier(ways)


def _throttled(target: Target, groups: Groups, limiter: Limiter) -> Target:
    throttle = _throttle(target, groups, limiter)
    if isinstance(target, Operation):
        export = target.export and replace(target.export, throttle=throttle, aging=target.aging)
        live = target.live and replace(target.live, throttle=throttle, aging=target.aging)
        return replace(target, throttle=throttle, export=export, live=live)
    return replace(target, throttle=throttle)


def _throttle(target: Target, groups: Groups, limiter: Limiter) -> Throttle | None:
    """How often one may ask for it: as its rule goes by a name, so do its limits; a group's are one quota for all."""
    if isinstance(target, Endpoint | Function):
        return limiter.throttle_of()
    declared = type(target.spec.declared)
    group = groups.get(declared)
    if declared.throttle is None and group is not None and "throttle" in group.defaults:
        return limiter.throttle_of(group.quota, group.defaults["throttle"])
    if isinstance(target, Operation):
        name = "read"
    else:
        name = target.action.name if isinstance(target, Action) else action_of(target.kind)
    return limiter.throttle_of(target.spec.name, declared.throttle, name)


def _aged(target: Target, groups: Groups) -> Target:
    """The same, telling of its end."""
    if isinstance(target, Endpoint | Function):
        return target
    return replace(target, aging=aging_of(type(target.spec.declared), groups).headers)


def _vary(identify: Identifier, specs: Mapping[str, ResourceSpec], made: Iterable[Group]) -> str:
    """Which request headers any answer of the API may depend on."""
    ways = [*identify.authenticators, *(way for spec in specs.values() for way in spec.declared.authenticate or ())]
    ways += [way for group in made for way in group.defaults.get("authenticate") or ()]
    coded = () if compression() is None else ("Accept-Encoding",)
    return ", ".join(sorted({"Accept", *coded, *(name for way in ways for name in way.vary)}))
