"""Write the rows that a document owns with it: make, change and delete them, in as many statements as one would take.

Where their model does something of its own when saved, or somebody listens, each is saved by itself instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Model, Value
from django.db.models.expressions import DatabaseDefault

from nuages.change.conflicts import broken, invalid
from nuages.change.direct import has_receivers, is_plain
from nuages.change.rows import are_allowed, locked
from nuages.change.values import assign, clean, differs, merged, resets
from nuages.declare.spec import Owned, Writable
from nuages.errors import Fault, NotAllowed, Problem, Unprocessable
from nuages.parse.children import Child, Children
from nuages.parse.json_body import join_pointer

_NONE = "There is no such row here."


def write_children(row: Any, part: Writable, owned: Owned, children: Children) -> None:
    """Bring a row's own rows to what the document says of them.

    Raises: Unprocessable with the pointers of keys that are not this row's; NotAllowed where their rule says no;
        ValidationError of their model's own; Problem where a constraint stands against them.
    """
    siblings = owned.model._base_manager.using(row._state.db)
    seen = siblings if children.visible is None else children.visible
    mine = seen.filter(**{owned.link.lookup: getattr(row, owned.link.attname)})
    there = {each.pk: each for each in locked(mine)}
    _demand_known(children.rows, there, owned)
    new = [_made(row, owned, child) for child in children.rows if child.key is None]
    named = [(there[child.key], child) for child in children.rows if child.key is not None]
    replaces = children.replaces
    changed = [(each, names) for each, child in named if (names := _changed(each, owned, child, replaces=replaces))]
    kept = {child.key for child in children.rows}
    gone = [each for key, each in there.items() if key not in kept] if replaces else []
    _judge(children, "delete", gone, part)
    try:
        _store(owned.model, siblings, new, changed, gone)
    except IntegrityError as error:
        raise _refused(error, owned, part) from error
    _judge(children, "create", new, part)
    _judge(children, "update", [each for each, _ in changed], part)


def _demand_known(rows: Iterable[Child], there: Mapping[Any, Any], owned: Owned) -> None:
    foreign = [child for child in rows if child.key is not None and child.key not in there]
    if foreign:
        faults = [Fault(join_pointer(child.pointer, owned.key), "no-such-row", _NONE) for child in foreign]
        raise Unprocessable(_NONE, faults=faults, code="no-such-row")


def _made(row: Any, owned: Owned, child: Child) -> Any:
    made = owned.model(**{owned.link.lookup: getattr(row, owned.link.attname)})
    _add(made, owned, child)
    assign(made, [part for part in owned.parts if part.name in child.values], child.values)
    clean(made)
    return made


def _changed(each: Any, owned: Owned, child: Child, *, replaces: bool) -> list[str]:
    """Give a row its new values; tells the fields that have to be stored."""
    values = {**_defaults(owned, child), **child.values} if replaces else _patched(each, owned, child)
    named = [part for part in owned.parts if part.name in values]
    changed = [part for part in named if differs(each, part, values[part.name])]
    added = _add(each, owned, child)
    if changed or added:
        assign(each, changed, values)
        clean(each)
    return [part.own.name for part in changed] + added


def _add(each: Any, owned: Owned, child: Child) -> list[str]:
    """Set what a hook has added to the values, which no client may send; tells what of it are fields."""
    known = {part.name for part in owned.parts}
    added = [name for name in child.values if name not in known]
    for name in added:
        setattr(each, name, child.values[name])
    return [field.name for field in owned.model._meta.concrete_fields if {field.name, field.attname} & {*added}]


def _defaults(owned: Owned, child: Child) -> dict[str, Any]:
    """What a replaced row goes back to where the document does not say."""
    absent = [part for part in owned.parts if part.name not in child.named and resets(part, ())]
    return {part.name: _default(part.own) for part in absent}


def _default(field: Any) -> Any:
    """Its default as a value, or as what the database computes: rows are changed together, without DEFAULT."""
    default = field.get_default()
    if not isinstance(default, DatabaseDefault):
        return default
    computed = default.get_source_expressions()[0]
    return computed.value if isinstance(computed, Value) else computed


def _patched(each: Any, owned: Owned, child: Child) -> dict[str, Any]:
    try:
        return merged(each, owned.parts, child.values)
    except ValidationError as error:
        raise invalid(error).at(child.pointer) from error


def _store(
    model: type[Model], siblings: Any, new: list[Any], changed: list[tuple[Any, list[str]]], gone: list[Any]
) -> None:
    if gone:
        siblings.filter(pk__in=[each.pk for each in gone]).delete()
    if is_plain(model) and not has_receivers(model):
        names = {name for _, fields in changed for name in fields}
        siblings.bulk_create(new)
        if changed:
            siblings.bulk_update([each for each, _ in changed], sorted(names))
        return
    for each in new:
        each.save(force_insert=True, using=siblings.db)
    for each, _ in changed:
        each.save(force_update=True, using=siblings.db)


def _judge(children: Children, action: str, rows: list[Any], part: Writable) -> None:
    """Let the rule of the rows' own resource have its say."""
    if rows and not are_allowed(rows, children.verdicts.get(action, True), alias := rows[0]._state.db):
        lacks = children.remedy(action, lambda other: are_allowed(rows, other, alias))
        raise (lacks or NotAllowed(f"You may not {action} these.")).at(join_pointer("", part.name))


def _refused(error: IntegrityError, owned: Owned, part: Writable) -> Problem:
    """The problem of the rows' own table, blamed on the list where they stand: which one broke it is not said."""
    problem = broken(error, owned.model, owned.parts, owned.hidden)
    faults = [Fault(join_pointer("", part.name), fault.code, fault.detail) for fault in problem.faults[:1]]
    return type(problem)(problem.detail, faults=faults, code=problem.code)
