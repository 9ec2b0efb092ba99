"""Compile a whole read into a Plan: SQL text once, values as slots. Nothing here runs a statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Q

from nuages.declare.spec import ResourceSpec
from nuages.parse.question import EVERYTHING, Question
from nuages.plan.compilation import Compilation
from nuages.plan.dialect import Bind, Frame
from nuages.plan.dialects import dialect_of
from nuages.plan.finish import Finisher, make_finisher
from nuages.plan.guards import Guard
from nuages.plan.pages import Page, PageQuery
from nuages.plan.projection import members
from nuages.plan.slots import Slot
from nuages.plan.sql import HOLE, Sql


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, ready to be given values.

    Shapes: `parameters` are what stands in the placeholders: (index, bind) for a slot, (None, value) for a constant.
    """

    text: str
    parameters: tuple[tuple[int | None, Any], ...]

    def bind(self, values: tuple[Any, ...]) -> list[Any]:
        """Put the values of a request into the placeholders."""
        return [bind if index is None else bind(values[index]) for index, bind in self.parameters]


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled read.

    Shapes: each line of the statement's result is the JSON of a row, then the order's raw values. `finish` completes a
        row where Python has a part in it. `page` is the ORM's part alone, without its limit, for people to look at.
    """

    statement: Statement
    finish: Finisher | None
    page: Statement


def compile_list(spec: ResourceSpec, question: Question, guards: Mapping[str, Guard], connection: Any) -> Plan:
    """Compile a page; the values are those of the guards, then `question.all_values`.

    Shapes: one row more than the limit is asked for, which tells whether there is a next page.
    """
    work = Compilation.start(connection, dialect_of(connection), guards)
    page = PageQuery(work, spec, question, work.rows.first_slot).build()
    limit = Sql(f" LIMIT {spec.limit + 1}")
    if question.limit != spec.limit:
        place = [value for value in question.place or () if value is not None]
        limit = Sql(f" LIMIT {HOLE}", (_limit_slot(work.rows.first_slot + len(question.values) + len(place)),))
    shown = members(work, spec.representation, page.level)
    frame = Frame(extra=page.order, joins=work.joins, order=_directed(question, page))
    return _finish(work, spec, work.dialect.page(page.sql + limit, page.level.alias, shown, frame), page.sql)


def _directed(question: Question, page: Page) -> list[Sql]:
    """Say the page's order over its columns, nulls as `pages` places them."""
    words = [" DESC NULLS FIRST" if term.descending else "" for term in question.order]
    return [column + Sql(word) for column, word in zip(page.order, words, strict=True)]


def compile_detail(spec: ResourceSpec, guards: Mapping[str, Guard], connection: Any) -> Plan:
    """Compile one member by key; the values are those of the guards, then the key's."""
    work = Compilation.start(connection, dialect_of(connection), guards)
    first = work.rows.first_slot
    keys = {c.lookup: Slot(first + index, c.field, c.kind) for index, c in enumerate(spec.key)}
    member = PageQuery(work, spec, EVERYTHING, first).build_member(Q(**keys))
    shown = members(work, spec.representation, member.level)
    return _finish(work, spec, work.dialect.page(member.sql, member.level.alias, shown, Frame()), member.sql)


def _finish(work: Compilation, spec: ResourceSpec, sql: Sql, page: Sql) -> Plan:
    return Plan(_statement(work, sql), make_finisher(spec.representation), _statement(work, page))


def _statement(work: Compilation, sql: Sql) -> Statement:
    text, parameters = work.dialect.finish(sql, work.connection)
    return Statement(text, tuple(_parameter(work, parameter) for parameter in parameters))


def _parameter(work: Compilation, parameter: Any) -> tuple[int | None, Any]:
    if not isinstance(parameter, Slot):
        return None, parameter
    if parameter.is_raw:
        return parameter.index, _as_it_is
    bind: Bind = work.dialect.bind(parameter.kind, parameter.field, work.connection)
    return parameter.index, bind


def _limit_slot(index: int) -> Slot:

    return Slot(index, BigIntegerField(), "integer")


def _as_it_is(value: Any) -> Any:
    return value
