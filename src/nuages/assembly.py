"""Turn the classes registered with an API into specifications, gates, operations and routes; once, at start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import msgspec
from django.conf import settings
from django.db.models import Model
from django.utils.crypto import salted_hmac

from nuages.browsers.routes import Route, browser_routes
from nuages.change.apply import Changes
from nuages.configuration import cost_ceilings, has_absolute_urls, setting_mistakes
from nuages.declare.actions import name_of, verbs_of
from nuages.declare.build import build_resource, default_path
from nuages.declare.handlers import Handled, handler_mistakes, handlers_of
from nuages.declare.members import TargetOf
from nuages.declare.report import locate
from nuages.declare.resource import Member, Nested, Resource
from nuages.declare.spec import ResourceSpec
from nuages.declare.visibility import visible_rules
from nuages.errors import DeclarationError, Misdeclared
from nuages.failures import Failures
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.http.routing import Router
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.principal import Principal
from nuages.identify.session import Session
from nuages.identifying import authenticator_mistakes
from nuages.logins.routes import login_routes
from nuages.logins.terms import login_mistakes, logs_in
from nuages.narrowing import audiences_of, direct_columns, documents_of
from nuages.offers import action_mistakes, offer
from nuages.operation import Endpoint, Operation, Write, WriteKind, types_of
from nuages.parse.key import key_reader
from nuages.parse.pairs import refuse_parameters
from nuages.parse.question import QuestionReader
from nuages.permit.access import Gate
from nuages.permit.mistakes import mistakes_of
from nuages.permit.rules import Rule, as_rule, nobody
from nuages.permit.shading import shading_mistakes, too_many
from nuages.pipeline import Pipeline, Target
from nuages.plan.scopes import has_plain_manager
from nuages.published_keys import key_routes
from nuages.respond.links import Linker, safe_path
from nuages.servers.cors_checks import cors_mistakes

Registered: TypeAlias = Sequence[tuple[type[Resource], type[Model]]]


@dataclass(frozen=True, slots=True)
class Built:
    """An API that may be served: its specifications by name, and its pipeline."""

    specs: dict[str, ResourceSpec]
    pipeline: Pipeline

    @property
    def endpoint_count(self) -> int:
        """How many method and path pairs are served, HEAD and OPTIONS aside."""
        return self.pipeline.target_count


def assemble(
    title: str,
    version: str,
    registered: Registered,
    authenticate: Sequence[Authenticator] = (Session(),),
    handled: Sequence[Handled] = (),
) -> Built:
    """Check every class and handler, and enter the operations into the router.

    Shapes: `authenticate` are the API's ways of proving who one is; a resource may have its own.
    Raises: DeclarationError when anything is wrong, with every mistake.
    """
    target_of = _target_of(registered)
    results = [build_resource(declared, model, target_of) for declared, model in registered]
    mistakes = [mistake for _, found in results for mistake in found]
    mistakes += [mistake for check in (_twice, _rule_mistakes, _target_mistakes) for mistake in check(registered)]
    mistakes += [mistake for spec, _ in results for mistake in action_mistakes(spec)]
    mistakes += [mistake for declared, model in registered for mistake in shading_mistakes(declared, model)]
    mistakes += [*handler_mistakes(handled), *setting_mistakes(), *cors_mistakes()]
    mistakes += authenticator_mistakes(title, authenticate, [declared for declared, _ in registered])
    mistakes += login_mistakes(title, authenticate, [default_path(declared) for declared, _ in registered])
    if mistakes:
        raise DeclarationError(mistakes)
    specs = {spec.name: spec for spec, _ in results}
    mistakes = [m for spec in specs.values() for m in too_many(type(spec.declared), visible_rules(spec, specs))]
    if mistakes:
        raise DeclarationError(mistakes)
    for declared, _ in registered:
        declared._is_served = True
    return Built(specs, _pipeline(title, version, specs, Identifier(authenticate), Failures(handlers_of(handled))))


def _pipeline(
    title: str, version: str, specs: dict[str, ResourceSpec], identify: Identifier, failures: Failures
) -> Pipeline:
    key = salted_hmac("nuages.cursor", title, secret=settings.SECRET_KEY, algorithm="sha256").digest()
    router: Router[Target] = Router()
    every = {spec.name: _gate(spec) for spec in specs.values()}
    gates = {name: gate for name, gate in every.items() if not gate.is_open}
    rules = {spec.name: {action: _rule(spec, action) or nobody for action in _ACTIONS} for spec in specs.values()}
    for spec in specs.values():
        page, detail = _reads(spec, every[spec.name], gates=gates, cursor_key=key, identify=identify)
        writes = list(_writes(detail, every, rules))
        audiences = audiences_of(page, detail, [write for _, _, write in writes], specs, cursor_key=key)
        if "read" in spec.rules:
            _enter_reads(router, replace(page, audiences=audiences), replace(detail, audiences=audiences))
        for method, path, write in writes:
            router.add(method, path, replace(write, audiences=audiences))
        for method, path, action in offer(spec, replace(detail, audiences=audiences), every):
            router.add(method, path, action)
    router.add("GET", "/", Endpoint(_index(title, version, every), identify))
    for method, path, endpoint in key_routes(identify.authenticators):
        router.add(method, path, endpoint)
    for bearer in filter(logs_in, identify.authenticators):
        for method, path, endpoint in login_routes(bearer, identify):
            router.add(method, path, endpoint)
    for method, path, endpoint in _browser_routes(identify):
        router.add(method, path, endpoint)
    return Pipeline(
        router,
        vary=_vary(identify, specs),
        absolute_urls=has_absolute_urls(),
        ceilings=cost_ceilings(),
        failures=failures,
    )


def _reads(
    spec: ResourceSpec, gate: Gate, *, gates: dict[str, Gate], cursor_key: bytes, identify: Identifier
) -> tuple[Operation, Operation]:
    questions = QuestionReader(spec, cursor_key=cursor_key)
    linker = Linker(cursor_key=cursor_key, max_offset=spec.paging.max_offset)
    read_key = key_reader(spec)
    own = spec.declared.authenticate
    identify = identify if own is None else Identifier(own)
    page = Operation("list", spec, gate, gates, questions, linker, read_key, identify)
    return page, replace(page, kind="detail")


def _browser_routes(identify: Identifier) -> list[Route]:
    """Where a browser's pages log in and out: the first session that offers it."""
    sessions = [way for way in identify.authenticators if isinstance(way, Session) and way.login]
    return browser_routes(Identifier(sessions)) if sessions else []


