"""Turn the rows of changes, as they were, into a SELECT of them, whichever database has logged them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nuages.live.changes import Image


def images(connection: Any, table: str, numbers: Any) -> tuple[str, list[Any]]:
    """A SELECT of many images at once, by their numbers, which are a JSON array.

    Shapes: `number_of` gives the number of an image. The columns are the number, as `nuages_image`, and those of the
        table that models know. The text is as Django's compiler writes it, `%s` for a parameter and `%%` outside of
        quoted names, and `nuages.plan.sql.from_django` reads it.
    """
    text, parameters = import_module(f"nuages.live.{connection.vendor}_images").images(connection, table, numbers)
    return text, list(parameters)


def number_of(image: Image) -> int:
    """The number of an image: that of its change, below 0 for the row before it."""
    return image.seq if image.which == "new" else -image.seq
