"""Run a statement through sqlite3 within its time, and prepare each new connection for what statements need of it.

Only statements that run here are bounded; whatever else Django sends on the connection takes as long as it does.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from threading import local
from time import perf_counter
from typing import Any

from django.db.backends.signals import connection_created

from nuages.execute.limits import OutOfTime, statement_timeout_s
from nuages.execute.result import Result

# Each look at the clock takes the interpreter's lock, for which a busy process may wait 5 ms (sys.getswitchinterval).
# A million plain opcodes take about 20 ms: looks are seldom enough to cost little, often enough to end in time.
OPCODES_BETWEEN_LOOKS = 1_000_000


class _Running(local):
    """What this thread runs. SQLite works in the thread that asks, and so its looks at the clock happen there."""

    deadline_s = math.inf


_running = _Running()


def run(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement on a Django connection that is open.

    Raises: OutOfTime; sqlite3.Error.
    """
    lines = within_time(connection, lambda: connection.connection.execute(text, parameters).fetchall())
    return Result([line[0] for line in lines], lambda row: tuple(lines[row][1:]))


def within_time(connection: Any, ask: Callable[[], Any]) -> Any:
    """Let SQLite work for as long as one statement may take.

    Raises: OutOfTime; sqlite3.Error.
    """
    limit_s = statement_timeout_s()
    if limit_s is not None:
        _running.deadline_s = perf_counter() + limit_s
    try:
        return ask()
    except connection.Database.OperationalError as error:
        if limit_s is not None and getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT" and _is_late():
            raise OutOfTime(limit_s) from error
        raise
    finally:
        _running.deadline_s = math.inf


def _is_late() -> bool:
    return perf_counter() >= _running.deadline_s


def _prepare(sender: Any, connection: Any, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if connection.vendor == "sqlite":
        connection.connection.create_function("nuages_base64", 1, _base64, deterministic=True)
        connection.connection.create_function("nuages_upper", 1, _upper, deterministic=True)
        connection.connection.set_progress_handler(_is_late, OPCODES_BETWEEN_LOOKS)


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode("ascii")


def _upper(text: object) -> str | None:
    """Fold case as PostgreSQL's upper() does: letter by letter, never one letter into two."""
    if text is None:
        return None
    plain = str(text)
    folded = plain.upper()
    if len(folded) == len(plain):
        return folded
    return "".join([upper if len(upper := letter.upper()) == 1 else letter for letter in plain])


connection_created.connect(_prepare, dispatch_uid="nuages.execute.sqlite")