def _vary(identify: Identifier, specs: Mapping[str, ResourceSpec]) -> str:
    """Which request headers any answer of the API may depend on."""
    ways = [*identify.authenticators, *(way for spec in specs.values() for way in spec.declared.authenticate or ())]
    return ", ".join(sorted({"Accept", *(name for way in ways for name in way.vary)}))


def _enter_reads(router: Router[Target], page: Operation, detail: Operation) -> None:
    router.add("GET", f"/{page.spec.name}", page)
    router.add("QUERY", f"/{page.spec.name}", page)
    router.add("GET", f"/{page.spec.name}/{{key}}", detail)


def _writes(
    detail: Operation, gates: dict[str, Gate], rules: Mapping[str, Mapping[str, Rule]]
) -> Iterable[tuple[str, str, Write]]:
    """What a rule opens: changes where something may be written, deletion also where a rule names it."""
    spec = detail.spec
    spec.declared.changes = Changes(spec.model, spec.writable)
    documents = documents_of(spec)
    files = {part.name: part.limits for part in spec.writable if part.limits is not None}
    for method, kind, action, path in _WRITES:
        rule = _rule(spec, action) if _suits(kind, spec) else None
        if rule is not None and (spec.writable or (action == "delete" and action in spec.rules)):
            direct = direct_columns(detail, gates) if kind == "create" else None
            types = types_of(kind, has_files=bool(files))
            write = Write(kind, spec, rule, gates, documents, detail, rules, types, files, direct)
            yield method, f"/{spec.name}{path}", write


def _suits(kind: WriteKind, spec: ResourceSpec) -> bool:
    """Whether a change of many members is offered; a deletion says which by the filters of the list."""
    if kind == "delete-many":
        return bool(spec.max_bulk and "read" in spec.rules and (spec.filters or spec.search.operands))
    return kind != "merge-many" or bool(spec.max_bulk)


