"""Compile a whole read into a Plan: SQL text once, values as slots. Nothing here runs a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db.models import BigIntegerField, Q
from django.utils import timezone

from nuages.declare.spec import Column, ResourceSpec
from nuages.parse.question import Question
from nuages.parse.selections import Selection
from nuages.parse.window import Window
from nuages.plan.compilation import Compilation, Level
from nuages.plan.counts import beyond, with_count
from nuages.plan.dialect import Frame
from nuages.plan.dialects import dialect_of
from nuages.plan.finish import Finisher, make_finisher
from nuages.plan.grouped import build_groups, group_members
from nuages.plan.guards import Guard
from nuages.plan.keysets import spelled
from nuages.plan.pages import Page, PageQuery, walked
from nuages.plan.projection import members
from nuages.plan.slots import Slot
from nuages.plan.sql import HOLE, Sql, join
from nuages.plan.statement import Statement, make_statement

_NO_LIMIT = Sql("")


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled read.

    Shapes: each line of the statement's result is the JSON of a row, then the order's raw values. `finish` completes a
        row where Python has a part in it. `page` is the ORM's part alone, without its limit, for people to look at.
    """

    statement: Statement
    finish: Finisher | None
    page: Statement


def compile_list(
    spec: ResourceSpec, question: Question, guards: Mapping[str, Guard], connection: Any, *, is_whole: bool = False
) -> Plan:
    """Compile a page of members or of groups; the values are those of the guards, then the question's.

    Shapes: one row more than the limit is asked for, which tells whether there is a next page. Where the question
        counts, one more line is the last, whose document is the count. A list that `is_whole` is for a cursor: its
        first rows come without the last ones being looked at, where an index has their order.
    """
    work = Compilation.start(connection, dialect_of(connection), guards, is_whole=is_whole)
    with timezone.override(timezone.get_default_timezone()):  # parts of dates are TIME_ZONE's, whoever asks first
        return _compile_list(work, spec, question)


def _compile_list(work: Compilation, spec: ResourceSpec, question: Question) -> Plan:
    grouping, representation = question.grouping, question.selection.representation
    page = _page(work, spec, question)
    shown = group_members(work, grouping, page.level) if grouping else members(work, representation, page.level)
    limit = _limit(question.window, page.next_slot)
    frame = Frame(extra=page.order, sets=page.level.sets or (), order=_directed(question, page))
    sql = work.dialect.page(page.limited(limit), page.level.alias, shown, frame)
    if question.window.count != "none":
        sql = with_count(work, sql, page.everything, question.window.count, page.order)
    return _finish(work, sql, page.sql, None if grouping is not None else make_finisher(representation))


def _page(work: Compilation, spec: ResourceSpec, question: Question) -> Page:
    if question.grouping is not None:
        return build_groups(work, spec, question, question.grouping)
    return PageQuery(work, spec, question.selection.representation, count(work.rows.first_slot)).build(question)


def compile_beyond(
    spec: ResourceSpec, question: Question, guards: Mapping[str, Guard], connection: Any, *, most: int
) -> Plan:
    """Compile whether a list has more rows than `most`: a line where it has; the values are those of the list."""
    work = Compilation.start(connection, dialect_of(connection), guards)
    with timezone.override(timezone.get_default_timezone()):
        page = _page(work, spec, question)
        return _finish(work, beyond(work, page.everything, most), page.sql, None)


def _limit(window: Window, slot: int) -> Sql:
    """A usual limit is a constant; any other is a slot, and so is an offset."""
    has_own = window.shape[0] is None
    limit = Sql(f" LIMIT {HOLE}", (_number_slot(slot),)) if has_own else Sql(f" LIMIT {window.limit + 1}")
    if window.kind == "cursor":
        return limit
    return limit + Sql(f" OFFSET {HOLE}", (_number_slot(slot + has_own),))


def _directed(question: Question, page: Page) -> list[Sql]:
    """Say the page's order over its columns."""
    terms = walked(question.order.terms, question.window)
    return [column + Sql(spelled(term)) for term, column in zip(terms, page.order, strict=True)]


