"""Run a statement on PostgreSQL within its time, and leave what comes back as PostgreSQL wrote it.

The time is PostgreSQL's own `statement_timeout`, set once for a connection. So it bounds whatever else Django sends on
that connection, too: the admin's queries, a view's, a command's after its first read through Nuages. Behind a
transaction pooler it is set for each statement.
How a statement is sent is `libpq`'s.
Source: postgresql.org/docs/current/runtime-config-client.html, "statement_timeout".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from psycopg import RawCursor
from psycopg.errors import QueryCanceled
from psycopg.pq import TransactionStatus

from nuages.execute.libpq import send
from nuages.execute.limits import OutOfTime, milliseconds, statement_timeout_s
from nuages.execute.result import Place, Result

# The stricter of two limits stays, where DATABASES, a role or the server has one. Answers with it, in milliseconds.
_BOUND = """
SELECT ms, set_config('statement_timeout', ms::text, $2)
FROM (SELECT CASE WHEN given BETWEEN 1 AND $1 THEN given ELSE $1 END AS ms
      FROM (SELECT (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::int AS given) said) kept
"""
_CLOCKS = 0.99  # the server's clock says when time is up, this process's says how much has passed

_limits_s: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


def run(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run one statement on a Django connection that is open, with server-side binding.

    Raises: OutOfTime; psycopg.Error, as psycopg's own cursors do.
    """
    return _run(connection.connection, text, parameters, is_prepared=may_prepare_statements())


def run_once(connection: Any, text: str, parameters: Sequence[Any]) -> Result:
    """Run a statement that is not worth being prepared; else as `run`."""
    return _run(connection.connection, text, parameters, is_prepared=False)


@cache
def may_prepare_statements() -> bool:
    """Whether connections are a process's own: the setting NUAGES_PREPARED_STATEMENTS, read once.

    Without it they are, unless DISABLE_SERVER_SIDE_CURSORS says of any database that a transaction pooler lends its
    connections. There no statement is prepared on them, and a limit is set for one transaction alone: both would reach
    other clients.
    Source: docs.djangoproject.com, "Databases", "Transaction pooling and server-side cursors".
    """
    is_lent = any(database.get("DISABLE_SERVER_SIDE_CURSORS") for database in settings.DATABASES.values())
    return bool(getattr(settings, "NUAGES_PREPARED_STATEMENTS", not is_lent))


def _run(raw: Any, text: str, parameters: Sequence[Any], *, is_prepared: bool) -> Result:
    limit_s = statement_timeout_s()
    is_lent = limit_s is not None and not may_prepare_statements()
    if limit_s is not None and not is_lent:
        limit_s = _limits_s.get(raw) or _set_limit(raw, limit_s)
    started_s = perf_counter()
    try:
        if is_lent:
            answer = _send_on_loan(raw, text, parameters, limit_s or 0)
        else:
            answer = send(raw, text, parameters, is_prepared=is_prepared)
    except QueryCanceled as error:
        # Its message would tell why it was ended, but in the server's language.
        if limit_s is not None and perf_counter() - started_s >= limit_s * _CLOCKS:
            raise OutOfTime(limit_s) from error
        raise
    return _result(answer)


def _send_on_loan(raw: Any, text: str, parameters: Sequence[Any], limit_s: float) -> Any:
    """Set a limit and send a statement together: one round trip and, with nothing between them, one transaction.

    Source: postgresql.org/docs/current/libpq-pipeline-mode.html.
    """
    asked = RawCursor(raw)
    with raw.pipeline():
        RawCursor(raw).execute(_BOUND, [milliseconds(limit_s), True], prepare=False)
        asked.execute(text, parameters, prepare=False)
    return asked.pgresult


def _set_limit(raw: Any, wanted_s: float) -> float:
    """Set a limit for as long as the connection lives; inside a transaction, which may be undone, until its end."""
    is_lasting = raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE
    answer = send(raw, _BOUND, [milliseconds(wanted_s), not is_lasting], is_prepared=False)
    limit_s = int(answer.get_value(0, 0)) / 1000
    if is_lasting:
        _limits_s[raw] = limit_s
    return limit_s


def _result(answer: Any) -> Result:
    value = answer.get_value

    def place(row: int) -> Place:
        return tuple(_text(value(row, column)) for column in range(1, answer.nfields))

    return Result([value(row, 0) for row in range(answer.ntuples)], place)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()
