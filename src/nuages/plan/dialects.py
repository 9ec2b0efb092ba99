"""Which dialect a database speaks."""

from __future__ import annotations

from typing import Any, cast

from nuages.errors import DeclarationError, Misdeclared, suggest
from nuages.plan import postgresql, sqlite
from nuages.plan.dialect import Dialect

DIALECTS: dict[str, Dialect] = {
    "postgresql": cast("Dialect", postgresql),
    "sqlite": cast("Dialect", sqlite),
}


def dialect_of(connection: Any) -> Dialect:
    """Find the dialect of a Django connection.

    Raises: DeclarationError for a database that has none.
    """
    found = DIALECTS.get(connection.vendor)
    if found is None:
        hint = f"{suggest(connection.vendor, DIALECTS)} See DATABASES[{connection.alias!r}]."
        raise DeclarationError(
            [Misdeclared("nuages.E016", "settings.py", f"Nuages does not speak {connection.display_name}.", hint)]
        )
    return found
