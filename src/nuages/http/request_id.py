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
# An id need be unlike any other and be no secret, so the quick generator will do: a tenth of what uuid4 takes. A
# counter would tell each client how many requests the others send. One of our own: random.seed() does not reach it.
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
        given = request.header("x-request-id")
        is_one = given is not None and _GIVEN.fullmatch(given) is not None
        request.id = given if is_one and given is not None else _numbers.getrandbits(128).to_bytes(16).hex()
    return request.id
