"""Turn the bookshop's tags into an API whose answers are kept, some of them for those alone whose they are."""

from django.db.models import Q

from nuages import API, Authenticator, Principal, Resource, anyone
from nuages.http.request import Request
from shop.models import Review, Tag


class Named(Authenticator):
    """Whoever says a name is of that name: what a credential would prove."""

    vary = ("X-Name",)

    def identify(self, request: Request) -> Principal | None:
        """Believe the header."""
        name = request.header("x-name")
        return None if name is None else Principal(method="name", claims={"sub": name})


api = API(title="Kept", authenticate=[Named()])


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": anyone}
    cache = 60


@api.resource(Review)
class Mine(Resource):
    fields = ["id", "user_name", "stars"]
    rules = {"read": lambda principal: Q(user_name=str(principal.claims.get("sub", "")))}
    limit = 5
    cache = 60
