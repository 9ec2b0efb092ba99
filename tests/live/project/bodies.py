"""Settings and URLs of a core that reads bodies, for tests of what servers make of them."""

import os

from django.urls import path

from nuages.errors import Problem
from nuages.http.bodies import media_type, read_body
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.respond.problem import problem_response
from nuages.servers.django_view import urls_for
from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as EVERY_APP

MOST_BYTES = 1000

ROOT_URLCONF = __name__
INSTALLED_APPS = [app for app in EVERY_APP if app != "nuages.oauth"]  # whose pages are not among the URLs below
NUAGES_STRAIGHT = os.environ.get("TEST_STRAIGHT", "1") == "1"
NUAGES_THREADS = 2


def answer(request: Request) -> Response:
    """Read the body of a QUERY, and no other."""
    try:
        if request.method != "QUERY":
            return Response.json(b'"unread"')
        return Response.json(f"{media_type(request)} {read_body(request, max_bytes=MOST_BYTES).decode()}".encode())
    except Problem as problem:
        return problem_response(problem, request)


urlpatterns = [path("bodies/", urls_for(answer))]
