"""Tell which problem a database's error is, by a table of its codes. Runs nothing."""

from __future__ import annotations

from django.db import DataError, InterfaceError, OperationalError

from nuages.errors import BadRequest, Problem, Unavailable

_AWAY = "The database cannot answer now. Try again."
_SQLITE_BUSY = ("BUSY", "LOCKED", "CANTOPEN", "IOERR", "FULL", "READONLY", "INTERRUPT", "PROTOCOL", "NOMEM")
_BUSY = {"57014", "55P03", "53000", "53100", "53200", "53300", "40001", "40P01", "25006", "57P01", "57P02", "57P03"}


def problem_of(error: Exception) -> Problem | None:
    """Tell which problem a database's error is, wherever on a request's way it was met.

    Shapes: Unavailable when the database is away, busy or out of time; BadRequest for a value that it cannot take; None
        for anything else, which is a fault of this project, of the schema or of an author.
    Source: PostgreSQL, appendix A (error codes); sqlite.org/rescode.html.
    """
    if not isinstance(error, OperationalError | InterfaceError | DataError):
        return None
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, DataError) or (state or "").startswith("22"):
        return BadRequest("The database cannot compare with one of the values given.", code="invalid-value")
    if state is not None and state not in _BUSY and not state.startswith("08"):
        return None
    name = getattr(error.__cause__, "sqlite_errorname", None)
    if name is not None and not name.removeprefix("SQLITE_").startswith(_SQLITE_BUSY):
        return None
    return Unavailable(_AWAY, headers=[("Retry-After", "1")])
