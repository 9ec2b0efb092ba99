"""An API of the shop, and functions of it that choose which rows of a resource are shown."""

import json
from collections.abc import Callable
from typing import Any

from django.db.models import Avg, F, Q

from nuages import API, OneMember, Page, Principal, Reply, Resource, anyone, field, nested, staff, value
from nuages.http.response import Response
from shop.models import Author, Book, Review
from tests.http.asking import send
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
        self._choose: Choose = Book.objects.none
        self._serve()

    def _declare(self, model: Any, name: str, **attributes: Any) -> type[Resource]:
        return self.api.resource(model)(type(name, (Resource,), attributes))

    def _serve(self) -> None:
        @self.api.get("/chosen", rule=anyone)
        def chosen() -> Page | OneMember:
            return self._choose()  # type: ignore[no-any-return]

        @self.api.get("/chosen/of/{country}", rule=anyone)
        def of_country(country: str, least: int = 0) -> Page:
            return self.books.page(Book.objects.filter(author__country=country, price__gte=least))

        @self.api.get("/taken", rule=anyone)
        def taken(page: int = 1) -> Page:  # it is the name that counts
            return self.books.page(Book.objects.all())

        @self.api.get("/coming", rule=anyone)
        async def coming() -> Page:
            return self.books.page(Book.objects.filter(price=2))

        @self.api.post("/bought", rule=anyone, status=201)
        def bought(title: str) -> Reply[OneMember]:
            author, _ = Author.objects.get_or_create(name="New")
            book = Book.objects.create(id=99, title=title, price=1, author=author)
            return Reply(self.books.member(book), headers=[("X-Bought", title)])

    def send(self, choose: Choose, query: str = "", **headers: str) -> Response:
        """Ask for what a function chooses."""
        self._choose = choose
        return send(self.api, f"/chosen?{query}", **headers)

    def ask(self, choose: Choose, query: str = "") -> Any:
        """The document of what a function chooses."""
        response = self.send(choose, query)
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
