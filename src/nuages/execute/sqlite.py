"""Run a statement through sqlite3, and prepare each new connection for the functions that statements may call."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from django.db.backends.signals import connection_created

from nuages.execute.result import Result


def run(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement on a Django connection that is open."""
    lines = connection.connection.execute(text, parameters).fetchall()
    return Result([line[0] for line in lines], lambda row: tuple(lines[row][1:]))


def _prepare(sender: Any, connection: Any, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if connection.vendor == "sqlite":
        connection.connection.create_function("nuages_base64", 1, _base64, deterministic=True)


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode("ascii")


connection_created.connect(_prepare, dispatch_uid="nuages.execute.sqlite")
