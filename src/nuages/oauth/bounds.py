"""Refuse a request to the provider that cannot be meant, before anything is looked up: too long, said twice, no text.

Source: RFC 6749 sections 2.3.1, 3.1 and 3.2; RFC 7009 section 2.1; RFC 7662 section 2.1.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse, UnreadablePostError

from nuages.oauth.client_secrets import read_basic

MOST_BYTES = 65_536
_MOST_PARAMETERS = 50
_LONGEST_CHARS = 8192  # of one parameter, or of a URL: servers take no longer lines
_FORM = "application/x-www-form-urlencoded"
_MAY_COME_AGAIN = frozenset({"resource"})  # RFC 8707 section 2


class Refused(Exception):
    """What is answered instead.

    Shapes: `status` is of HTTP; `error` is a code of RFC 6749 section 5.2.
    """

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


def check_form(request: HttpRequest) -> None:
    """Look at a POST of a form, whose credentials come in one way.

    Raises: Refused.
    """
    if request.META.get("QUERY_STRING"):
        raise _bad("Parameters belong into the body.")
    if (request.content_type or "").lower() != _FORM:
        raise Refused(415, "invalid_request", f"The body must be {_FORM}.")
    parameters = _read(_body(request))
    _check_authorization(request.META.get("HTTP_AUTHORIZATION", ""), parameters)


def check_url(request: HttpRequest) -> None:
    """Look at the query of a page.

    Raises: Refused.
    """
    query = request.META.get("QUERY_STRING", "")
    if len(query) > _LONGEST_CHARS:
        raise _bad("The query is too long.")
    _read(query.encode("latin-1", errors="replace"))


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:18]) > MOST_BYTES:
        raise Refused(413, "invalid_request", f"The body may have {MOST_BYTES} bytes.")
    try:
        body = request.body
    except RequestDataTooBig:
        raise Refused(413, "invalid_request", "The body is too long.") from None
    except UnreadablePostError:
        raise _bad("The body is not whole.") from None
    if len(body) < int(length):
        raise _bad("The body is not whole.")
    return body


def _read(text: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise _bad("The parameters are not UTF-8.") from None
    except ValueError:
        raise _bad(f"There may be {_MOST_PARAMETERS} parameters.") from None
    for name, value in pairs:
        if len(name) + len(value) > _LONGEST_CHARS:
            raise _bad("A parameter is too long.")
        if not (name + value).replace("\t", " ").isprintable():
            raise _bad("A parameter holds what is no text, such as a NUL.")
    again = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if any(name not in _MAY_COME_AGAIN for name in again):
        raise _bad("A parameter comes more than once.")
    return dict(pairs)


def _check_authorization(header: str, parameters: dict[str, str]) -> None:
    if not header:
        return
    if len(header) > _LONGEST_CHARS:
        raise _bad("The header Authorization is too long.")
    if "client_secret" in parameters:
        raise _bad("A client authenticates in one way: with the header Authorization, or in the body.")
    basic = read_basic(header)
    if basic is not None and parameters.get("client_id", basic[0]) != basic[0]:
        raise _bad("The client_id of the body is another than that of the header Authorization.")


def _bad(description: str) -> Refused:
    return Refused(400, "invalid_request", description)


def refusal(refused: Refused) -> JsonResponse:
    """Spell a refusal as RFC 6749 section 5.2 does."""
    return JsonResponse({"error": refused.error, "error_description": refused.description}, status=refused.status)
