"""Turn a finished row into bytes again where Python has a part in it: file URLs, custom fields, Python values.

Only representations that need it are ever decoded; for all others there is no finisher at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from nuages.declare.spec import Column, PythonValue, Relation, Representation
from nuages.plan.projection import HIDDEN


class Unshowable(Exception):
    """What Python made of a value has no JSON."""


Finisher = Callable[[bytes], bytes]
Row = dict[str, Any]


def make_finisher(representation: Representation) -> Finisher | None:
    """Make the function that completes the JSON of a row; None where the database's bytes are complete."""
    complete = _completer(representation)
    if complete is None:
        return None

    def finish(raw: bytes) -> bytes:
        row = complete(msgspec.json.decode(raw))
        try:
            return _encode(row)
        except (TypeError, ValueError) as error:
            raise Unshowable(f"{_find(row, _encode) or 'This'} cannot be shown: {error}") from error

    return finish


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=_text)


_NO_TEXT: Any = object.__str__


def _text(found: Any) -> str:
    """The text of an object of some other class, such as a translated or a safe text, a path, an author's own.

    Raises: TypeError for one whose class has no text to it but where it stands in memory.
    """
    if type(found).__str__ is _NO_TEXT:
        raise TypeError(f"{type(found).__qualname__} has no JSON and no __str__.")
    return str(found)


def _find(value: Any, demand: Callable[[Any], Any], where: str = "") -> str:
    """Name the innermost member, "/reviews/0/label", that does not fulfil a demand; "" where each does."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for name, child in children:
        try:
            demand(child)
        except (TypeError, ValueError):
            return _find(child, demand, f"{where}/{name}")
    return where


def _completer(representation: Representation) -> Callable[[Row], Row] | None:
    parts = sorted(representation.fetched, key=lambda part: isinstance(part, PythonValue))  # they may read all others
    steps = [step for part in parts if (step := _step(part)) is not None]
    if not steps and not representation.source:
        return None
    pick = _picker(representation) if representation.source else _namer(representation)

    def complete(row: Row) -> Row:
        for step in steps:
            step(row)
        return pick(row)

    return complete


def _picker(representation: Representation) -> Callable[[Row], Row]:
    """Make the function that leaves only what is shown, at every depth, where more was fetched."""
    names = [part.name for part in representation.shown]
    inner = {part.name: _picker(part.representation) for part in representation.shown if isinstance(part, Relation)}

    def pick(row: Row) -> Row:
        return {name: _narrowed(inner[name], row[name]) if name in inner else row[name] for name in names}

    return pick


def _namer(representation: Representation) -> Callable[[Row], Row]:
    names = [part.name for part in representation.shown]
    return lambda row: {name: row[name] for name in names}


def _narrowed(pick: Callable[[Row], Row], value: Any) -> Any:
    if isinstance(value, list):
        return [pick(child) for child in value]
    return None if value is None else pick(value)


def _step(part: Any) -> Callable[[Row], None] | None:
    if isinstance(part, PythonValue):
        return _python_step(part)
    if isinstance(part, Column) and part.after is not None:
        return _column_step(part.name, part.after)
    if isinstance(part, Relation):
        inner = _completer(part.representation)
        return _relation_step(part, inner) if inner is not None else None
    return None


def _python_step(part: PythonValue) -> Callable[[Row], None]:
    def compute(row: Row) -> None:
        needs = {}
        for need in part.needs:
            raw = row[HIDDEN + need.name]
            needs[need.name] = raw if need.after is None else need.after(raw)
        shown = {name: value for name, value in row.items() if not name.startswith(HIDDEN)}
        row[part.name] = _finite(part.name, part.function({**shown, **needs}))

    return compute


def _column_step(name: str, after: Callable[[Any], Any]) -> Callable[[Row], None]:
    def convert(row: Row) -> None:
        row[name] = _finite(name, after(row[name]))

    return convert


def _finite(name: str, value: Any) -> Any:
    """Refuse a number that JSON does not have: the encoder would make null of it and say nothing."""
    if isinstance(value, float | list | tuple | dict):
        try:
            _demand_finite(value)
        except ValueError as error:
            where = f"/{name}{_find(value, _demand_finite)}"
            raise Unshowable(f"{where} cannot be shown: {error}") from error
    return value


def _demand_finite(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON.")
    if isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            _demand_finite(each)


def _relation_step(relation: Relation, complete: Callable[[Row], Row]) -> Callable[[Row], None]:
    def descend(row: Row) -> None:
        value = row[relation.name]
        if value is not None:
            row[relation.name] = [complete(child) for child in value] if relation.many else complete(value)

    return descend
