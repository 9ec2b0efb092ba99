"""Put the row of a change, as it was, into its table's place in a statement, whichever database it is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nuages.live.changes import Change, Image, Which


def image_cte(connection: Any, change: Change, which: Which) -> tuple[str, list[Any]]:
    """The common table expression that has the name of the changed table: the row as it was, and all other rows.

    Shapes: `WITH <this> SELECT ...`; the text is as Django's compiler writes it, `%s` for a parameter and `%%` outside
        of quoted names, and `nuages.plan.sql.from_django` reads it.
    Raises: LookupError where the change has no such image.
    """
    image = change.old if which == "old" else change.new
    if image is None:
        raise LookupError(f"There is no {which} row of {change.op} {change.seq}.")
    text, parameters = import_module(f"nuages.live.{connection.vendor}_images").image_cte(
        connection, change.table, image
    )
    return text, list(parameters)


def images(connection: Any, table: str, numbers: Any) -> tuple[str, list[Any]]:
    """A SELECT of many images at once, by their numbers, which are a JSON array.

    Shapes: `number_of` gives the number of an image. The columns are the number, as `nuages_image`, and those of the
        table that models know. The text is as in `image_cte`.
    """
    text, parameters = import_module(f"nuages.live.{connection.vendor}_images").images(connection, table, numbers)
    return text, list(parameters)


def number_of(image: Image) -> int:
    """The number of an image: that of its change, below 0 for the row before it."""
    return image.seq if image.which == "new" else -image.seq
