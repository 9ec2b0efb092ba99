"""The way of a request, on one page: route, identify, permit, parse, plan, execute, respond. Timed stage by stage.

What each stage does is its room's; this page alone knows their order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import msgspec

from nuages.errors import MethodNotAllowed, NotAcceptable, NotFound, Problem
from nuages.execute.failures import problem_of
from nuages.execute.result import Result
from nuages.execute.run import connection_for, execute
from nuages.http.negotiation import accepts_json
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.http.routing import Match, Router
from nuages.identify.principal import Principal
from nuages.operation import Operation
from nuages.parse.cursor import write_cursor
from nuages.parse.pairs import refuse_parameters
from nuages.parse.question import Question
from nuages.permit.access import demand, open_gate
from nuages.plan.cache import PlanCache
from nuages.plan.guards import Guard, make_guard
from nuages.plan.plans import Plan, compile_detail, compile_list
from nuages.respond.page import next_link, page_response
from nuages.respond.problem import problem_response

_log = logging.getLogger("nuages.request")
_CONSTANT_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Vary", "Accept, Cookie"))

Identify = Callable[[Request], Principal]
Answer = Callable[[Request, Principal], Response]
Guards = Mapping[str, Guard]


class Read(msgspec.Struct, frozen=True):
    """A read, ready to run: the plan, its values, the connection, and the question where it is a list."""

    plan: Plan
    values: tuple[Any, ...]
    connection: Any
    question: Question | None


class Clock:
    """Times the stages of one request (Server-Timing, W3C)."""

    __slots__ = ("_ends_s", "_stages", "_started_s")

    def __init__(self, started_s: float) -> None:
        self._started_s = started_s or perf_counter()
        self._stages: list[str] = []
        self._ends_s: list[float] = []

    def lap(self, stage: str) -> None:
        """Note the end of a stage."""
        self._stages.append(stage)
        self._ends_s.append(perf_counter())

    def header(self) -> str:
        """Spell the header's value, in milliseconds."""
        total_ms = (perf_counter() - self._started_s) * 1000
        last_s, spelled = self._started_s, []
        for stage, end_s in zip(self._stages, self._ends_s, strict=True):
            spelled.append("%s;dur=%.3f" % (stage, (end_s - last_s) * 1000))  # noqa: UP031  # half an f-string's time
            last_s = end_s
        return ", ".join([*spelled, "total;dur=%.3f" % total_ms])  # noqa: UP031


