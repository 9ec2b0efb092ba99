"""An API of the shop, and functions of it that choose which rows of a resource are shown."""

import json
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Avg, F, Q

from nuages import API, Principal, Resource, anyone, field, nested, staff, value
from nuages.chosen_answers import ChosenAnswers
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.operation import Operation
from shop.models import Author, Book, Review
from tests.http.rules_asked import As

Choose = Callable[[], Any]


def in_print(principal: Principal) -> Any:
    """A rule: staff sees every book, anybody else those that are in print."""
    return True if principal.is_staff else Q(in_print=True)


class Chosen:
    """Books, authors and reviews under rules; and who asks."""

    def __init__(self, **attributes: Any) -> None:
        self.who = As()
        self.api = API(title="Chosen", authenticate=[self.who])
        self.books = self._declare(
            Book,
            "Books",
            fields=[
                *("id", "title", "price", "published"),
                field("cost", visible=staff),
                nested("author", "id", "name"),
                nested("reviews", "id", "stars", order="id"),
                value("mean", Avg("reviews__stars")),
                value("double", F("price") * 2),
            ],
            filters=["title", "price", "published", "author__country", "reviews__stars", "mean"],
            ordering=["id", "title", "price", "published", "author__name", "mean", "cost"],
            groups=["author__country", "in_print"],
            measures=["price"],
            paging=["cursor", "offset", "page"],
            rules={"read": in_print},
            last_modified="created_at",
            **attributes,
        )
        self.authors = self._declare(Author, "Authors", fields=["id", "name"], rules={"read": anyone})
        few = {"read": lambda principal: principal.is_staff}
        self.reviews = self._declare(Review, "Reviews", fields=["id", "stars"], rules=few)

    def _declare(self, model: Any, name: str, **attributes: Any) -> type[Resource]:
        return self.api.resource(model)(type(name, (Resource,), attributes))

    def send(self, choose: Choose, query: str = "", own: Collection[str] = (), **headers: str) -> Response:
        """Ask for what a function chooses."""
        pipeline = self.api.build().pipeline
        reads = {(type(o.spec.declared), o.kind): o for _, _, o in pipeline.targets if isinstance(o, Operation)}
        operations = {declared: (reads[declared, "list"], reads[declared, "detail"]) for declared, _ in reads}
        answers = ChosenAnswers(operations, pipeline.plans)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        request = Request("GET", "/chosen", query, named)
        return answers.answer(choose(), request, self.who.principal or Principal(), own)

    def ask(self, choose: Choose, query: str = "", own: Collection[str] = ()) -> Any:
        """The document of what a function chooses."""
        response = self.send(choose, query, own)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def walk(self, choose: Choose, query: str = "limit=3") -> list[dict[str, Any]]:
        """Every item of what a function chooses, page by page."""
        found = []
        while True:
            page = self.ask(choose, query)
            found += page["items"]
            if page["next"] is None:
                return found
            path, _, query = page["next"].partition("?")
            assert path == "/chosen"

    @property
    def plan_count(self) -> int:
        """How many plans are kept."""
        return len(self.api.build().pipeline.plans)
