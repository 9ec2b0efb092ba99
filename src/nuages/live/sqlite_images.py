"""Write the common table expression that puts the image of a row into its table's place, on SQLite.

The expression has the table's name and would see itself, so the real table is named with its schema.
"""

from __future__ import annotations

from typing import Any

from nuages.live.changes import Image
from nuages.live.sqlite_triggers import PLACE
from nuages.live.tables import SHADOW, columns, key_fields, quote


def image_cte(connection: Any, table: str, image: Image) -> tuple[str, list[Any]]:  # noqa: ARG001
    """The text and the parameters of `"table" AS (...)`, as Django's compiler writes them."""
    listed = ", ".join(map(quote, columns(table)))
    key = ", ".join(quote(field.column) for field in key_fields(table))
    found = f"FROM {quote(SHADOW + table)} WHERE {quote(PLACE)} = %s"
    text = (
        f"{quote(table)} AS (SELECT {listed} {found}"
        f" UNION ALL SELECT {listed} FROM main.{quote(table)} WHERE ({key}) IS NOT (SELECT {key} {found}))"
    )
    place = 2 * image.seq + (image.which == "new")
    return text, [place, place]


def images(connection: Any, table: str, numbers: Any) -> tuple[str, list[Any]]:  # noqa: ARG001
    """The text and the parameters of a SELECT of images by their numbers, a JSON array of them.

    Shapes: the number of an image is the `seq` of its change, below 0 for the row before that. The columns are the
        number and those of the table that models know.
    """
    place, listed = quote(PLACE), ", ".join(map(quote, columns(table)))
    number = f"CASE WHEN {place} %% 2 THEN {place} / 2 ELSE -{place} / 2 END AS nuages_image"
    chosen = "SELECT 2 * abs(value) + (value > 0) FROM json_each(%s)"
    return f"SELECT {number}, {listed} FROM {quote(SHADOW + table)} WHERE {place} IN ({chosen})", [numbers]
