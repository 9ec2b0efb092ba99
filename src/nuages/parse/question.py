"""Turn parameters into a Question: condition, order, window, selection. All is checked against the declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec

from nuages.declare.operands import end_in_key
from nuages.declare.spec import OrderTerm, ResourceSpec
from nuages.errors import BadRequest
from nuages.parse.condition import Node, Values
from nuages.parse.filters import FilterReader
from nuages.parse.forms import MAX_FORMS, NOTHING, Asked, Form, ask, make_form
from nuages.parse.groups import Grouping, GroupReader
from nuages.parse.orders import Order, OrderReader
from nuages.parse.pairs import read_pairs
from nuages.parse.parameters import ParameterReader, all_of
from nuages.parse.search import SearchReader
from nuages.parse.selections import Selection, SelectionReader
from nuages.parse.window import Window, WindowReader

RESERVED = (
    *("order", "limit", "cursor", "offset", "page", "count"),
    *("filter", "search", "fields", "include", "group", "aggregate"),
)
MAX_SETTINGS = 1_000  # kept once read: of order, limit, offset or page, count, fields and include
MAX_ORDERED = 100  # kept once made: readers with an order of their own, for the lists of functions
MAX_VALUES = 500  # SQLite takes 999 variables in its oldest supported builds; rules and cursors need some too

Given = dict[str, list[str]]
_RESERVED = frozenset(RESERVED)
_SETTINGS = ("order", "limit", "offset", "page", "count", "fields", "include")
_NONE: frozenset[str] = frozenset()


class Question(msgspec.Struct, frozen=True):
    """What a list is asked for. A msgspec.Struct, since one is made per request: half a dataclass's time.

    Shapes: `shape` is equal for questions that need the same SQL; `values` are what differs: those of the condition,
        then the window's. `grouping` is None where members are shown themselves; `targets` are the resources whose
        rows the conditions, the order and the groups lead through.
    """

    asked: Asked
    order: Order
    window: Window
    selection: Selection
    grouping: Grouping | None
    shape: tuple[Any, ...]
    values: Values
    targets: frozenset[str]


class Setting(msgspec.Struct, frozen=True):
    """Order, window and selection, with their shape and the resources whose rows the order leads through."""

    order: Order
    window: Window
    selection: Selection
    shape: tuple[Any, ...]
    targets: frozenset[str]


def _question(asked: Asked, setting: Setting, grouping: Grouping | None) -> Question:
    if len(asked.values) > MAX_VALUES:
        raise BadRequest(f"More than {MAX_VALUES} values are asked for.", code="too-many-values")
    window = setting.window
    return Question(
        asked,
        setting.order,
        window,
        setting.selection,
        grouping,
        (asked.shape, setting.shape),
        asked.values + window.values,
        asked.targets | setting.targets,
    )


class QuestionReader:
    """Reads the questions of one resource; built once, at start-up."""

    def __init__(self, spec: ResourceSpec, *, cursor_key: bytes) -> None:
        self.spec = spec
        parameters = ParameterReader(spec, RESERVED)
        self._parameters = parameters
        self._filters = FilterReader(parameters)
        self._searches = SearchReader(spec.search)
        self._orders = OrderReader(spec.ordering, spec.order, lambda terms: end_in_key(terms, spec.pk))
        self._windows = WindowReader(spec, cursor_key=cursor_key)
        self._selections = SelectionReader(spec.representation)
        self._groups = GroupReader(spec)
        self._forms: dict[tuple[str, ...], Form] = {}
        self._settings: dict[Any, Setting] = {}
        self._ordered: dict[str, QuestionReader] = {}
        self._cursor_key = cursor_key
        self._form_indexes = count()  # each is given out once, whoever reads beside
        self._usual = self._read([])

    @property
    def parameter_names(self) -> list[str]:
        """Every parameter that a client may send."""
        return [*RESERVED, *self._parameters.parameters]

    def ordered(self, order: tuple[OrderTerm, ...]) -> QuestionReader:
        """A reader of the same questions for a list that has another order when none is asked for; made once for each.

        Shapes: `order` ends in the key. What it reads has plans and cursors of its own: its `spec` says which.
        """
        text = ",".join([f"{term.operand.name} {term.descending:d}{term.nulls_first:d}" for term in order])
        found = self._ordered.get(text)
        if found is None:
            spec = replace(self.spec, order=order, plan_name=f"{self.spec.plan_name} {text}")
            if len(self._ordered) >= MAX_ORDERED:  # a function that makes orders up
                self._ordered.clear()
            found = self._ordered[text] = QuestionReader(spec, cursor_key=self._cursor_key)
        return found

    def read(self, pairs: Sequence[tuple[str, Any]]) -> Question:
        """Read a question from its parameters.

        Raises: BadRequest that names the parameter, what was wrong and the nearest right name.
        """
        if not pairs:
            return self._usual
        names, texts = zip(*pairs, strict=True)
        form = self._forms.get(names)
        if form is not None:
            return self._question(form.read(texts), form.special(texts), None)
        question = self._read(pairs)
        self._remember(names)
        return question

    def read_selection(self, query: str) -> Selection:
        """Read the query string of one member: what is shown of it, and nothing else."""
        if not query:
            return self._usual.selection
        given = _gather(read_pairs(query))
        special = _take_reserved(given)
        for name in [*given, *special]:
            if name not in ("fields", "include"):
                detail = f"There is no parameter {name[:60]!r}: one member takes only fields and include."
                raise BadRequest.parameter(name[:60], "unknown-parameter", detail)
        return self._selections.read(special.get("fields", ""), special.get("include", ""))

    def _read(self, pairs: Iterable[tuple[str, Any]]) -> Question:
        given = _gather(pairs)
        special = _take_reserved(given)
        condition = self._condition(given, special)
        asked = NOTHING if condition is None else ask(condition)
        return self._question(asked, special, self._grouping(special))

    def _question(self, asked: Asked, special: Mapping[str, Any], grouping: Grouping | None) -> Question:
        if "cursor" in special:  # it is another each time
            return _question(asked, self._setting(special, grouping), grouping)
        key = (grouping.shape if grouping is not None else None, *[special.get(name) for name in _SETTINGS])
        setting = self._settings.get(key)
        if setting is None:
            setting = self._setting(special, grouping)
            if len(self._settings) >= MAX_SETTINGS:  # offsets have no end, and must not keep out what comes often
                self._settings.clear()
            self._settings[key] = setting
        return _question(asked, setting, grouping)

    def _setting(self, special: Mapping[str, Any], grouping: Grouping | None) -> Setting:
        order = (grouping.orders if grouping else self._orders).read(special.get("order", ""))
        window = self._windows.read(special, order, grouping)
        selection = self._selections.read(special.get("fields", ""), special.get("include", ""))
        grouped = grouping.shape if grouping is not None else None
        targets = order.targets | (grouping.targets if grouping is not None else _NONE)
        return Setting(order, window, selection, (order.text, window.shape, selection.shape, grouped), targets)

    def _remember(self, names: tuple[str, ...]) -> None:
        if len(self._forms) < MAX_FORMS:
            form = make_form(names, self._parameters.parameters, _RESERVED, next(self._form_indexes))
            if form is not None:
                self._forms.setdefault(names, form)

    def _condition(self, given: Given, special: Mapping[str, Any]) -> Node | None:
        asked = [self._parameters.read(name, given[name]) for name in sorted(given)]
        if "filter" in special:
            asked.append(self._filters.read(special["filter"]))
        if special.get("search") and (found := self._searches.read(special["search"])) is not None:
            asked.append(found)
        return all_of(asked)

    def _grouping(self, special: Mapping[str, Any]) -> Grouping | None:
        if "group" not in special and "aggregate" not in special:
            return None
        for name in ("fields", "include"):
            if name in special:
                raise BadRequest.parameter(name, "unknown-parameter", f"{name}: groups have no fields to choose from.")
        return self._groups.read(special.get("group", ""), special.get("aggregate", ""))


def _gather(pairs: Iterable[tuple[str, Any]]) -> Given:
    given: Given = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    return given


def _take_reserved(given: Given) -> dict[str, Any]:
    return {name: _only(name, given.pop(name)) for name in RESERVED if name in given}


def _only(name: str, texts: list[Any]) -> Any:
    if len(texts) > 1:
        raise BadRequest.parameter(name, "repeated-parameter", f"{name!r} is given {len(texts)} times.")
    return texts[0]
