"""Refuse bodies that allauth's views would fail over: no JSON, too deep, a number too long, half of a character, a NUL.

What their members mean is allauth's business.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from nuages.identify.compact import Malformed, read_object

View = Callable[..., HttpResponseBase]
_REFUSED = {"status": 400, "errors": [{"code": "invalid", "message": "The body must be a JSON object."}]}


def of_sound_bodies(view: View) -> View:
    """Let a view have those requests alone whose body it can read, or that have none."""

    @functools.wraps(view)
    def reading(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if request.method != "GET" and request.body and not _is_sound(request.body):
            return JsonResponse(_REFUSED, status=400)
        return view(request, *arguments, **named)

    return reading


def _is_sound(body: bytes) -> bool:
    try:
        return b"\0" not in json.dumps(read_object(body), ensure_ascii=False).encode().replace(b"\\u0000", b"\0")
    except (Malformed, UnicodeEncodeError, RecursionError):
        return False
