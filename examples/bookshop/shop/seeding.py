"""Turn an invented shop into rows of the database, in one transaction, replacing or respecting what is there."""

from typing import TextIO

from django.db import transaction

from shop.invention import Sizes, invent_tables
from shop.models import Author, Book, Publisher, Review, Tag
from shop.progress import Progress
from shop.tables import add_tuples, empty_tables, lock_tables, settle_tables


class NotEmptyError(Exception):
    """The shop already has rows, and nobody said to replace them."""


def seed_shop(sizes: Sizes, *, seed: int, using: str, replace: bool = False, stream: TextIO | None = None) -> None:
    """Fill the shop, all of it or nothing.

    Raises: NotEmptyError where rows exist and `replace` is False.
    """
    with transaction.atomic(using=using):
        lock_tables(using)  # before looking: several servers may start, and seed, at the same time
        if replace:
            empty_tables(using)
        elif found := _describe_rows(using):
            raise NotEmptyError(found)
        _insert_all(sizes, seed=seed, using=using, stream=stream)
        settle_tables(using)


def _describe_rows(using: str) -> str:
    for model in (Book, Author, Publisher, Tag, Review):
        if count := model._default_manager.using(using).count():
            return f"{count:,} {model._meta.verbose_name_plural if count > 1 else model._meta.verbose_name}"
    return ""


def _insert_all(sizes: Sizes, *, seed: int, using: str, stream: TextIO | None) -> None:
    tables = list(invent_tables(sizes, seed))
    progress = Progress(stream, total=sum(table.count for table in tables))
    try:
        for table in tables:
            progress.start(table.label, count=table.count)
            add_tuples(table.model, table.columns.split(), table.rows, using=using, on_batch=progress.advance)
    finally:
        progress.finish()
