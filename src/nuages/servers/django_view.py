"""Mount a core in a Django URLconf: HttpRequest to Request, Response to HttpResponse. Runs under any Django server."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from nuages.errors import BadRequest
from nuages.http.request import EnvironHeaders, Request
from nuages.http.response import Response
from nuages.respond.problem import problem_response

Handle = Callable[[Request], Response]


def urls_for(handle: Handle) -> Any:
    """Give what `path("api/", ...)` takes: one pattern under which the core routes by itself."""
    view = make_view(handle)
    return ([re_path(r"^(?P<rest>(?s:.*))\Z", view, name="api")], None, None)


def make_view(handle: Handle) -> Any:
    """Make the Django view of a core; `view.nuages_handle` lets other servers find the core behind it."""

    @csrf_exempt  # the core guards sessions itself; a token bearer has no CSRF cookie
    def view(request: HttpRequest, rest: str = "") -> HttpResponse:
        path = request.path
        prefix = path.removesuffix(rest).rstrip("/")
        try:
            request.get_host()
        except DisallowedHost:
            refused = problem_response(
                BadRequest("This server does not go by that name.", code="unknown-host"), instance=path
            )
            return to_django(refused)
        return to_django(handle(from_django(request, prefix, f"/{rest}")))

    view.nuages_handle = handle  # type: ignore[attr-defined]  # functions take attributes; Django does the same
    return view


def from_django(request: HttpRequest, prefix: str, path: str) -> Request:
    """Turn Django's request into ours."""
    return Request(
        method=request.method or "GET",
        path=path,
        query=request.META.get("QUERY_STRING", ""),
        headers=EnvironHeaders(request.META),
        prefix=prefix,
        secure=request.is_secure(),
        received_s=perf_counter(),
        read=lambda: request.body,
    )


def to_django(response: Response) -> HttpResponse:
    """Turn our response into Django's."""
    answer = HttpResponse(response.body, status=response.status, headers=dict(response.headers))
    if response.header("Content-Type") is None:
        del answer["Content-Type"]  # Django's default would describe a body that is not there
    return answer
