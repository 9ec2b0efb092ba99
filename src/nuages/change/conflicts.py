"""Turn what a database's constraints refuse into the problem that it is, with the fields to blame.

Nothing is asked beforehand: a look before the write would race with the next client's. The constraint decides, and here
its name is read back into the model's fields.
Source: postgresql.org/docs/current/errcodes-appendix.html; sqlite.org/rescode.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.db.models import F, Model, ProtectedError, RestrictedError

from nuages.declare.spec import Writable
from nuages.errors import Conflict, Fault, Problem, Unprocessable
from nuages.parse.json_body import join_pointer

_TAKEN = "This value is taken."
_APART = "The values do not go together."
_SQLITE = re.compile(r"(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?")
_STATES = {"23505": "UNIQUE", "23502": "NOT NULL", "23514": "CHECK", "23503": "FOREIGN KEY", "23P01": "EXCLUSION"}


def problem_of_change(
    error: Exception, model: type[Model], parts: tuple[Writable, ...], hidden: frozenset[str] = frozenset()
) -> Problem | None:
    """Tell which problem an error of a change is, one that is a Problem already included; None where the client has no
    part in it.

    Shapes: Conflict where what is stored stands against it, Unprocessable where the values themselves cannot be. What
        is said of `hidden` names is not passed on.
    """
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return invalid(error, hidden)
    if isinstance(error, ProtectedError | RestrictedError):
        return Conflict("Other rows depend on this one.", code="in-use")
    if isinstance(error, DataError) or _is_beyond_sqlite(error):
        return Unprocessable("The database cannot hold one of the values.", code="beyond-range")
    return broken(error, model, parts, hidden) if isinstance(error, IntegrityError) else None


def _is_beyond_sqlite(error: Exception) -> bool:
    """Whether Python's own SQLite module had no room for a number; Django does not make a DataError of that."""
    return isinstance(error, OverflowError) and "SQLite" in str(error)


def invalid(error: ValidationError, hidden: frozenset[str] = frozenset()) -> Problem:
    """What a model's own `clean()` or `save()` has to say."""
    said: Mapping[str, Any] = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    if not hidden.isdisjoint(said):
        unspoken = [] if "__all__" in said else [ValidationError(_APART)]
        said = {"__all__": unspoken, **{name: errors for name, errors in said.items() if name not in hidden}}
    faults = [
        Fault(
            join_pointer("", name) if name not in {"", "__all__"} else "",
            str(each.code or "invalid").replace("_", "-"),
            " ".join(each.messages),
        )
        for name, errors in said.items()
        for each in errors
    ]
    detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} places in the body are wrong."
    return Unprocessable(detail, faults=faults, code="invalid-document")


def broken(
    error: IntegrityError, model: type[Model], parts: tuple[Writable, ...], hidden: frozenset[str] = frozenset()
) -> Problem:
    """Which problem the breach of a constraint is, with the members that it is about."""
    kind, columns, name = _read(error, model)
    if kind in {"UNIQUE", "EXCLUSION"}:
        faults = _blamed(columns, parts, "taken", _TAKEN)
        return Conflict(_TAKEN if faults else "Such a member is there already.", faults=faults, code="taken")
    if kind == "FOREIGN KEY":
        return Conflict("A row that this one depends on, or that depends on it, has come between.", code="in-use")
    if kind == "NOT NULL":
        return Unprocessable("A value is missing.", faults=_blamed(columns, parts, "null", "This cannot be null."))
    return _check_failed(model, name, parts, hidden)


def _check_failed(model: type[Model], name: str, parts: tuple[Writable, ...], hidden: frozenset[str]) -> Problem:
    constraint: Any = next((each for each in model._meta.constraints if each.name == name), None)
    if constraint is None:
        return Unprocessable(_APART, code="check-failed")
    has_words = constraint.violation_error_message != constraint.default_violation_error_message
    condition = repr(getattr(constraint, "condition", None) or getattr(constraint, "check", None))
    has_words = has_words and not any(_is_named(name, condition) for name in hidden)
    said = str(constraint.get_violation_error_message()) if has_words else _APART
    columns = [part.name for part in parts if _is_named(part.name, condition) or _is_named(part.attname, condition)]
    return Unprocessable(said, faults=_blamed(columns, parts, "check-failed", said), code="check-failed")


def _is_named(name: str, condition: str) -> bool:
    """Whether a condition speaks of a column: "low" in Q(low__lte=...)."""
    return re.search(rf"(?<!\w){re.escape(name)}(?:__|(?!\w))", condition) is not None


def _read(error: IntegrityError, model: type[Model]) -> tuple[str, list[str], str]:
    """The kind of constraint, the columns that it names, and its own name."""
    diag = getattr(error.__cause__, "diag", None)
    if diag is not None:
        if diag.table_name not in _tables(model):
            return _STATES.get(diag.sqlstate or "", "CHECK"), [], ""
        name = diag.constraint_name or ""
        columns = [diag.column_name] if diag.column_name else _columns_of(model, name, diag.message_detail or "")
        return _STATES.get(diag.sqlstate or "", "CHECK"), columns, name
    found = _SQLITE.search(str(error))
    if found is None:
        return "CHECK", [], ""
    said = found[2] or ""
    named = [each.strip().rpartition(".") for each in said.split(",")] if found[1] != "CHECK" else []
    columns = [column for table, _, column in named if table in _tables(model)]
    index = said.removeprefix("index ").strip("'")
    if found[1] == "UNIQUE" and said.startswith("index "):
        return "UNIQUE", _columns_of(model, index, ""), index
    return found[1], columns, said


def _tables(model: type[Model]) -> set[str]:
    """A model's own tables: another one's constraint may speak of a column of the same name."""
    links = [field.remote_field.through for field in model._meta.many_to_many]
    models: list[Any] = [model, *model._meta.all_parents, *links]
    return {each._meta.db_table for each in models}


def _mentioned(expressions: Iterable[Any]) -> Iterable[str]:
    for expression in expressions:
        if isinstance(expression, F):
            yield expression.name  # type: ignore[attr-defined]  # the stubs lack it
        elif hasattr(expression, "get_source_expressions"):
            yield from _mentioned(each for each in expression.get_source_expressions() if each is not None)


_KEY = re.compile(r"\(([^)]*)\)=\(")  # the words before it are in the server's language


def _columns_of(model: type[Model], name: str, detail: str) -> list[str]:
    """The columns of a constraint: as the model names them, else as PostgreSQL does, unseen by the client."""
    constraint: Any = next((each for each in model._meta.constraints if each.name == name), None)
    if constraint is not None:
        names = [*getattr(constraint, "fields", ()), *_mentioned(getattr(constraint, "expressions", ()))]
        fields: list[Any] = [model._meta.get_field(each) for each in names if "__" not in each]
        return [field.column for field in fields]
    found = _KEY.search(detail)
    return [each.strip().strip('"') for each in found[1].split(",")] if found else []


def _blamed(columns: list[str], parts: tuple[Writable, ...], code: str, detail: str) -> list[Fault]:
    named = {each for each in columns if each}
    return [
        Fault(join_pointer("", part.name), code, detail)
        for part in parts
        if {part.name, part.attname, getattr(part.own, "column", None)} & named
    ]
