"""Complete a response that is still coming when it has come, and have an answer whatever happens.

Where it is waited for, under its request's id, is the servers' to know: on their loop, or on the background one.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from nuages.errors import Problem
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logs import log_entry
from nuages.respond.problem import refuse


def defended(response: Response, request: Request, change: Callable[[Response], Response]) -> Response:
    """Let a change be made when the response has come, which it does in any case but that of a cancelled request.

    The pipeline turns exceptions into problems; this is the line behind it.
    """
    coming = response.coming
    if coming is None:
        return change(response)

    async def answer() -> Response:
        return change(await _answered(coming, request))

    response.coming = answer
    return response


async def _answered(coming: Callable[[], Awaitable[Response]], request: Request) -> Response:
    try:
        return await coming()
    except Problem as problem:
        return refuse(problem, request)
    except Exception as error:  # noqa: BLE001  # the last line of defence: whatever it is, the client is told
        log_entry(logging.ERROR, "%s %s failed", request.method, request.prefix + request.path, error=error)
        return refuse(Problem("This server failed; the failure is logged."), request)
