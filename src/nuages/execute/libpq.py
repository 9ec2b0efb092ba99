"""Send a statement through libpq, prepared on the server or not, and give the answer as PostgreSQL wrote it.

psycopg's own cursor costs several times as much for one row: it looks a statement up by text and types, and readies
loaders for columns that nobody loads. psycopg still adapts the values, and tells which error is which.
What an answer means, and how long it may take, is not known here.
Source: postgresql.org/docs/current/libpq-exec.html; psycopg.org/psycopg3/docs/api/pq.html.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from psycopg import OperationalError, RawCursor
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus

MAX_PREPARED = 100  # a connection, as psycopg's own `prepared_max`: each holds a parsed query in the server's memory
_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_STALE = ("26000", "0A000")  # the statement is gone (DISCARD, a pooler), or a table has changed beneath it

Statements: TypeAlias = "OrderedDict[tuple[str, tuple[int, ...]], bytes]"
Ask: TypeAlias = Callable[[], Any]

_prepared: WeakKeyDictionary[Any, Statements] = WeakKeyDictionary()
_numbers = count(1)


def send(raw: Any, text: str, parameters: Sequence[Any], *, is_prepared: bool) -> Any:
    """Send one statement, whose placeholders are $1, $2..., on a connection of psycopg's.

    Shapes: a `psycopg.pq.PGresult`. `is_prepared` keeps the statement on the server for the next time.
    Raises: psycopg.Error, as psycopg's own cursors do.
    """
    with raw.lock:
        answer = _ask(raw, text, parameters, is_prepared=is_prepared) if _is_plain(raw) else None
    return answer if answer is not None else _ask_cursor(raw, text, parameters)


def _is_plain(raw: Any) -> bool:
    """Whether nothing has to be sent before a statement: no BEGIN of psycopg's, no pipeline to be synchronised."""
    is_begun = raw.autocommit or raw.pgconn.transaction_status == TransactionStatus.INTRANS
    return bool(is_begun) and raw._pipeline is None


def _ask_cursor(raw: Any, text: str, parameters: Sequence[Any]) -> Any:
    cursor = RawCursor(raw)
    cursor.execute(text, parameters, prepare=False)
    return cursor.pgresult


def _ask(raw: Any, text: str, parameters: Sequence[Any], *, is_prepared: bool) -> Any:
    adapter = Transformer(raw)
    values = adapter.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
    types, formats = tuple(adapter.types or ()), adapter.formats
    if not is_prepared:
        return _checked(raw, partial(raw.pgconn.exec_params, text.encode(), values, types, formats))
    return _ask_prepared(raw, (text, types), lambda name: raw.pgconn.exec_prepared(name, values, formats))


def _ask_prepared(raw: Any, key: tuple[str, tuple[int, ...]], ask: Callable[[bytes], Any]) -> Any:
    statements = _prepared.get(raw)
    if statements is None:
        statements = _prepared[raw] = OrderedDict()
    name = statements.get(key)
    if name is None:
        return _checked(raw, partial(ask, _prepare(raw, key, statements)))
    statements.move_to_end(key)
    result = ask(name)
    if _is_stale(raw, result):
        del statements[key]
        return _checked(raw, partial(ask, _prepare(raw, key, statements)))
    return _checked(raw, lambda: result)


def _prepare(raw: Any, key: tuple[str, tuple[int, ...]], statements: Statements) -> bytes:
    text, types = key
    name = b"nuages_%d" % next(_numbers)
    _checked(raw, partial(raw.pgconn.prepare, name, text.encode(), types))
    statements[key] = name
    if len(statements) > MAX_PREPARED:
        _, oldest = statements.popitem(last=False)
        raw.pgconn.exec_(b"DEALLOCATE " + oldest)
    return name


def _is_stale(raw: Any, result: Any) -> bool:
    """Whether asking again with a new statement may help; inside a transaction the error has ended it."""
    if result.status != ExecStatus.FATAL_ERROR or not raw.autocommit:
        return False
    return (result.error_field(DiagnosticField.SQLSTATE) or b"").decode() in _STALE


def _checked(raw: Any, ask: Ask) -> Any:
    result = ask()
    if result.status not in _DONE:
        raise _error(result, raw.info.encoding)
    return result


def _error(result: Any, encoding: str) -> Exception:
    """The error of a result; one that libpq has made itself, without a code, is of a connection that was lost."""
    if result.error_field(DiagnosticField.SQLSTATE):
        return error_from_result(result, encoding)
    return OperationalError(result.get_error_message(encoding))
