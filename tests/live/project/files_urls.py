"""An API to which files are sent."""

from django.conf import settings
from django.urls import include, path

from nuages import API, Resource, anyone, file
from tests.live.project import dying  # noqa: F401  # its receiver listens from here on
from tests.zoo.models import Exhibit

api = API(title="Files")


@api.resource(Exhibit)
class Exhibits(Resource):
    fields = ["id", "label", "sheet"]
    writable = ["label", file("sheet", max_bytes=settings.MAX_FILE_BYTES)]
    rules = {"read": anyone, "write": anyone}


urlpatterns = [path("api/", api.urls), path("oauth/", include("nuages.oauth.urls"))]
