"""An API whose one list may be had whole."""

from django.urls import path

from nuages import API, Resource, anyone
from shop.models import Author

api = API(title="Exports")


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name", "country", "born"]
    filters = ["id"]
    exports = ["csv", "ndjson"]
    max_export = 2_000_000
    rules = {"read": anyone}


urlpatterns = [path("api/", api.urls)]
