"""Read what was registered with an API as far as it can be read, and name everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nuages.accounts.mistakes import account_mistakes
from nuages.assembly.endpoints import Assembled
from nuages.assembly.job_mistakes import action_job_mistakes, job_mistakes, verb_mistakes
from nuages.assembly.jobs import declared_jobs, with_list
from nuages.assembly.mistakes import registration_mistakes
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
from nuages.declare.handlers import Handled, handler_mistakes, renderer_mistakes
from nuages.declare.members import TargetOf
from nuages.declare.report import locate
from nuages.declare.resource import Resource
from nuages.errors import Misdeclared
from nuages.exports.bounds import export_mistakes
from nuages.factors.find import factor_mistakes
from nuages.identify.chain import Authenticator
from nuages.identifying import authenticator_mistakes
from nuages.jobs.context import JobContext
from nuages.limit.declared import throttle_mistakes
from nuages.limit.limiter import limit_mistakes
from nuages.live.bounds import live_mistakes
from nuages.logins.terms import login_mistakes
from nuages.offers import action_mistakes
from nuages.servers.cors_checks import cors_mistakes
from nuages.servers.observed import observed_mistakes
from nuages.servers.static_checks import static_mistakes
from nuages.streams.bounds import stream_mistakes


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


class Gathered:
    """What was registered, read as far as it can be, and everything that is wrong with it."""

    def __init__(self, title: str, registry: Registry, authenticate: Sequence[Authenticator], throttle: Any) -> None:
        own, groups = registry.classes, registry.groups
        self._title, self._registry, self._authenticate, self._throttle = title, registry, authenticate, throttle
        self.jobs = declared_jobs(title, own, groups, registry.endpoints, authenticate)
        self._of_jobs = [*job_mistakes(own, groups, registry.endpoints), *verb_mistakes(own)]
        self.registered = own if self._of_jobs else with_list(own, self.jobs)
        self.results = [
            build_resource(declared, model, _target_of(self.registered, groups, declared), name_of(declared, groups))
            for declared, model in self.registered
        ]
        self.endpoints = Assembled(registry.endpoints, registry.dependencies)

    def mistakes(self) -> Iterator[Misdeclared]:
        """Every mistake, those of classes first."""
        yield from self._of_jobs
        yield from self._of_resources()
        yield from (*handler_mistakes(self._registry.handled), *renderer_mistakes(self._registry.renderers))
        yield from _setting_mistakes()
        yield from self._of_terms()
        yield from self._of_identity()
        yield from self.endpoints.mistakes

    def _of_resources(self) -> Iterator[Misdeclared]:
        yield from (mistake for _, found in self.results for mistake in found)
        yield from registration_mistakes(self.registered, self._registry.groups)
        for spec, _ in self.results:
            yield from (*action_mistakes(spec, JobContext), *action_job_mistakes(spec))

    def _of_terms(self) -> Iterator[Misdeclared]:
        made = self._registry.made
        yield from _throttle_mistakes(self._title, self._throttle, made)
        yield from group_mistakes(made, self.registered, self._registry.groups)
        yield from _aging_mistakes(self._registry)

    def _of_identity(self) -> Iterator[Misdeclared]:
        classes = [declared for declared, _ in self._registry.classes]
        names = [name_of(declared, self._registry.groups) for declared, _ in self.registered]
        yield from authenticator_mistakes(self._title, self._authenticate, classes, self._registry.made)
        yield from login_mistakes(self._title, self._authenticate, names)
        yield from account_mistakes(self._authenticate)


def _setting_mistakes() -> Iterator[Misdeclared]:
    """What is wrong in the settings that an API reads."""
    yield from (*setting_mistakes(), *cors_mistakes(), *factor_mistakes(), *limit_mistakes())
    yield from (*cache_setting_mistakes(), *observed_mistakes(), *static_mistakes())
    yield from (*export_mistakes(), *stream_mistakes(), *live_mistakes())


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
