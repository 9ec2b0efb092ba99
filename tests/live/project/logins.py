"""An API with logins, and a resource for those who are somebody."""

from nuages import API, Resource, authenticated
from shop.models import Tag
from tests.support.plain_bearer import PlainBearer

api = API(title="Logins", authenticate=[PlainBearer()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    rules = {"read": authenticated}
