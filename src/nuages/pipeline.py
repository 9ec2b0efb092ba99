"""The way of a request, on one page: route, identify, throttle, permit, parse, plan, execute, respond.

It is timed stage by stage. What each stage does is its room's; this page alone knows their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from nuages.answers import answer, validated
from nuages.ceilings import ceiling_for, check_cost
from nuages.declare.aging import below
from nuages.errors import NotFound, NotIdentified
from nuages.execute.run import execute
from nuages.exports.answer import export
from nuages.failures import Failures
from nuages.functions.call import call
from nuages.functions.function import Function
from nuages.http.bodies import media_type, read_body
from nuages.http.clock import Clock
from nuages.http.request import Request
from nuages.http.request_id import HEADER, name_request, under_way
from nuages.http.response import Response, then
from nuages.http.routing import Match, Router
from nuages.identify.csrf import demand_own_site
from nuages.identify.principal import ANONYMOUS, Principal
from nuages.kept_reads import Asked, answer_kept
from nuages.live.answer import watch
from nuages.operation import Action, Operation, Write, seen_by
from nuages.parse.bodies import MAX_BODY_BYTES, merge, read_question
from nuages.parse.pairs import read_pairs
from nuages.plan.cache import PlanCache
from nuages.preparation import Read, guard_resource, prepare_detail, prepare_list
from nuages.replicas.reading import Reading
from nuages.respond.compression import Compression
from nuages.routed import Target, challenges, find, options
from nuages.writes.actions import act
from nuages.writes.journey import write

_SAFE = ("GET", "HEAD", "QUERY")
_NOT_IDENTIFIED = 401
# Whoever keeps an answer asks again each time, by its entity tag; RFC 9111 section 5.2.2.4 and section 4.2.2, by which
# an answer that says nothing may be kept for as long as somebody thinks right.
_SHARED = ("Cache-Control", "no-cache")
_PRIVATE = ("Cache-Control", "private, no-cache")
_STAGES = ("route", "identify", "permit", "plan", "db", "respond")


class Pipeline:
    """Carries requests through the stages; built once, when its API is."""

    def __init__(
        self,
        router: Router[Target],
        plans: PlanCache,
        *,
        vary: str,
        absolute_urls: bool,
        ceilings: Mapping[str, float | None],
        failures: Failures,
        reading: Reading | None = None,
        compression: Compression | None = None,
    ) -> None:
        self._router = router
        self._entered = 0
        self._constant_headers = (("X-Content-Type-Options", "nosniff"), ("Vary", vary))
        self._absolute_urls = absolute_urls
        self._ceilings = ceilings
        self._failures = failures
        self._reading = reading
        self._compression = compression
        self.plans = plans

    def handle(self, request: Request) -> Response:
        """Answer a request; whatever happens, with a response."""
        clock = Clock(request.received_s, _STAGES)
        principal = ANONYMOUS
        told: list[tuple[str, str]] = []
        named = under_way.set(name_request(request))
        if self._compression is not None:
            self._compression.read(request)
        try:
            match, target = find(self._router, request)
            if target is None:
                response = options(match)
            else:
                clock.ends_s.append(perf_counter())
                if target.aging:
                    told += below(request.prefix, target.aging)
                principal = request.asked_by = self._admit(target, request, told)
                answer = self._answer if self._reading is None else self._answer_nearby
                response = answer(target, match, request, principal, clock=clock)
                if self._compression is not None and isinstance(target, Operation):
                    self._compression.apply(request, response, principal)
        except Exception as error:  # noqa: BLE001  # the last line of defence: whatever it is, the client is told
            response = self._failures.answer(error, request, principal)
        finally:
            under_way.reset(named)
        if response.coming is None:
            return self._complete(response, request, principal, told, clock)
        coming = self._caught(response, request, principal)
        return then(coming, lambda come: self._complete(come, request, principal, told, clock))

    def _caught(self, response: Response, request: Request, principal: Principal) -> Response:
        """Let a response come under the request's name, and turn what goes wrong on its way into one."""
        coming = response.coming

        async def come() -> Response:
            named = under_way.set(request.id)
            try:
                return await coming() if coming else response
            except Exception as error:  # noqa: BLE001  # as in handle
                return self._failures.answer(error, request, principal)
            finally:
                under_way.reset(named)

        response.coming = come
        return response

    def _complete(
        self,
        response: Response,
        request: Request,
        principal: Principal,
        told: list[tuple[str, str]],
        clock: Clock,
    ) -> Response:
        if response.status == _NOT_IDENTIFIED and response.header("WWW-Authenticate") is None:
            response.headers.extend(challenges(self._router, request))
        headers, timing = response.headers, ("Server-Timing", clock.header())
        if not _says_how_long(headers):
            headers.append(_SHARED if principal is ANONYMOUS else _PRIVATE)
        headers.extend((*self._constant_headers, *told, (HEADER, request.id), timing))
        if request.method == "HEAD":
            response.body = b""
        return response

    def _admit(self, target: Target, request: Request, quotas: list[tuple[str, str]]) -> Principal:
        """Find who is asking, and count it; a credential that proves nothing counts for the address it came from."""
        if target.throttle is None:
            return target.identify(request)
        try:
            principal = target.identify(request)
        except NotIdentified:
            quotas += target.throttle.take(request, ANONYMOUS)
            raise
        quotas += target.throttle.take(request, principal)
        return principal

    def _answer_nearby(
        self, target: Target, match: Match[Target], request: Request, principal: Principal, *, clock: Clock
    ) -> Response:
        """Let a read run on a replica, where the project has any, and a change be remembered for the reads to come."""
        reading, passed = self._reading, len(clock.ends_s)

        def answer() -> Response:
            del clock.ends_s[passed:]  # of a replica that has failed
            return self._answer(target, match, request, principal, clock=clock)

        if reading is None:
            return answer()
        if isinstance(target, Operation):
            # What may be kept, or is watched, is read from the database itself, whoever asks.
            return (
                answer()
                if target.keeper is not None or target.kind == "live"
                else reading.read(request, principal, answer)
            )
        return answer() if request.method in _SAFE else reading.change(request, principal, answer)

    def _answer(
        self, target: Target, match: Match[Target], request: Request, principal: Principal, *, clock: Clock
    ) -> Response:
        lap = clock.ends_s.append
        lap(perf_counter())
        if isinstance(target, Operation):
            return self._read(match, target, request, principal, clock)
        if request.method not in _SAFE:
            demand_own_site(request, principal)
        if isinstance(target, Function):
            return call(target, request, principal, match.arguments, self._failures)
        key = ",".join(match.arguments)
        if isinstance(target, Write):
            return write(target, request, principal, key, plans=self.plans, failures=self._failures)
        if isinstance(target, Action):
            return act(target, request, principal, key, plans=self.plans, failures=self._failures)
        response = target.answer(request, principal, match.arguments)
        return response if target.negotiates else validated(request, response, None)

    def _read(
        self, match: Match[Target], target: Operation, request: Request, principal: Principal, clock: Clock
    ) -> Response:
        if target.kind == "live":
            return self._watch(match, target, request, principal)
        lap = clock.ends_s.append
        own = guard_resource(target, principal)
        if target.audiences is not None:
            target = seen_by(target, principal)
        lap(perf_counter())
        if target.keeper is not None and target.kind != "export" and request.method != "QUERY":
            asked = Asked(target.keeper, target, request, principal, self._absolute_urls, clock)
            return answer_kept(asked, own, lambda: self._prepare(target, request, match, own, principal))
        read = self._prepare(target, request, match, own, principal)
        lap(perf_counter())
        if target.kind == "export":
            return export(target, request, read, self.plans)
        statement = read.plan.statement
        result = execute(read.connection, statement.text, statement.bind(read.values))
        lap(perf_counter())
        response = answer(target, request, read, result, is_absolute=self._absolute_urls)
        lap(perf_counter())
        return response

    def _watch(self, match: Match[Target], target: Operation, request: Request, principal: Principal) -> Response:
        def prepare(who: Principal) -> tuple[Operation, Read]:
            own, seen = guard_resource(target, who), seen_by(target, who)
            return seen, self._prepare(seen, request, match, own, who)

        def again() -> tuple[Operation, Read]:
            return prepare(target.identify(request))

        return watch(request, prepare(principal), again, self.plans, is_absolute=self._absolute_urls)

    def prepare(self, request: Request, principal: Principal) -> tuple[Operation, Read]:
        """Go the way up to the statement and stop before it: what `manage.py nuages sql` prints."""
        match, target = find(self._router, request)
        if not isinstance(target, Operation):
            raise NotFound(f"{request.path} runs no statement of a plan.")
        own = guard_resource(target, principal)
        target = seen_by(target, principal)
        return target, self._prepare(target, request, match, own, principal)

    @property
    def target_count(self) -> int:
        """How many method and path pairs are served, HEAD and OPTIONS aside, and the index."""
        return self._router.target_count - 1 - self._entered

    def enter(self, method: str, path: str, target: Target) -> None:
        """Serve one thing more, which says what the others are; not where something is served there already."""
        if all((method, path) != (other, place) for other, place, _ in self._router.entries):
            self._router.add(method, path, target)
            self._entered += 1

    @property
    def targets(self) -> tuple[tuple[str, str, Target], ...]:
        """Everything that is served, with its method and path."""
        return self._router.entries

    def _prepare(
        self, operation: Operation, request: Request, match: Match[Any], own: Any, principal: Principal
    ) -> Read:
        if operation.kind == "detail":
            selection = operation.questions.read_selection(request.query)
            key = ",".join(match.arguments)
            return prepare_detail(operation, selection, key, own, principal=principal, plans=self.plans)
        pairs = read_pairs(request.query)
        if request.method == "QUERY":
            pairs = merge(pairs, read_question(media_type(request), read_body(request, max_bytes=MAX_BODY_BYTES)))

        def prepare(pairs: Any) -> Read:
            return prepare_list(operation, operation.questions.read(pairs), own, principal, self.plans)

        read = prepare(pairs)
        ceiling = ceiling_for(self._ceilings, principal) if self._ceilings else None
        if ceiling is not None:
            check_cost(read, ceiling, pairs, prepare)
        return read


def _says_how_long(headers: list[tuple[str, str]]) -> bool:
    """Whether an answer says itself how it may be kept. A plain loop: it runs for every answer."""
    for name, _ in headers:  # noqa: SIM110
        if name == "Cache-Control":
            return True
    return False
