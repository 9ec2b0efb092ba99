"""An API whose one list may be watched, by people who see the rows of their country and no others."""

from typing import Any

from django.db.models import Q
from django.urls import path

from nuages import API, Resource, field
from nuages.http.request import Request
from nuages.identify.chain import Authenticator
from nuages.identify.principal import Principal
from shop.models import Author


class OfACountry(Authenticator):
    """Whoever names a country is of it; XX is of all."""

    def identify(self, request: Request) -> Principal | None:
        """Take them at their word."""
        country = request.header("x-country")
        return None if country is None else Principal(None, "word", {"country": country})


def own_country(principal: Principal) -> Any:
    """The rows of the principal's country."""
    country = principal.claims.get("country")
    return False if country is None else country == "XX" or Q(country=country)


def sees_all(principal: Principal) -> bool:
    """Whether somebody is of all countries."""
    return principal.claims.get("country") == "XX"


api = API(title="Watched", authenticate=[OfACountry()])


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name", "country", field("born", visible=sees_all)]
    filters = ["id", "name", "country", "born"]
    limit = 1_000
    max_limit = 1_000
    rules = {"read": own_country}
    live = True


urlpatterns = [path("api/", api.urls)]
