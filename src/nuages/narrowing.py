"""Build what those have instead of a resource's operations who do not see every member; each when it is first asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace

from nuages.change.apply import Changes
from nuages.change.direct import fillings
from nuages.declare.spec import Filling, ResourceSpec
from nuages.declare.visibility import narrow, visible_rules
from nuages.operation import Operation, View, Write
from nuages.parse.documents import DocumentReader
from nuages.parse.question import QuestionReader
from nuages.parse.watched import WatchedReader
from nuages.parse.whole import WholeReader, as_whole
from nuages.permit.access import Gate
from nuages.permit.audiences import Audiences
from nuages.permit.rules import as_rule
from nuages.plan.scopes import has_plain_manager

Specs = Mapping[str, ResourceSpec]


def audiences_of(
    page: Operation, detail: Operation, writes: Sequence[Write], specs: Specs, *, cursor_key: bytes
) -> Audiences[View] | None:
    """The audiences of a resource with these operations; None where everybody sees every member."""
    found = visible_rules(page.spec, specs)
    if not found:
        return None

    def build(said: tuple[bool, ...]) -> View:
        name = f"{page.spec.name} {''.join('01'[yes] for yes in said)}"  # a space, which no resource's name has
        spec = narrow(page.spec, specs, lambda rule: not said[found.index(rule)], name)
        return _view(_prepared(spec, page.spec), page, detail, writes, cursor_key)

    return Audiences([as_rule(rule) for rule in found], build)


def direct_columns(detail: Operation, gates: Mapping[str, Gate]) -> tuple[Filling, ...] | None:
    """The columns of a new row, where no rule has to be asked about any row: its own, one pointed at, one shown."""
    spec, shown = detail.spec, detail.questions.read_selection("").targets
    pointed_at = [part for part in spec.writable if part.target is not None]
    are_open = all(
        gates[part.resource].is_open if part.resource else has_plain_manager(part.target)  # type: ignore[arg-type]
        for part in pointed_at
    )
    return fillings(spec) if detail.gate.is_open and are_open and not shown & detail.gates.keys() else None


def export_of(page: Operation, cursor_key: bytes) -> Operation:
    """The same list, read whole."""
    spec = as_whole(page.spec)
    return replace(page, kind="export", spec=spec, questions=WholeReader(spec, cursor_key=cursor_key), export=None)


def live_of(page: Operation, cursor_key: bytes) -> Operation:
    """The same list, watched."""
    questions = WatchedReader(page.spec, cursor_key=cursor_key)
    return replace(page, kind="live", questions=questions, keeper=None, export=None, live=None)


def documents_of(spec: ResourceSpec) -> DocumentReader:
    """The reader of what a client sends."""
    return DocumentReader(spec.writable, [part.name for part in spec.representation.shown])


def _prepared(spec: ResourceSpec, whole: ResourceSpec) -> ResourceSpec:
    """Give a narrowed resource changes that leave alone what its audience does not see."""
    declared = copy(whole.declared)
    declared.changes = Changes(whole.model, whole.writable, kept=spec.hidden)
    return replace(spec, declared=declared)


def _view(spec: ResourceSpec, page: Operation, detail: Operation, writes: Sequence[Write], cursor_key: bytes) -> View:
    questions = QuestionReader(spec, cursor_key=cursor_key)
    reads: dict[str, Operation] = {each.kind: replace(each, spec=spec, questions=questions) for each in (page, detail)}
    if page.export is not None:
        reads["export"] = export_of(reads["list"], cursor_key)
    if page.live is not None:
        reads["live"] = live_of(reads["list"], cursor_key)
    return {**reads, **{write.kind: _narrowed(write, reads["detail"]) for write in writes}}


def _narrowed(write: Write, detail: Operation) -> Write:
    direct = direct_columns(detail, write.gates) if write.direct is not None else None
    return replace(write, spec=detail.spec, documents=documents_of(detail.spec), detail=detail, direct=direct)
