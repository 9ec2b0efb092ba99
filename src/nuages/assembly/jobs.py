"""Turn the endpoints and actions that are declared as jobs into functions of workers, and serve `/jobs`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nuages.assembly.job_mistakes import kept_of_action, kept_of_endpoint
from nuages.declare.actions import verbs_of
from nuages.declare.endpoints import Endpoint
from nuages.declare.groups import Groups, Registered, ways_of
from nuages.errors import DeclarationError, Misdeclared
from nuages.failures import Failures
from nuages.functions import jobs as endpoint_jobs
from nuages.functions.function import Function
from nuages.identify.chain import Identifier
from nuages.job_answers.asked import AskedJob
from nuages.job_answers.keeping import Kept
from nuages.job_answers.listed import job_list
from nuages.job_answers.routes import MEMBER, job_routes
from nuages.job_answers.seen import SeenJobs
from nuages.jobs.enqueue import job_model
from nuages.jobs.registry import JobFunction, find, register
from nuages.jobs.terms import terms_of
from nuages.operation import Action
from nuages.permit.rules import Rule
from nuages.plan.cache import PlanCache
from nuages.routed import Target
from nuages.writes import jobs as action_jobs


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of one API.

    Shapes: `ways` are all those of proving who one is by which somebody may ask for a job; `are_any` where there are
        jobs at all.
    """

    title: str
    seen: SeenJobs
    ways: tuple[Any, ...] = ()
    are_any: bool = False

    def served(
        self, served: Iterable[tuple[str, str, Target]], failures: Failures
    ) -> Iterator[tuple[str, str, Target]]:
        """The same operations, those that are jobs as such, and what answers for one job in place of the list's own."""
        plans = PlanCache()
        for method, path, target in served:
            if isinstance(target, Action) and target.action.job is not None:
                yield method, path, self._of_action(method, path, target, failures, plans=plans)
            elif self.are_any and path == MEMBER:
                yield from job_routes(self.seen, Identifier(self.ways), failures)
            else:
                yield method, path, target

    def of_endpoint(self, endpoint: Endpoint, function: Function, failures: Failures) -> Function:
        """An endpoint as what it was declared to be."""
        if not endpoint.terms.get("job"):
            return function
        kept = kept_of_endpoint(endpoint, function.signature)
        run = partial(endpoint_jobs.run, function, kept, failures)
        name = self._name(endpoint.method, endpoint.path)
        asked = self._asked(
            JobFunction(name, endpoint.place, terms_of(endpoint.terms["job"]), run), kept, function.rule
        )
        return replace(function, job=asked)

    def _of_action(self, method: str, path: str, target: Action, failures: Failures, *, plans: PlanCache) -> Action:
        kept = kept_of_action(target)

        def run(arguments: Mapping[str, Any], context: Any) -> Any:
            return action_jobs.run(target, kept, failures, plans, arguments=arguments, context=context)

        place, terms = target.action.place, terms_of(target.action.job)
        asked = self._asked(JobFunction(self._name(method, path), place, terms, run), kept, target.rule)
        return replace(target, job=partial(action_jobs.ask, asked))

    def _asked(self, function: JobFunction, kept: Kept, rule: Rule) -> AskedJob:
        known = find(function.name)
        if known is not None and known.place != function.place:
            message = f"is the job {function.name!r}, as {known.place} is."
            hint = "Give each API a title of its own: by that workers tell them apart."
            raise DeclarationError([Misdeclared("nuages.E076", function.place, message, hint)])
        self.seen.rules[function.name] = rule
        return AskedJob(register(function), kept)

    def _name(self, method: str, path: str) -> str:
        """What is stored with each job, and found again by other processes, also after the function was renamed."""
        return f"{self.title}: {method} {path}"


def declared_jobs(
    title: str, registered: Registered, groups: Groups, endpoints: Sequence[Endpoint], authenticate: Sequence[Any]
) -> Jobs:
    """The jobs of an API; one without any serves no `/jobs`."""
    asked = [endpoint.authenticate for endpoint in endpoints if endpoint.terms.get("job")]
    asked += [ways_of(each, groups) for each, _ in registered if any(verb.job for verb in verbs_of(each))]
    ways = _once(way for ways in asked for way in (authenticate if ways is None else ways))
    return Jobs(title, SeenJobs(), tuple(ways), are_any=bool(asked))


def has_jobs(registered: Registered, endpoints: Iterable[Endpoint]) -> bool:
    """Whether anything of what is registered is a job."""
    if any(endpoint.terms.get("job") for endpoint in endpoints):
        return True
    return any(verb.job for declared, _ in registered for verb in verbs_of(declared))


def with_list(registered: Registered, jobs: Jobs) -> Registered:
    """The resources of an API, with the list of jobs where it has any."""
    return [*registered, (job_list(jobs.seen.rule, jobs.ways), job_model())] if jobs.are_any else registered


def _once(ways: Iterable[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    for way in ways:
        if way not in seen:
            seen.append(way)
            yield way
