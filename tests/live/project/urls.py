"""The bookshop's URLs, an API with odd corners, and a plain view that waits for the test."""

import gc
import time

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from bookshop.urls import urlpatterns as shop_urls
from tests.live.project import dying  # noqa: F401  # its receiver listens from here on
from tests.live.project.api import api
from tests.live.project.kept import api as kept
from tests.live.project.limited import api as limited
from tests.live.project.logins import api as logins
from tests.live.project.logins import keys
from tests.live.project.waiting import wait_for_release


def clock(request: HttpRequest) -> HttpResponse:
    """Tell what this server takes for the time."""
    return HttpResponse(str(time.time()))


def wait(request: HttpRequest) -> HttpResponse:
    """Answer when the test says so."""
    wait_for_release()
    return HttpResponse("waited")


def objects(request: HttpRequest) -> JsonResponse:
    """Say how many objects there are that the garbage collector knows, after it has run."""
    gc.collect()
    return JsonResponse({"objects": len(gc.get_objects())})


urlpatterns = [
    path("odd/", api.urls),
    path("logins/", logins.urls),
    path("kept/", kept.urls),
    path("limited/", limited.urls),
    path("keys/", keys.urls),
    path("wait/", wait),
    path("clock/", clock),
    path("objects/", objects),
    *shop_urls,
]
