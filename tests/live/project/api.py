"""An API whose reads wait for the test, or fail, and one resource that everybody may write."""

from typing import Any

from nuages import API, Resource, anyone
from shop.models import Author, Tag
from tests.live.project.waiting import wait_for_release

api = API(title="Odd")


@api.resource(Tag)
class Waiting(Resource):
    path = "waiting"
    fields = ["id", "name"]
    rules = {"read": anyone}

    def queryset(self, principal: Any) -> None:
        wait_for_release()


@api.resource(Author)
class Failing(Resource):
    path = "failing"
    fields = ["id", "name"]
    rules = {"read": anyone}

    def queryset(self, principal: Any) -> None:
        raise RuntimeError("a secret of the server")


_leaked: list[bytes] = []


@api.resource(Tag)
class Leaking(Resource):
    path = "leaking"
    fields = ["id", "name"]
    rules = {"read": anyone}

    def queryset(self, principal: Any) -> None:
        _leaked.append(b"x" * 1_000_000)


@api.resource(Tag)
class Writing(Resource):
    path = "writing"
    fields = ["id", "name"]
    filters = ["name"]
    writable = ["name"]
    rules = {"read": anyone, "write": anyone}
