"""Write a SELECT of the images of rows, on SQLite, from the table that has them beside the real one."""

from __future__ import annotations

from typing import Any

from nuages.live.sqlite_triggers import PLACE
from nuages.live.tables import SHADOW, columns, quote


def images(connection: Any, table: str, numbers: Any) -> tuple[str, list[Any]]:  # noqa: ARG001
    """The text and the parameters of a SELECT of images by their numbers, a JSON array of them.

    Shapes: the number of an image is the `seq` of its change, below 0 for the row before that. The columns are the
        number and those of the table that models know.
    """
    place, listed = quote(PLACE), ", ".join(map(quote, columns(table)))
    number = f"CASE WHEN {place} %% 2 THEN {place} / 2 ELSE -{place} / 2 END AS nuages_image"
    chosen = "SELECT 2 * abs(value) + (value > 0) FROM json_each(%s)"
    return f"SELECT {number}, {listed} FROM {quote(SHADOW + table)} WHERE {place} IN ({chosen})", [numbers]
