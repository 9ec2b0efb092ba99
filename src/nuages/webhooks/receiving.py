"""Turn a request that a stranger sends into a message of whom we share a secret with, or refuse it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nuages.http.bodies import read_body
from nuages.http.request import Request
from nuages.parse.received import max_body_bytes
from nuages.webhooks.signing import TOLERANCE_S, verify


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook that came in, and is signed.

    Shapes: `id` is the same when the sender sends it again; `body` is to the byte what was signed.
    """

    id: str
    body: bytes


def take(request: Request, secrets: Sequence[str], *, tolerance_s: float = TOLERANCE_S) -> Message:
    """Read the body of a request, whose function takes no other body, and check who sent it.

    Raises: BadSignature; ContentTooLarge, BadRequest and UnsupportedMediaType as every body is refused.
    """
    body = read_body(request, max_bytes=max_body_bytes())
    return Message(verify(request.headers, body, secrets, tolerance_s=tolerance_s), body)
