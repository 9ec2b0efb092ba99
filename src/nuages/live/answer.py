"""Turn a prepared read of a list into the response that lets its client watch it: a page, and then what changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from nuages.answers import represent
from nuages.errors import NotAcceptable, Problem
from nuages.execute.run import execute
from nuages.execute.snapshot import one_snapshot
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.live.bounds import max_behind
from nuages.live.changes import Expired
from nuages.live.feed import feed_of
from nuages.live.hub import hub_of
from nuages.live.interests import Interest, interest_of
from nuages.live.positions import Position, Unreadable, read_position
from nuages.live.subscription import Subscription
from nuages.live.watching import Watch, until_s
from nuages.live.wire import write_page
from nuages.logs import log_entry
from nuages.operation import Operation
from nuages.plan.cache import PlanCache
from nuages.preparation import Read
from nuages.respond.problem import problem_response
from nuages.streams.flow import StreamFlow
from nuages.streams.framing import EVENT_STREAM, FRAMINGS, to_json
from nuages.streams.slots import Slot

LAST_EVENT_ID = "last-event-id"
Prepared: TypeAlias = tuple[Operation, Read]
_FRAMING = replace(FRAMINGS[EVENT_STREAM], frame=lambda piece, _: piece)
_HEADERS = (("Content-Type", EVENT_STREAM), ("Cache-Control", "private, no-store"), ("X-Accel-Buffering", "no"))


def watch(
    request: Request, prepared: Prepared, again: Callable[[], Prepared], plans: PlanCache, *, is_absolute: bool
) -> Response:
    """Answer with what is watched; a HEAD runs no statement of the list.

    Shapes: `again` finds anew who asks, asks the rules and prepares the list, for as long as it is watched.
    Raises: NotAcceptable where the database hides rows by itself; Unavailable; django.db.Error.
    """
    operation, read = prepared
    interest = interest_of(operation, read, plans)
    response = Response(200, headers=list(_HEADERS))
    if request.method == "HEAD":
        return response
    hub = hub_of(read.connection.alias)
    hub.demand_room(interest.key)
    first, position = _begin(operation, request, read, interest, is_absolute=is_absolute)
    mine = Subscription(interest, most=max_behind(), until_s=until_s(request.asked_by))
    watching = Watch(hub, mine, position, first, lambda: interest_of(*again(), plans).key)
    response.flow = _flow(request, watching)
    return response


def _flow(request: Request, watching: Watch) -> StreamFlow:
    slot = Slot()
    try:
        explain = partial(_explain, request)
        return StreamFlow(slot, watching.send(), _FRAMING, encode=to_json, explain=explain, request=request)
    except BaseException:
        slot.release()
        raise


def _explain(request: Request, error: Exception) -> Response:
    log_entry(logging.ERROR, "%s %s failed", request.method, request.prefix + request.path, error=error)
    return problem_response(Problem("This server failed; the failure is logged."), request)


def _begin(
    operation: Operation, request: Request, read: Read, interest: Interest, *, is_absolute: bool
) -> tuple[bytes, Position]:
    """Find where to go on: after the last event that the client has had, or after a page."""
    connection = read.connection
    with one_snapshot(connection):
        _demand_all_rows(connection, interest)
        position = _resumed(request, read, interest)
        if position is not None:
            return b"", position
        position = feed_of(connection.alias).now(connection)
        result = execute(connection, read.plan.statement.text, read.plan.statement.bind(read.values))
    page, _ = represent(operation, request, read, result, is_absolute=is_absolute)
    return write_page(page.body, str(position)), position


def _resumed(request: Request, read: Read, interest: Interest) -> Position | None:
    """Read after which event a client comes again; None where it has none, or the log does not go back that far."""
    text = request.header(LAST_EVENT_ID)
    if not text:
        return None
    try:
        position = read_position(text)
        feed_of(read.connection.alias).since(position, [interest.table], 1)
    except (Unreadable, Expired):
        return None
    return position


def _demand_all_rows(connection: Any, interest: Interest) -> None:
    """Refuse a table of which the database hides rows from this role: what is logged of it has been seen by nobody."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active(%s)", [f'"{interest.table}"'])
        if cursor.fetchone()[0]:
            raise NotAcceptable("This list cannot be watched: the database has a policy of its own for its rows.")
