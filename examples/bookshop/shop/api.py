"""Turn the models into a REST API: which fields are seen, by whom, and how they are filtered and ordered."""

from decimal import Decimal
from typing import Annotated

import msgspec
from django.db.models import Avg, Count, DecimalField, F, Q, Sum

from nuages import (
    API,
    ApiKey,
    Bearer,
    JobContext,
    OAuth,
    Resource,
    Session,
    anyone,
    authenticated,
    field,
    nested,
    owner,
    scope,
    staff,
    value,
)  # fmt: skip
from nuages.webhooks import send_ping
from nuages.webhooks.models import WebhookEndpoint
from shop.hooks import PLACED, add_webhook, tell_of_order
from shop.models import Author, Book, Order, Publisher, Review, Tag
from shop.sales import write_sales
from shop.selling import pay_order, priced

api = API(title="Bookshop", version="1.0", authenticate=[Bearer(), OAuth(), Session(login=True), ApiKey()])

# Other people's apps get what their token is limited to and nothing beyond; who logs in here is limited to nothing.
librarian = staff & scope("catalogue:write")


@api.resource(Book)
class Books(Resource):
    fields = ["id", "title", "isbn", "price", field("cost", visible=librarian), "published", "in_print",
              nested("author", "id", "name"),
              nested("tags", "id", "name"),
              nested("reviews", "id", "user_name", "stars", "body", order="-id", limit=10),
              value("review_count", Count("reviews")), value("avg_stars", Avg("reviews__stars"))]  # fmt: skip
    writable = ["title", "isbn", "price", "cost", "published", "in_print", "author", "tags"]
    filters = ["price", "cost", "published", "in_print", "author", "author__country", "tags__name", "avg_stars"]
    ordering = ["id", "published", "price", "cost", "avg_stars"]
    search = ["title", "author__name"]
    groups = ["author__country", "published__year", "in_print"]
    measures = ["price", "cost", "published"]
    exports = ["csv", "ndjson"]
    rules = {"read": anyone, "write": librarian}
    cache = 60


@api.resource(Review)
class Reviews(Resource):
    fields = ["id", "book", "user_name", "stars", "body", "created_at"]
    filters = ["book", "stars", "created_at"]
    ordering = ["id", "book", "stars", "created_at"]
    writable = ["book", "user_name", "stars", "body"]
    rules = {
        "read": anyone,
        "create": authenticated & scope("reviews:write"),
        "write": (owner("user") | staff) & scope("reviews:write"),
    }

    def create(self, values, principal):
        return super().create({**values, "user": principal.user}, principal)


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name", "country", "born", value("book_count", Count("books"))]
    filters = ["country", "born", "name"]
    ordering = ["id", "name", "born"]
    writable = ["name", "country", "born"]
    rules = {"read": anyone, "write": librarian}


@api.resource(Publisher)
class Publishers(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": librarian}


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": librarian}


def unpaid(_principal):
    return Q(paid_at=None)


@api.resource(Order)
class Orders(Resource):
    fields = ["id", "customer", "created_at", "paid_at",
              nested("items", "id", "book", "quantity", "price", order="id", owned=True),
              value("total", Sum(F("items__price") * F("items__quantity"), default=Decimal(0),
                                 output_field=DecimalField(max_digits=12, decimal_places=2)))]  # fmt: skip
    filters = ["customer", "created_at", "paid_at"]
    ordering = ["id", "created_at", "paid_at"]
    writable = ["items"]
    rules = {
        "read": (owner("customer") | staff) & scope("orders:read"),
        "create": authenticated & scope("orders:write"),
        "write": (owner("customer") & unpaid | staff) & scope("orders:write"),
        "pay": owner("customer") & scope("orders:write"),
    }

    def create(self, values, principal):
        order = super().create({**priced(values), "customer": principal.user}, principal)
        tell_of_order(PLACED, order)
        return order

    def replace(self, row, values, principal):
        super().replace(row, priced(values, row), principal)

    def merge(self, row, values, principal):
        super().merge(row, priced(values, row), principal)


@Orders.action()
def pay(row: Order) -> Order:
    pay_order(row)
    return row


@api.resource(WebhookEndpoint)
class Webhooks(Resource):
    path = "webhooks"
    fields = ["id", "url", "events", "is_active", "created_at", "failing_since", "disabled_why",
              nested("deliveries", "id", "event_type", "created_at", "attempts", "status_code", "error", "delivered_at",
                     order="-created_at", limit=10)]  # fmt: skip
    ordering = ["id"]
    rules = dict.fromkeys(["read", "delete", "ping"], owner("owner") & scope("webhooks:write"))
    throttle = {"ping": "10/min"}


@Webhooks.action()
def ping(row: WebhookEndpoint) -> None:
    send_ping(row)


# No transaction waits while its name is looked up.
api.post("/webhooks", rule=authenticated & scope("webhooks:write"), status=201, atomic=False, throttle="60/min")(
    add_webhook
)


class Stats(msgspec.Struct):
    country: str
    books: int
    average_price: Decimal | None


@api.get("/stats", rule=anyone)
def stats(country: str = "FR") -> Stats:
    found = Book.objects.filter(author__country=country).aggregate(books=Count("pk"), average=Avg("price"))
    return Stats(country, found["books"], round(found["average"], 2) if found["books"] else None)


class SalesWanted(msgspec.Struct):
    year: Annotated[int, msgspec.Meta(ge=1, le=9999)] | None = None


@api.post("/reports/sales", rule=staff, job=True)
def report_sales(context: JobContext, wanted: SalesWanted | None = None) -> None:
    year = wanted.year if wanted else None
    write_sales(context.file("text/csv; charset=utf-8", f"sales-{year or 'all'}.csv"), year, context.progress)
