"""Turn one comparison of a column with slots into a Q, equal on every database. One row a comparison.

Django's own lookups wherever they mean the same everywhere; what only looks the same (SQLite's LIKE knows no case, JSON
operators differ) is written here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField

Compare = Callable[[str, list[Any]], Q]


class SqliteText(Func):
    """A condition on text in SQLite's own functions, case taken as PostgreSQL takes it."""

    output_field = BooleanField()
    _TEMPLATES: Mapping[str, str] = {
        "exact": "{0} = {1}",
        "contains": "instr({0}, {1}) > 0",
        "startswith": "substr({0}, 1, length({1})) = {1}",
        "endswith": "substr({0}, -length({1}), length({1})) = {1}",
    }

    def __init__(self, text: Any, value: Any, how: str) -> None:
        super().__init__(text, value)
        self.how = how

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:  # noqa: ARG002
        """Fold the case of both sides where it does not matter."""
        pieces = [compiler.compile(expression) for expression in self.source_expressions]
        plain = self.how.removeprefix("i") if self.how != "iexact" else "exact"
        template = self._TEMPLATES[plain]
        if plain != self.how:
            template = template.replace("{0}", "nuages_upper({0})").replace("{1}", "nuages_upper({1})")
        sql = "(" + template.format(*(text for text, _ in pieces)) + ")"
        order = [int(template[i + 1]) for i, sign in enumerate(template) if sign == "{"]
        return sql, [value for index in order for value in pieces[index][1]]


class HasKey(Func):
    """Whether a JSON value holds a key at its top, or a text among its elements: PostgreSQL's operator `?`."""

    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:  # noqa: ARG002
        """Ask by the operator."""
        (column, first), (key, second) = (compiler.compile(part) for part in self.source_expressions)
        return f"({column} ? {key}::text)", [*first, *second]

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:  # noqa: ARG002
        """Look through the elements, where the text is JSON at all."""
        (column, first), (key, second) = (compiler.compile(part) for part in self.source_expressions)
        document = _VALID.format(column)
        element = (
            f"CASE json_type({document}) WHEN 'object' THEN j.key ELSE CASE j.type WHEN 'text' THEN j.atom END END"
        )
        sql = f"EXISTS (SELECT 1 FROM json_each(coalesce({document}, 'null')) j WHERE {element} = {key})"
        return sql, [*first * 4, *second]


class JsonText(Func):
    """What lies behind the keys of a JSON column, as text; null where there is nothing, or JSON's null."""

    output_field = TextField()

    def __init__(self, column: Any, keys: tuple[str, ...]) -> None:
        super().__init__(column)
        self.keys = keys

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:  # noqa: ARG002
        """Follow the keys by the operator `#>>`."""
        column, parameters = compiler.compile(self.source_expressions[0])
        return f"({column} #>> ARRAY[{', '.join(['%s'] * len(self.keys))}])", [*parameters, *self.keys]

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:  # noqa: ARG002
        """Follow a path; all but text is spelled as the document has it."""
        column, parameters = compiler.compile(self.source_expressions[0])
        document = _VALID.format(column)
        kinds = f"CASE json_type({document}, %s) WHEN 'null' THEN NULL WHEN 'text' THEN json_extract({document}, %s)"
        text = f"{kinds} ELSE {document} -> %s END"
        paths = list(dict.fromkeys((_path(self.keys, has_indexes=True), _path(self.keys, has_indexes=False))))
        values = [value for path in paths for value in (*parameters, *parameters, path) * 3]
        return (text if len(paths) == 1 else f"coalesce({text}, {text})"), values


_VALID = "CASE WHEN json_valid({0}) THEN {0} END"  # one bad row spoils no list
_INDEX = re.compile(r"[0-9]+", re.ASCII)


def _path(keys: tuple[str, ...], *, has_indexes: bool) -> str:
    """Spell SQLite's path to a value; a key of digits is an array's index, or a key all the same.

    Keys are spelled as Django stores them: SQLite compares a path with the text of the document.
    """
    steps = [f"[{key}]" if has_indexes and _INDEX.fullmatch(key) else f".{json.dumps(key)}" for key in keys]
    return "$" + "".join(steps)


def comparison(how: str, vendor: str) -> Compare:
    """Find how a lookup compares on one database.

    Shapes: the result takes the path of a column in the ORM and the slots of the values.
    """
    if vendor == "sqlite" and how in _TEXTS:
        return lambda path, slots: Q(SqliteText(F(path), slots[0], how))
    return _OWN.get(how) or (lambda path, slots: Q(**{f"{path}__{how}": slots[0]}))


def _in(how: str) -> Compare:
    return lambda path, slots: Q(**{f"{path}__{how}": slots})


def _range(path: str, slots: list[Any]) -> Q:
    first, last = slots
    return Q(**{f"{path}__gte": first, f"{path}__lte": last})


def _range_of(part: str) -> Compare:
    return lambda path, slots: _range(f"{path}__{part}", slots)


def _ranges(path: str, slots: list[Any]) -> Q:
    return Q(*(_range(path, slots[at : at + 2]) for at in range(0, len(slots), 2)), _connector=Q.OR)


def _has_keys(connector: str) -> Compare:
    return lambda path, slots: Q(*(HasKey(F(path), slot) for slot in slots), _connector=connector)


def _renamed(how: str) -> Compare:
    return lambda path, slots: Q(**{f"{path}__{how}": slots[0]})


_TEXTS = frozenset({"iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"})
_PARTS = ("month", "day", "week", "week_day", "iso_week_day", "quarter", "iso_year", "hour", "minute", "second")
_OWN: Mapping[str, Compare] = {
    "in": _in("in"),
    **{f"{part}__in": _in(f"{part}__in") for part in _PARTS},
    "range": _range,
    "ranges": _ranges,
    **{f"{part}__range": _range_of(part) for part in (*_PARTS, "time")},
    "has_key": _has_keys("AND"),
    "has_keys": _has_keys("AND"),
    "has_any_keys": _has_keys("OR"),
    **{f"array_{how}": _renamed(how) for how in ("exact", "contains", "contained_by", "overlap")},
    **{f"range_{how}": _renamed(how) for how in ("exact", "contains", "contained_by", "overlap", "adjacent_to")},
    **{f"range_{how}": _renamed(how) for how in ("fully_lt", "fully_gt")},
}
