"""What all kept answers have in common, of reads and of functions: how one is sent, what is said of it, its place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import translation

from nuages.answers import validators_of
from nuages.cache.entries import Answer
from nuages.counting.counters import counter
from nuages.http.conditional import etag_of, is_not_modified
from nuages.http.origin import origin_of
from nuages.http.request import Request
from nuages.http.response import Response

HIT, STORED, PASSED = "nuages; hit", "nuages; fwd=miss; stored", "nuages; fwd=bypass"
_ANSWERS = {
    status: counter("nuages_cache_answers_total", "Answers of reads that may be kept.", answer=how)
    for status, how in ((HIT, "hit"), (STORED, "miss"), (PASSED, "bypass"))
}


def place_of(request: Request, *, is_absolute: bool) -> tuple[Any, ...]:
    """What the bytes of an answer depend on whoever asks: the URL, which links name, and the language of texts."""
    return (
        request.prefix,
        request.path,
        request.query,
        origin_of(request) if is_absolute else "",
        translation.get_language(),
    )


def answer_of(response: Response, changed_at: Any = None) -> Answer:
    """What is kept of a response, with its validators.

    Shapes: `changed_at` is the text of a timestamp, None where none is known; a tag of the response's own stays.
    """
    moment = dt.datetime.fromisoformat(str(changed_at)) if changed_at else None
    own = response.header("ETag")
    etag = own or etag_of(response.body)
    validators = [] if own else validators_of(etag, moment)
    return Answer(response.body, etag, (*response.headers, *validators), moment)


def send(request: Request, answer: Answer, status: str) -> Response:
    """Send an answer, or 304 where the client has it.

    Source: RFC 9211 for Cache-Status.
    """
    _ANSWERS[status].add()
    if is_not_modified(request.headers, answer.etag, answer.changed_at):
        headers = validators_of(answer.etag, answer.changed_at)
        return Response(304, headers=[*headers, ("Cache-Status", status)])
    return Response(200, answer.body, [*answer.headers, ("Cache-Status", status)])


def pass_on(response: Response) -> Response:
    """Say of a response that it is not kept."""
    _ANSWERS[PASSED].add()
    response.headers.append(("Cache-Status", PASSED))
    return response
