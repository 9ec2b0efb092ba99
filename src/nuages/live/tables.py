"""Turn the names of live tables into what is known of them by their models: keys, columns, what cannot be followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models import Model

LOG = "nuages_change"
SHADOW = "nuages_live_"
"""What the names of SQLite's tables of rows begin with, and on both databases those of triggers' relatives."""


def quote(name: str) -> str:
    """Quote an identifier; no percent sign is doubled."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as SQL does; no percent sign is doubled."""
    return "'" + text.replace("'", "''") + "'"


def chain(model: type[Model]) -> list[type[Model]]:
    """A model and the models with tables of their own that it inherits from: all that a row of it is made of."""
    meta: Any = model._meta.concrete_model._meta  # type: ignore[union-attr]  # the model of a proxy
    return [meta.model, *(parent._meta.concrete_model for parent in meta.get_parent_list() if not parent._meta.proxy)]


def tables_of(models: Iterable[type[Model]]) -> dict[str, type[Model]]:
    """The tables of models and of what they inherit from, each with its model."""
    return {one._meta.db_table: one for model in models for one in chain(model)}


def tables_on(alias: str, models: Iterable[type[Model]]) -> dict[str, type[Model]]:
    """Those of the tables that a database has."""
    found = tables_of(models)
    return {table: model for table, model in found.items() if router.allow_migrate_model(alias, model)}


@lru_cache
def models_at(table: str) -> tuple[type[Model], ...]:
    """The models whose rows stand in a table: nearly always one.

    Raises: LookupError where there is none.
    """
    models = apps.get_models(include_auto_created=True, include_swapped=True)
    found = tuple(model for model in models if model._meta.db_table == table and not model._meta.proxy)
    if not found:
        raise LookupError(f"No model has the table {table!r}.")
    return found


@lru_cache
def columns(table: str) -> dict[str, Any]:
    """The columns of a table that models know, in the models' order, each with its field."""
    return {
        field.column: field
        for model in models_at(table)
        for field in model._meta.local_concrete_fields
        if field.column is not None
    }


@lru_cache
def key_fields(table: str) -> tuple[Any, ...]:
    """The fields of a table's primary key."""
    meta: Any = models_at(table)[0]._meta
    return tuple(meta.pk_fields)


def is_virtual(field: Any) -> bool:
    """Whether a column is computed each time that it is read, so that nothing is stored of it."""
    return bool(getattr(field, "generated", False)) and not field.db_persist


def is_generated(field: Any) -> bool:
    """Whether a column is computed of others."""
    return bool(getattr(field, "generated", False))


def complaints(model: type[Model]) -> Iterator[tuple[str, str]]:
    """Why a model's table cannot be followed, each with what to do."""
    for table in tables_of([model]):
        if '"' in table:
            yield (
                f"its table {table!r} is named with its schema.",
                "Put the schema into the search_path of the connection: an image of a row stands in the table's place.",
            )
