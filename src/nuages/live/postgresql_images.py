"""Write a SELECT of the images of rows, on PostgreSQL.

An image is found in the log by its number, and its columns by their names: what the table has got since is NULL.
"""

from __future__ import annotations

from typing import Any

from nuages.live.postgresql_triggers import NULLS
from nuages.live.tables import columns, is_virtual, literal, quote

_JSON = ("json", "jsonb")


def images(connection: Any, table: str, numbers: Any) -> tuple[str, list[Any]]:
    """The text and the parameters of a SELECT of images by their numbers, a JSON array of them.

    Shapes: the number of an image is the `seq` of its change, below 0 for the row before that. The columns are the
        number and those of the table that models know.
    """
    name = quote(table)
    shown, given = _shown(connection, table)
    listed = "(SELECT value::bigint AS number FROM jsonb_array_elements_text(%s::jsonb) listed(value)) numbers"
    found = "(SELECT CASE WHEN number > 0 THEN new ELSE old END FROM nuages_change WHERE seq = abs(number))"
    text = (
        f"SELECT i.number AS nuages_image, {', '.join(shown)}"
        f" FROM (SELECT number, {found} AS nuages_image FROM {listed}) i,"
        f" jsonb_populate_record(NULL::{name}, i.nuages_image - '{NULLS}'::text) {name}"
    )
    return text, [*given, numbers]


def _shown(connection: Any, table: str) -> tuple[list[str], list[Any]]:
    shown, given = [], []
    for column, field in columns(table).items():
        text = f"{quote(table)}.{quote(column)}"
        if is_virtual(field):
            text, values = field.generated_sql(connection)
            given += values
        elif (kind := field.db_type(connection)) in _JSON:
            mark = literal(column).replace("%", "%%")  # as Django's compiler writes literals, and not names
            text = f"CASE WHEN i.nuages_image -> '{NULLS}' ? {mark} THEN 'null'::{kind} ELSE {text} END"
        shown.append(text)
    return shown, given