def compile_detail(spec: ResourceSpec, selection: Selection, guards: Mapping[str, Guard], connection: Any) -> Plan:
    """Compile one member by key; the values are those of the guards, then the key's."""
    work = Compilation.start(connection, dialect_of(connection), guards)
    with timezone.override(timezone.get_default_timezone()):
        first = work.rows.first_slot
        keys = {c.lookup: Slot(first + index, c.field, c.kind) for index, c in enumerate(spec.key)}
        return _compile_detail(work, spec, selection, Q(**keys))


def compile_chosen(spec: ResourceSpec, selection: Selection, guards: Mapping[str, Guard], connection: Any) -> Plan:
    """Compile the one member that is let through, and of several two; the values are those of the guards."""
    work = Compilation.start(connection, dialect_of(connection), guards)
    with timezone.override(timezone.get_default_timezone()):
        return _compile_detail(work, spec, selection, Q(), Sql(" LIMIT 2"))


def _compile_detail(
    work: Compilation, spec: ResourceSpec, selection: Selection, condition: Q, limit: Sql = _NO_LIMIT
) -> Plan:
    first = work.rows.first_slot
    representation = selection.representation
    columns = [spec.last_modified] if spec.last_modified else []
    member = PageQuery(work, spec, representation, count(first)).build_member(condition, columns)
    shown = members(work, representation, member.level)
    frame = Frame(extra=[_spelled_column(work, column, member) for column in columns])
    sql = work.dialect.page(member.limited(limit), member.level.alias, shown, frame)
    return _finish(work, sql, member.sql, make_finisher(representation))


def compile_members(
    spec: ResourceSpec, selection: Selection, guards: Mapping[str, Guard], keys: Sequence[Any], connection: Any
) -> Plan:
    """Compile some members by their primary keys, which stand in the statement itself; the values are the guards'.

    Shapes: a line's other columns are its primary key; the lines come in no order.
    """
    work = Compilation.start(connection, dialect_of(connection), guards)
    with timezone.override(timezone.get_default_timezone()):
        representation = selection.representation
        query = PageQuery(work, spec, representation, count(work.rows.first_slot))
        rows = query.build_member(Q(pk__in=keys), list(spec.pk))
        shown = members(work, representation, rows.level)
        frame = Frame(extra=[rows.level.column(column.attname) for column in spec.pk])
        sql = work.dialect.page(rows.sql, rows.level.alias, shown, frame)
        return _finish(work, sql, rows.sql, make_finisher(representation))


def compile_keys(spec: ResourceSpec, question: Question, guards: Mapping[str, Guard], connection: Any) -> Plan:
    """Compile the primary keys of all members that a list would lead to, up to a number of them.

    Shapes: a line has no document, and its other columns are the key; the values are those of the guards, of the
        question's condition, and the number.
    """
    work = Compilation.start(connection, dialect_of(connection), guards)
    with timezone.override(timezone.get_default_timezone()):
        query = PageQuery(work, spec, question.selection.representation, count(work.rows.first_slot))
        rows, slot = query.build_keys(question, spec.pk)
        level = Level(work.next_alias())
        keys = join(", ", [level.column(column.attname) for column in spec.pk])
        limit = Sql(f") {level.alias} LIMIT {HOLE}", (_number_slot(slot),))
        return _finish(work, Sql("SELECT NULL, ") + keys + Sql(" FROM (") + rows + limit, rows, None)


def _spelled_column(work: Compilation, column: Column, member: Page) -> Sql:
    return work.dialect.spell(column.kind, column.field, member.level.column(column.attname), work.connection)


def _finish(work: Compilation, sql: Sql, page: Sql, finish: Finisher | None) -> Plan:
    return Plan(make_statement(work, sql), finish, make_statement(work, page))


def _number_slot(index: int) -> Slot:
    return Slot(index, BigIntegerField(), "integer")