def _rule(spec: ResourceSpec, action: str) -> Rule | None:
    rule = spec.rules.get(action, spec.rules.get("write"))
    return None if rule is None else as_rule(rule)


_ACTIONS = ("create", "update", "delete")
_WRITES: tuple[tuple[str, WriteKind, str, str], ...] = (
    ("POST", "create", "create", ""),
    ("PUT", "replace", "update", "/{key}"),
    ("PATCH", "merge", "update", "/{key}"),
    ("PATCH", "merge-many", "update", ""),
    ("DELETE", "delete", "delete", "/{key}"),
    ("DELETE", "delete-many", "delete", ""),
)


def _gate(spec: ResourceSpec) -> Gate:
    rule: Rule = as_rule(spec.rules["read"]) if "read" in spec.rules else nobody
    return Gate(spec.name, spec.model, rule, _rows(spec))


def _rows(spec: ResourceSpec) -> Callable[[Principal], Any] | None:
    """What narrows a resource's rows: its hook, else a manager of the author's making, else nothing."""
    manager = spec.model._default_manager
    has_plain_rows = has_plain_manager(spec.model)
    if type(spec.declared).queryset is Resource.queryset:
        return None if has_plain_rows else lambda _principal: manager.all()

    def hooked(principal: Principal) -> Any:
        queryset = spec.declared.queryset(principal)
        return manager.all() if queryset is None else queryset

    return hooked


def _index(title: str, version: str, gates: dict[str, Gate]) -> Callable[..., Response]:
    def answer(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        offered = [name for name, gate in gates.items() if gate.rule(principal) is not False]
        links = {name: safe_path(f"{request.prefix}/{name}") for name in offered}
        return Response.json(msgspec.json.encode({"title": title, "version": version, "resources": links}))

    return answer


def _target_of(registered: Registered) -> TargetOf:
    """Which resource's rule applies inside a relation: the one named, else the first declared for the model."""
    names = {declared: default_path(declared) for declared, _ in registered}
    first: dict[type[Model], str] = {}
    for declared, model in registered:
        first.setdefault(model, names[declared])
    return lambda model, resource: names.get(resource) if resource else first.get(model)


def _twice(registered: Registered) -> Iterable[Misdeclared]:
    seen: set[str] = set()
    for declared, _ in registered:
        path = default_path(declared)
        if path in seen:
            hint = f"Give one of them another path: path = {path + '-2'!r}."
            yield Misdeclared("nuages.E010", locate(declared), f"path {path!r} is taken by another resource.", hint)
        seen.add(path)


def _rule_mistakes(registered: Registered) -> Iterable[Misdeclared]:
    for declared, model in registered:
        for where, rule in _rules_of(declared):
            try:
                wrong = mistakes_of(as_rule(rule), model)
            except TypeError as error:
                wrong = [(str(error), "")]
            for message, hint in wrong:
                yield Misdeclared("nuages.E017", locate(declared), f"{where}: {message}", hint)


def _rules_of(declared: type[Resource]) -> Iterable[tuple[str, Any]]:
    rules: Any = declared.rules
    if isinstance(rules, Mapping):
        yield from ((f"rules[{name!r}]", rule) for name, rule in rules.items())
    yield from ((f"rule of {name_of(verb)!r}", verb.rule) for verb in verbs_of(declared) if verb.rule is not None)


def _target_mistakes(registered: Registered) -> Iterable[Misdeclared]:
    known = {declared for declared, _ in registered}
    for declared, _ in registered:
        for member in _nested_in(declared.fields if isinstance(declared.fields, list | tuple) else ()):
            if member.resource is not None and member.resource not in known:
                message = f"nested({member.path!r}): {member.resource.__name__} is not registered with this API."
                yield Misdeclared("nuages.E018", locate(declared), message, "Register it with @api.resource(model).")


def _nested_in(members: Iterable[Member]) -> Iterable[Nested]:
    for member in members:
        if isinstance(member, Nested):
            yield member
            yield from _nested_in(member.members)
