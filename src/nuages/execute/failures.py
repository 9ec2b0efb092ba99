"""Tell which problem a database's error is, by a table of its codes. Runs nothing."""

from __future__ import annotations

from typing import Any

from django.db import DataError, InterfaceError, InternalError, OperationalError, ProgrammingError

from nuages.errors import BadRequest, NotAllowed, Problem, Unavailable
from nuages.execute.limits import OutOfTime

_AWAY = "The database cannot answer now. Try again."
_NARROW = "Narrow it with a filter, fewer fields or a smaller page."
_SQLITE_BUSY = ("BUSY", "LOCKED", "CANTOPEN", "IOERR", "FULL", "READONLY", "INTERRUPT", "PROTOCOL", "NOMEM")
_CANCELLED = "57014"
_NOT_PRIVILEGED = "42501"
# Whole classes: a connection is lost, something is used up (memory, disk, connections), an operator or the system is in
# the way. Of single codes: others hold the lock, or went first.
_BUSY = ("08", "53", "57", "58", "55P03", "40001", "40P01")
# Drivers call these errors of their own inside. Read-only is a primary that became a replica, until the other one is
# known by its address; the others are transactions that waited longer than the server lets them.
_ENDED = ("25006", "25P03", "25P04")


def problem_of(error: Exception) -> Problem | None:
    """Tell which problem a database's error is, wherever on a request's way it was met.

    Shapes: Unavailable when the database is away or busy, or out of time (`statement-timeout`); BadRequest for a value
        that it cannot take; NotAllowed for a row that row-level security refuses; None for anything else, which is a
        fault of this project, of the schema or of an author.
    Source: PostgreSQL, appendix A (error codes); sqlite.org/rescode.html.
    """
    if isinstance(error, ProgrammingError) and _is_of_a_policy(error.__cause__):
        return NotAllowed("The database does not allow such a row.")
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, InternalError) and state in _ENDED:
        return _away()
    if not isinstance(error, OperationalError | InterfaceError | DataError):
        return None
    if isinstance(error, OutOfTime):
        return _too_slow(f"longer than {round(error.limit_s, 3):g} s")
    if "integer overflow" in str(error):
        return BadRequest("A sum is beyond the 64 bits that this database can count.", code="beyond-range")
    if isinstance(error, DataError) or (state or "").startswith("22"):
        return BadRequest("The database cannot compare with one of the values given.", code="invalid-value")
    if state is not None and not state.startswith(_BUSY):
        return None
    name = getattr(error.__cause__, "sqlite_errorname", None)
    if name is not None and not name.removeprefix("SQLITE_").startswith(_SQLITE_BUSY):
        return None
    # A limit that is not ours: a role's, a transaction's. The code is that of every cancelled statement.
    if state == _CANCELLED and "statement timeout" in str(error):
        return _too_slow("longer than the database allows")
    return _away()


def _away() -> Problem:
    return Unavailable(_AWAY, headers=[("Retry-After", "1")])


def _is_of_a_policy(cause: Any) -> bool:
    """Whether a policy refuses a row; a table that the role may not use has the same code, and is our fault.

    Source: PostgreSQL's src/backend/executor/execMain.c; the message is translated, the function's name is not.
    """
    if getattr(cause, "sqlstate", None) != _NOT_PRIVILEGED:
        return False
    return bool(cause.diag.source_function == "ExecWithCheckOptions")


def _too_slow(how: str) -> Problem:
    return Unavailable(f"This took {how}. {_NARROW}", code="statement-timeout", headers=[("Retry-After", "1")])
