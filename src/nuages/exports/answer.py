"""Turn a prepared read of a whole list into its response: a file in the format that the client asked for.

Nothing of the list is held: its rows are read while they are sent. What is wrong before the first is a problem.
"""

from __future__ import annotations

from collections.abc import Sequence

from nuages.errors import Fault, NotAcceptable, Unprocessable
from nuages.execute.rows import Rows
from nuages.execute.run import execute
from nuages.exports.formats import FORMATS, Format
from nuages.exports.outgoing import Outgoing
from nuages.exports.slots import Slot
from nuages.http.negotiation import choose_type
from nuages.http.request import Request
from nuages.http.response import JSON, Response
from nuages.operation import Operation
from nuages.parse.question import Question
from nuages.plan.cache import PlanCache
from nuages.preparation import Read, prepare_beyond

_TOO_MANY = "too-many-rows"


def represented(target: Operation, export: Operation, accept: str | None) -> Operation:
    """Choose what answers: a list with JSON, or the export of it.

    Shapes: the raw value of `Accept`.
    Raises: NotAcceptable where the client wants nothing that is offered.
    """
    files = files_of(export)
    chosen = choose_type(accept, [JSON, *files])
    if chosen is None:
        others = " and ".join(files)
        raise NotAcceptable(f"Only {JSON} is offered, and as a file {others}.")
    return target if chosen == JSON else export


def files_of(export: Operation) -> list[str]:
    """The media types as which a list may be had whole."""
    return [each.accept for each in _formats(export)]


def export(operation: Operation, request: Request, read: Read, plans: PlanCache) -> Response:
    """Answer with a file; a HEAD runs no statement.

    Raises: Unprocessable where the list is longer than an export may be; Unavailable where too many are under way;
        django.db.Error.
    """
    question, formats = read.question, _formats(operation)
    if question is None:
        raise TypeError("Only lists are exported.")
    chosen = choose_type(request.header("accept"), [JSON, *(each.accept for each in formats)])
    form = next(each for each in formats if each.accept == chosen)
    response = Response(200, headers=_headers(operation, form))
    if request.method != "HEAD":
        response.pieces = _send(operation, question, read, form, plans)
    return response


def _send(operation: Operation, question: Question, read: Read, form: Format, plans: PlanCache) -> Outgoing:
    limits, statement = operation.spec.export, read.plan.statement
    is_whole = question.window.limit > limits.max_rows
    head, write = form.make(question, limits.guards_csv)
    finish = read.plan.finish

    def make(documents: Sequence[bytes]) -> bytes:
        return write([finish(document) for document in documents] if finish else documents)

    slot = Slot()
    rows = None
    try:
        if is_whole:
            _demand_few(operation, question, read, plans)
        rows = Rows(read.connection, statement.text, statement.bind(read.values))
        return Outgoing(slot, rows, make, head=head, most=question.window.limit, is_whole=is_whole)
    except BaseException:
        if rows is not None:
            rows.close()
        slot.release()
        raise


def _demand_few(operation: Operation, question: Question, read: Read, plans: PlanCache) -> None:
    """Refuse a list that is too long before anything of it is sent; one that grows meanwhile is broken off."""
    most = operation.spec.export.max_rows
    asked = prepare_beyond(operation, question, read, most, plans)
    statement = asked.plan.statement
    if execute(asked.connection, statement.text, statement.bind(asked.values)).documents:
        detail = f"There are more than {most:,} rows, the most that an export has. Use filters, or say limit={most}."
        raise Unprocessable(detail, faults=[Fault("?limit", _TOO_MANY, detail)], code=_TOO_MANY)


def _formats(operation: Operation) -> list[Format]:
    return [FORMATS[name] for name in operation.spec.export.formats]


def _headers(operation: Operation, form: Format) -> list[tuple[str, str]]:
    """Name the file by its resource. Where everybody gets the same, a cache may keep it; else none."""
    name = operation.spec.name.rpartition("/")[2]  # without its group's
    named = ("Content-Disposition", f'attachment; filename="{name}.{form.name}"')
    is_open = operation.gate.is_open and not operation.gates and operation.audiences is None
    kept = [] if is_open else [("Cache-Control", "private, no-store")]
    return [("Content-Type", form.content_type), named, *kept]
