"""An API whose only resource may be read so many times, as the environment says; with it the tests race."""

import os

from nuages import API, Resource, anyone
from shop.models import Tag

api = API(title="Limited", throttle=os.environ.get("TEST_THROTTLE", "100/hour"))


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    rules = {"read": anyone}