class Pipeline:
    """Carries requests through the stages; built once, when its API is."""

    def __init__(self, router: Router[Operation | Answer], identify: Identify, *, cursor_key: bytes) -> None:
        self._router = router
        self._identify = identify
        self._cursor_key = cursor_key
        self.plans = PlanCache()

    def handle(self, request: Request) -> Response:
        """Answer a request; whatever happens, with a response."""
        clock = Clock(request.received_s)
        instance = request.prefix + request.path
        try:
            response = self._answer(request, clock)
        except Problem as problem:
            response = problem_response(problem, instance=instance)
        except Exception as error:  # noqa: BLE001  # the last line of defence: whatever it is, the client is told
            response = problem_response(_failure(error, request.method, instance), instance=instance)
        response.headers.extend((*_CONSTANT_HEADERS, ("Server-Timing", clock.header())))
        if request.method == "HEAD":
            response.body = b""
        return response

    def _answer(self, request: Request, clock: Clock) -> Response:
        match, target = self._route(request)
        if target is None:
            return Response(204, headers=[("Allow", _allowed(match))])
        clock.lap("route")
        principal = self._identify(request)
        clock.lap("identify")
        if not isinstance(target, Operation):
            return target(request, principal)
        guards = self._permit(target, principal)
        clock.lap("permit")
        read = self._plan(target, request.query, match.arguments, guards, principal)
        clock.lap("plan")
        statement = read.plan.statement
        result = execute(read.connection, statement.text, statement.bind(read.values))
        clock.lap("db")
        response = self._respond(target, request, read, result)
        clock.lap("respond")
        return response

    def prepare(self, request: Request, principal: Principal) -> tuple[Operation, Read]:
        """Go the way up to the statement and stop before it: what `manage.py nuages sql` prints."""
        match, target = self._route(request)
        if not isinstance(target, Operation):
            raise NotFound(f"{request.path} runs no statement of a plan.")
        guards = self._permit(target, principal)
        return target, self._plan(target, request.query, match.arguments, guards, principal)

    def _route(self, request: Request) -> tuple[Match[Operation | Answer], Operation | Answer | None]:
        match = self._router.match(request.path)
        if match is None:
            raise NotFound(_lost(self._router, request))
        target = match.targets.get("GET" if request.method == "HEAD" else request.method)
        if target is None and request.method != "OPTIONS":
            detail = f"{request.method[:20]} is not offered here."
            raise MethodNotAllowed(detail, headers=[("Allow", _allowed(match))])
        if target is not None and not accepts_json(request.header("accept")):
            raise NotAcceptable("Only application/json is offered.")
        return match, target

    def _permit(self, operation: Operation, principal: Principal) -> Guards:
        """Ask the rules of the resource and of all that it shows."""
        gate = operation.gate
        guards: dict[str, Guard] = {}
        if not gate.is_open:
            opening = demand(open_gate(gate, principal), principal)
            guards[gate.name] = make_guard(gate.model, opening.verdict, opening.queryset)
        for shown in operation.shown:
            if shown.name not in guards:
                guards[shown.name] = _guard(operation, shown.name, principal)
        return guards

    def _plan(
        self, operation: Operation, query: str, arguments: tuple[str, ...], guards: Guards, principal: Principal
    ) -> Read:
        if operation.kind == "detail":
            return self._plan_detail(operation, query, arguments, guards)
        question = operation.questions.read(query)
        guards = _with_hops(operation, question, guards, principal)
        connection = connection_for(operation.spec.model)
        shape = _shape("list", operation, connection, guards, question.shape)
        plan = self.plans.get(shape, lambda: compile_list(operation.spec, question, guards, connection))
        return Read(plan, (*_guard_values(guards), *question.all_values(operation.spec.limit)), connection, question)

    def _plan_detail(self, operation: Operation, query: str, arguments: tuple[str, ...], guards: Guards) -> Read:
        refuse_parameters(query)
        try:
            key = operation.read_key(",".join(arguments))
        except ValueError:
            raise NotFound("There is no such member.") from None
        connection = connection_for(operation.spec.model)
        shape = _shape("detail", operation, connection, guards, ())
        plan = self.plans.get(shape, lambda: compile_detail(operation.spec, guards, connection))
        return Read(plan, (*_guard_values(guards), *key), connection, None)

    def _respond(self, operation: Operation, request: Request, read: Read, result: Result) -> Response:
        finish = read.plan.finish
        documents = result.documents
        if read.question is None:
            if not documents:
                raise NotFound("There is no such member.")
            return Response.json(finish(documents[0]) if finish else documents[0])
        limit = read.question.limit
        shown = documents[:limit]
        rows = [finish(document) for document in shown] if finish else shown
        next_url = self._next_url(operation, request, read.question, result) if len(documents) > limit else None
        return page_response(rows, next_url=next_url)

    def _next_url(self, operation: Operation, request: Request, question: Question, result: Result) -> str:
        scope = operation.questions.scope(question.order_text)
        cursor = write_cursor(result.place(question.limit - 1), scope=scope, key=self._cursor_key)
        return next_link(request.prefix + request.path, request.query, cursor)


def _failure(error: Exception, method: str, instance: str) -> Problem:
    """Which problem an unforeseen error is; a fault of ours or of the author's is logged, once."""
    problem = problem_of(error)
    if problem is not None:
        _log.warning("%s %s: %s", method, instance, error)
        return problem
    _log.error("%s %s failed", method, instance, exc_info=error)
    return Problem("This server failed; the failure is logged.")


def _guard(operation: Operation, name: str, principal: Principal) -> Guard:
    opening = open_gate(operation.gates[name], principal)
    return make_guard(opening.gate.model, opening.verdict, opening.queryset)


def _with_hops(operation: Operation, question: Question, guards: Guards, principal: Principal) -> Guards:
    """Add the guards of resources that the question's filters and order lead through."""
    if not operation.gates:
        return guards
    missing = sorted(name for name in question.targets if name in operation.gates and name not in guards)
    return {**guards, **{name: _guard(operation, name, principal) for name in missing}} if missing else guards


def _guard_values(guards: Guards) -> tuple[Any, ...]:
    if not guards:
        return ()
    return tuple(value for guard in guards.values() for value in guard.values)


def _shape(kind: str, operation: Operation, connection: Any, guards: Guards, question: Any) -> Any:
    """The key of a plan; None where a guard is shapeless."""
    shapes = [(name, guard.shape) for name, guard in guards.items()] if guards else []
    if any(shape is None for _, shape in shapes):
        return None
    return (kind, operation.spec.name, connection.alias, question, tuple(shapes))


def _allowed(match: Match[Any]) -> str:
    methods = set(match.targets) | {"OPTIONS"} | ({"HEAD"} if "GET" in match.targets else set())
    return ", ".join(sorted(methods))


def _lost(router: Router[Any], request: Request) -> str:
    stripped = request.path.rstrip("/")
    if stripped != request.path and router.match(stripped):
        return f"Nothing here; without the last slash, {request.prefix}{stripped} is served."
    return "Nothing is served under this path."
