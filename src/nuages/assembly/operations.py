"""Turn a specification into what answers for it: its gate, its two reads, its writes. Where they are, `routes` says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from nuages.cache.declared import cache_of
from nuages.cache.keeper import Keeper
from nuages.cache.sharing import cache_bytes
from nuages.change.apply import Changes
from nuages.declare.resource import Resource
from nuages.declare.spec import ResourceSpec
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.narrowing import direct_columns, documents_of, export_of, live_of
from nuages.operation import Operation, Write, WriteKind, types_of
from nuages.parse.key import key_reader
from nuages.parse.question import QuestionReader
from nuages.permit.access import Gate
from nuages.permit.rules import Rule, as_rule, nobody
from nuages.plan.scopes import has_plain_manager
from nuages.respond.links import Linker

_WRITES: tuple[tuple[str, WriteKind, str, str], ...] = (
    ("POST", "create", "create", ""),
    ("PUT", "replace", "update", "/{key}"),
    ("PATCH", "merge", "update", "/{key}"),
    ("PATCH", "merge-many", "update", ""),
    ("DELETE", "delete", "delete", "/{key}"),
    ("DELETE", "delete-many", "delete", ""),
)


def action_of(kind: WriteKind) -> str:
    """The name by which `rules` and `throttle` know a change: "create", "update" or "delete"."""
    return next(action for _, each, action, _ in _WRITES if each == kind)


def gate_of(spec: ResourceSpec) -> Gate:
    """Who may read what of a resource; without a rule, nobody."""
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


def reads_of(
    spec: ResourceSpec, gate: Gate, *, gates: dict[str, Gate], cursor_key: bytes, identify: Identifier
) -> tuple[Operation, Operation]:
    """The list and the detail of a resource."""
    questions = QuestionReader(spec, cursor_key=cursor_key)
    linker = Linker(cursor_key=cursor_key, max_offset=spec.paging.max_offset)
    read_key = key_reader(spec)
    page = Operation("list", spec, gate, gates, questions, linker, read_key, identify)
    detail = replace(page, kind="detail", keeper=_keeper(spec, "detail"))
    export = export_of(page, cursor_key) if spec.export.formats else None
    live = live_of(page, cursor_key) if spec.is_live else None
    return replace(page, keeper=_keeper(spec, "list"), export=export, live=live), detail


def _keeper(spec: ResourceSpec, kind: str) -> Keeper | None:
    terms = cache_of(spec.declared.cache, kind)
    return None if terms is None or not cache_bytes() else Keeper(terms)


def writes_of(
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


def rules_of(spec: ResourceSpec) -> dict[str, Rule]:
    """Who may create, update and delete; nobody, where nothing is said."""
    return {action: _rule(spec, action) or nobody for action in ("create", "update", "delete")}


def _suits(kind: WriteKind, spec: ResourceSpec) -> bool:
    """Whether a change of many members is offered; a deletion says which by the filters of the list."""
    if kind == "delete-many":
        return bool(spec.max_bulk and "read" in spec.rules and (spec.filters or spec.search.operands))
    return kind != "merge-many" or bool(spec.max_bulk)


def _rule(spec: ResourceSpec, action: str) -> Rule | None:
    rule = spec.rules.get(action, spec.rules.get("write"))
    return None if rule is None else as_rule(rule)
