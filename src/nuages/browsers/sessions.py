"""Turn whoever a browser's session is of into the answer that its pages read. Who logs in is decided elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from django.middleware.csrf import get_token

from nuages.browsers.lending import complete
from nuages.http.response import Response


def answer_session(djangos: HttpRequest, user: Any) -> Response:
    """Tell who is asking, with the token that a change must repeat."""
    shown = None if user is None else {"id": _key(user.pk), "username": user.get_username()}
    body = {"user": shown, "csrf_token": get_token(djangos)}
    return complete(djangos, Response.json(msgspec.json.encode(body)))


def _key(pk: Any) -> int | str:
    return pk if isinstance(pk, int) else str(pk)
