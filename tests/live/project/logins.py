"""Two APIs with logins, by plain tokens and by signed ones, and a resource for those who are somebody."""

from nuages import API, Bearer, Resource, authenticated
from shop.models import Tag
from tests.support.plain_bearer import PlainBearer

api = API(title="Logins", authenticate=[PlainBearer()])


keys = API(title="Keys", authenticate=[Bearer()])


@keys.resource(Tag)
@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    rules = {"read": authenticated}
