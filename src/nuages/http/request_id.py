"""Name each request, so that its answer, the server's log and the client's own speak of the same one.

Nothing here reads or writes a log: that is `logs`'.
"""

from __future__ import annotations

import os
import random
import re
from contextvars import ContextVar

from nuages.http.request import Request

HEADER = "X-Request-ID"
# Nothing that could end a line, colour a terminal, or be taken for a pattern, wherever the id is written down.
_GIVEN = re.compile(r"[A-Za-z0-9-]{1,64}")
# An id must be unlike any other and is no secret, so the quick generator will do: a tenth of what uuid4 takes, and no
# more than ids cut from a long draw of the system's. A counter would tell each client how many requests others send.
# One of our own: random.seed() does not reach it.
_numbers = random.Random()
if hasattr(os, "register_at_fork"):  # where processes fork, a child must not go on with its parent's numbers
    os.register_at_fork(after_in_child=_numbers.seed)

# The id of the request that is being answered here, "" outside of any: what author's own log entries may say.
under_way: ContextVar[str] = ContextVar("nuages.request_id", default="")


def name_request(request: Request) -> str:
    """Give a request its id, if it has none yet: the client's own where that is one, else a new one.

    Shapes: 1 to 64 letters, digits and hyphens; a new one is 32 hexadecimal digits.
    """
    if not request.id:
        given = request.headers.get("x-request-id")
        if given and _GIVEN.fullmatch(given):
            request.id = given
        else:
            request.id = _numbers.getrandbits(128).to_bytes(16).hex()
    return request.id
