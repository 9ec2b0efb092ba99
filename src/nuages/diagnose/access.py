"""Turn an API's rules into a table: what each kind of principal may do and see, as far as rules tell without rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

from django.contrib.auth import get_user_model
from django.db import connections

from nuages.api import API
from nuages.declare.spec import Relation, Representation, ResourceSpec
from nuages.declare.visibility import narrow, visible_rules
from nuages.identify.principal import ANONYMOUS, Principal
from nuages.operation import Operation, Write
from nuages.permit.rules import Rule, as_rule

Cells = dict[str, str]
Matrix = dict[str, Cells]
YES, NO, ROWS, UNKNOWN = "yes", "no", "rows", "?"


def access_matrix(api: API, also: Mapping[str, Principal] | None = None) -> Matrix:
    """What may be done and seen, by whom.

    Shapes: `{"GET /books": {"anonymous": "yes", ...}, ..., "books.cost": {"anonymous": "no", "staff": "yes", ...}}`:
        first every operation, then every member that not everybody sees. The columns are anonymous, authenticated,
        staff and superuser, and then the principals of `also`. "rows" is for some rows only; "?" where a rule wants a
        real user, and for endpoints that decide by themselves. No database is asked, but for the principals of `also`.
    Raises: DeclarationError.
    """
    built = api.build()
    asking = {**{kind: _without_database(who) for kind, who in stand_ins().items()}, **_asking(also or {})}
    operations = {
        f"{method} {path}": {kind: ask(_rule_of(target), _narrows(target)) for kind, ask in asking.items()}
        for method, path, target in built.pipeline.targets
    }
    members = {
        f"{spec.name}.{path}": cells
        for spec in built.specs.values()
        for path, cells in _members(spec, built.specs, asking).items()
        if set(cells.values()) != {YES}
    }
    return {**operations, **members}


def stand_ins() -> dict[str, Principal]:
    """A principal of each kind; their users are no rows of the database."""
    kinds = {"authenticated": (False, False), "staff": (True, False), "superuser": (True, True)}
    return {"anonymous": ANONYMOUS, **{kind: Principal(_user(*flags)) for kind, flags in kinds.items()}}


Ask = Callable[[Rule | None, bool], str]


def _user(*flags: bool) -> Any:
    user: Any = get_user_model()()
    user.is_active = True
    user.is_staff, user.is_superuser = flags
    return user


def _asking(principals: Mapping[str, Principal]) -> dict[str, Ask]:
    return {name: lambda rule, narrows, who=who: _cell(rule, who, narrows) for name, who in principals.items()}  # type: ignore[misc]


def _without_database(principal: Principal) -> Ask:
    def ask(rule: Rule | None, narrows: bool) -> str:  # noqa: FBT001  # as every Ask
        with _no_statements():
            return _cell(rule, principal, narrows)

    return ask


def _cell(rule: Rule | None, principal: Principal, narrows: bool) -> str:  # noqa: FBT001
    if rule is None:
        return UNKNOWN
    try:
        verdict = rule(principal)
    except Exception:  # noqa: BLE001  # the author's rule may fail in any way for a user that is none
        return UNKNOWN
    if verdict is False:
        return NO
    return YES if verdict is True and not narrows else ROWS


def _rule_of(target: Any) -> Rule | None:
    """The rule of an operation; a change of a row wants that the row may be read, too."""
    if isinstance(target, Operation):
        return target.gate.rule
    if isinstance(target, Write) and target.kind != "create":
        return target.detail.gate.rule & target.rule
    rule: Rule | None = getattr(target, "rule", None)
    return rule


def _narrows(target: Any) -> bool:
    """Whether a hook or a manager decides which rows there are."""
    gate = target.gate if isinstance(target, Operation) else target.detail.gate if isinstance(target, Write) else None
    return gate is not None and gate.rows is not None and getattr(target, "kind", "") != "create"


def _members(spec: ResourceSpec, specs: Mapping[str, ResourceSpec], asking: Mapping[str, Ask]) -> dict[str, Cells]:
    rules = visible_rules(spec, specs)
    found: dict[str, Cells] = {path: {} for path in _paths(spec.representation)} if rules else {}
    for kind, ask in asking.items() if rules else ():
        said = [ask(as_rule(rule), False) for rule in rules]  # noqa: FBT003
        surely = _seen(spec, specs, {id(rule) for rule, cell in zip(rules, said, strict=True) if cell != YES})
        perhaps = _seen(spec, specs, {id(rule) for rule, cell in zip(rules, said, strict=True) if cell in (NO, ROWS)})
        for path, cells in found.items():
            cells[kind] = YES if path in surely else UNKNOWN if path in perhaps else NO
    return found


def _seen(spec: ResourceSpec, specs: Mapping[str, ResourceSpec], hiding: set[int]) -> set[str]:
    return set(_paths(narrow(spec, specs, lambda rule: id(rule) in hiding, "").representation))


def _paths(representation: Representation, before: str = "") -> Iterable[str]:
    for part in representation.shown:
        yield before + part.name
        if isinstance(part, Relation):
            yield from _paths(part.representation, f"{before}{part.name}.")


@contextmanager
def _no_statements() -> Iterator[None]:
    def refuse(*_: Any) -> NoReturn:
        raise LookupError("A rule asks the database about a user that is none.")

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(refuse))
        yield
