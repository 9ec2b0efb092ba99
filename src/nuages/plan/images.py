"""Compile which of some images of rows a list would show, and how: its plan, with these rows in place of the real ones.

An image is a whole row as it was at some moment. The table's name stands for the images and for all other rows as they
are now, so that every condition, rule and value of the plan reads an image as it would have read the row.
Where images come from, and what follows from them, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, TypeAlias

from django.db.models import BooleanField, F, Func, Model, Q, TextField
from django.utils import timezone

from nuages.declare.spec import ResourceSpec
from nuages.parse.question import Question
from nuages.plan.compilation import Compilation
from nuages.plan.dialect import Dialect, Frame, quote_name
from nuages.plan.dialects import dialect_of
from nuages.plan.finish import make_finisher
from nuages.plan.guards import Guard
from nuages.plan.pages import PageQuery
from nuages.plan.plans import Plan
from nuages.plan.projection import members
from nuages.plan.slots import Slot
from nuages.plan.sql import Sql
from nuages.plan.statement import Statement, make_statement

IMAGES = "nuages_images"  # names the rows that stand in place of the real ones
NUMBER = "nuages_image"  # names the column with their numbers
Images: TypeAlias = Callable[[Slot], Sql]
"""Selects images that a value names: their numbers, then every column that the model knows of the table."""


def compile_images(
    spec: ResourceSpec, question: Question, guards: Mapping[str, Guard], images: Images, connection: Any
) -> Plan:
    """Compile the images that a list shows, whatever its order and limit, as it shows them.

    Shapes: the values are those of the guards, of the question's condition, and the images, as `images` takes them,
        each of another row. A line's other columns are the primary key, then the key of the URL as it is shown; the
        lines come in no order, and lines with primary keys that no image has mean nothing.
    """
    work = Compilation.start(connection, dialect_of(connection), guards)
    with timezone.override(timezone.get_default_timezone()):
        representation = question.selection.representation
        query = PageQuery(work, spec, representation, count(work.rows.first_slot))
        rows, slot = query.build_images(question, _among(spec, connection), [*spec.pk, *spec.key])
        shown = members(work, representation, rows.level)
        keys = [work.dialect.spell(c.kind, c.field, rows.level.column(c.attname), connection) for c in spec.key]
        frame = Frame(extra=[*[rows.level.column(column.attname) for column in spec.pk], *keys])
        sql = work.dialect.page(rows.sql, rows.level.alias, shown, frame)
        statement = make_statement(work, _shadowed(work, spec, images(_slot(slot))) + sql)
        return Plan(statement, make_finisher(representation), make_statement(work, rows.sql))


def compile_image_keys(model: type[Model], images: Images, connection: Any) -> Statement:
    """Compile the primary keys of images.

    Shapes: the only value are the images. A line has no document; its other columns are the number of the image and
        the primary key, spelled as in the lines of `compile_images`.
    """
    work = Compilation.start(connection, dialect_of(connection), {})
    keys = [work.dialect.raw(quote_name(str(field.column))) for field in model._meta.pk_fields]
    listed = f") SELECT NULL, {NUMBER}, {', '.join(keys)} FROM {IMAGES}"
    return make_statement(work, Sql(f"WITH {IMAGES} AS (") + images(_slot(0)) + Sql(listed))


def _slot(index: int) -> Slot:
    return Slot(index, TextField(), "text", is_raw=True)


def _shadowed(work: Compilation, spec: ResourceSpec, images: Sql) -> Sql:
    """Let the table's name stand for the images and all rows of other keys.

    The name means the real table inside its own definition, where its schema is said on SQLite, which would take it for
    recursive. NOT MATERIALIZED lets the rest of the statement find rows by index.
    Source: postgresql.org/docs/current/queries-with.html; sqlite.org/lang_with.html.
    """
    meta = spec.model._meta
    columns = [str(field.column) for field in meta.local_concrete_fields]
    named, keys = _listed(columns), _listed([str(field.column) for field in meta.pk_fields])
    table, real = quote_name(meta.db_table), work.dialect.real_table(meta.db_table)
    others = f"SELECT {named} FROM {real} WHERE ({keys}) NOT IN (SELECT {keys} FROM {IMAGES})"
    return (
        Sql(f"WITH {IMAGES} AS MATERIALIZED (") + images
        + Sql(f"), {table} AS NOT MATERIALIZED (SELECT {named} FROM {IMAGES} UNION ALL {others}) ")
    )  # fmt: skip


def _listed(columns: list[str]) -> str:
    return ", ".join(quote_name(column) for column in columns)


def _among(spec: ResourceSpec, connection: Any) -> Q:
    """Only rows with the keys of images; of a key of several columns, each column alone."""
    dialect = dialect_of(connection)
    return Q(*[_is_among(dialect, field) for field in spec.model._meta.pk_fields])


def _is_among(dialect: Dialect, field: Any) -> Func:
    values = dialect.among(f"SELECT {quote_name(field.column)} FROM {IMAGES}")
    return Func(F(field.attname), template="%(expressions)s %(values)s", values=values, output_field=BooleanField())
