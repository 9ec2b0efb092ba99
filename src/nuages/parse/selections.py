"""Turn `fields=` and `include=` into a narrowed representation: what is not shown is not fetched either."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec

from nuages.declare.spec import PythonValue, Relation, Representation, Shown
from nuages.errors import BadRequest, suggest
from nuages.parse.quoting import short

MAX_NAMES = 200
MAX_DEPTH = 6
MAX_KNOWN_SELECTIONS = 500

_WHOLE = "\x00"  # marks, among the names below one, that it was named itself; no client can send it

Tree: TypeAlias = dict[str, "Tree"]


class Selection(msgspec.Struct, frozen=True):
    """What is shown of each member.

    Shapes: `targets` are the resources whose rules apply inside; `shape` is equal for equal selections, None for the
        usual one.
    """

    representation: Representation
    targets: frozenset[str]
    shape: Any


class SelectionReader:
    """Reads the selections of one resource."""

    def __init__(self, representation: Representation) -> None:
        self._representation = representation
        self._known = {("", ""): _select(_pick(representation, None, {}), is_usual=True)}

    def read(self, fields: str, include: str) -> Selection:
        """Read both parameters; an empty text stands for one that was not given.

        Raises: BadRequest that names the parameter, what was wrong and the nearest right name.
        """
        return self._known.get((fields, include)) or self._read(fields, include)

    def _read(self, fields: str, include: str) -> Selection:
        named = _read_tree(fields, "fields") if fields else None
        included = _read_tree(include, "include") if include else {}
        _check_included(self._representation, included)
        _check_named(self._representation, named or {})
        selection = _select(_pick(self._representation, named, included))
        if len(self._known) < MAX_KNOWN_SELECTIONS:
            self._known[fields, include] = selection
        return selection


def _read_tree(text: str, parameter: str) -> Tree:
    words = text.split(",", MAX_NAMES)
    if len(words) > MAX_NAMES:
        raise BadRequest.parameter(parameter, "too-many-names", f"{parameter}: more than {MAX_NAMES} names.")
    tree: Tree = {}
    for word in words:
        here = tree
        steps = word.strip(" ").split(".", MAX_DEPTH)
        if len(steps) > MAX_DEPTH:
            raise BadRequest.parameter(parameter, "too-deep", f"{parameter}: {short(word)} is too deep.")
        for step in steps:
            here = here.setdefault(step, {})
        here[_WHOLE] = {}
    return tree


def _check_included(representation: Representation, tree: Tree) -> None:
    relations = {part.name: part for part in representation.shown if isinstance(part, Relation)}
    for name, below in _steps(tree):
        if name not in relations:
            detail = f"include: there is no relation {short(name)} here. {suggest(name, relations)}".strip()
            raise BadRequest.parameter("include", "unknown-relation", detail)
        _check_included(relations[name].representation, below)


def _check_named(representation: Representation, tree: Tree) -> None:
    parts = {part.name: part for part in representation.shown}
    for name, below in _steps(tree):
        part = parts.get(name)
        if part is None:
            detail = f"fields: there is no field {short(name)} here. {suggest(name, parts)}".strip()
            raise BadRequest.parameter("fields", "unknown-field", detail)
        if isinstance(part, Relation):
            _check_named(part.representation, below)
        elif any(_steps(below)):
            detail = f"fields: {short(name)} has no fields of its own."
            raise BadRequest.parameter("fields", "unknown-field", detail)


def _pick(representation: Representation, named: Tree | None, included: Tree) -> Representation:
    """Keep what is named, or all but what is optional where nothing is; and what is included."""
    kept = [part for part in representation.shown if _is_kept(part, named, included)]
    shown = tuple([_narrow(part, named, included) for part in kept])
    if named is None or not any(isinstance(part, PythonValue) for part in shown):
        return replace(representation, shown=shown)
    return replace(representation, shown=shown, source=_pick(representation, None, _joined(named, included)).shown)


def _is_kept(part: Shown, named: Tree | None, included: Tree) -> bool:
    if part.name in included:
        return True
    return part.name in named if named is not None else not (isinstance(part, Relation) and part.optional)


def _narrow(part: Shown, named: Tree | None, included: Tree) -> Shown:
    """Narrow a relation; one that is named whole, or only included, shows all that is not optional."""
    if not isinstance(part, Relation):
        return part
    below = (named or {}).get(part.name)
    is_whole = below is None or _WHOLE in below
    inner = _pick(part.representation, None if is_whole else below, included.get(part.name, {}))
    return replace(part, representation=inner)


def _joined(tree: Tree, other: Tree) -> Tree:
    return {name: _joined(tree.get(name, {}), other.get(name, {})) for name in {**tree, **other}}


def _steps(tree: Tree) -> list[tuple[str, Tree]]:
    return [(name, below) for name, below in tree.items() if name != _WHOLE]


def _select(representation: Representation, *, is_usual: bool = False) -> Selection:
    return Selection(representation, frozenset(_targets(representation)), None if is_usual else _shape(representation))


def _targets(representation: Representation) -> Iterable[str]:
    for part in representation.fetched:
        if isinstance(part, Relation):
            if part.target:
                yield part.target
            yield from _targets(part.representation)


def _shape(representation: Representation) -> tuple[Any, ...]:
    return tuple(
        (part.name, _shape(part.representation)) if isinstance(part, Relation) else part.name
        for part in representation.shown
    )
