"""Who may do and see what in the bookshop: a table that each operation and each hidden field must stand in."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import models

from nuages import API, Principal
from nuages.openapi.page_answer import _VERSION
from nuages.testing import access_matrix
from shop.api import api as shop_api
from shop.invention import plan_sizes
from shop.models import Author, Book, Publisher, Review, Tag
from shop.seeding import seed_shop
from tests.http.asking import send
from tests.http.rules_asked import As
from tests.http.writing import change

KINDS = ("anonymous", "authenticated", "staff", "superuser")
ALL = "yes yes yes yes"
STAFF = "no no yes yes"
OWN = "no rows yes yes"
READS = ("GET /{0}", "QUERY /{0}", "GET /{0}/{{key}}")
CHANGES = ("PUT /{0}/{{key}}", "PATCH /{0}/{{key}}", "DELETE /{0}/{{key}}")
TABLE = {
    **{read.format(name): ALL for name in ("books", "reviews", "authors", "publishers", "tags") for read in READS},
    **{
        change.format(name): STAFF
        for name in ("books", "authors", "publishers", "tags")
        for change in ("POST /{0}", *CHANGES)
    },
    "POST /reviews": "no yes yes yes",
    **{change.format("reviews"): OWN for change in CHANGES},
    **{way.format("orders"): OWN for way in (*READS, *CHANGES)},
    "POST /orders": "no yes yes yes",
    "POST /orders/{key}/pay": "no rows rows rows",
    "POST /webhooks": "no yes yes yes",
    **{
        way.format("webhooks"): "no rows rows rows" for way in (*READS, "DELETE /{0}/{{key}}", "POST /{0}/{{key}}/ping")
    },
    "GET /stats": ALL,
    "POST /reports/sales": STAFF,
    **{f"{method} /jobs": "no rows rows rows" for method in ("GET", "QUERY")},  # one's own: tests/http/test_jobs.py
    **dict.fromkeys(("GET /jobs/{key}", "DELETE /jobs/{key}", "GET /jobs/{key}/result"), "? ? ? ?"),
    **{f"GET /{name}": "? ? ? ?" for name in ("", "openapi.json", "docs", f"docs/{_VERSION}/{{name}}")},
    **{f"{method} /auth/session": "? ? ? ?" for method in ("GET", "POST", "DELETE")},
    **{f"POST /auth/{name}": "? ? ? ?" for name in ("token", "refresh", "logout", "logout-all", "verify")},
    "GET /auth/sessions": "? ? ? ?",
    "DELETE /auth/sessions/{id}": "? ? ? ?",
    "books.cost": STAFF,
}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "books": {"title": "T", "isbn": None, "price": "1.00", "cost": None, "published": None, "in_print": True},
    "reviews": {"book": 1, "user_name": "A", "stars": 5, "body": "B"},
    "authors": {"name": "A", "country": "", "born": None},
    "publishers": {"name": "P"},
    "tags": {"name": "new"},
}
CELLS = [
    (operation, kind, cell)
    for operation, cells in TABLE.items()
    for kind, cell in zip(KINDS, cells.split(), strict=True)
    if cell in ("yes", "no", "rows")
    and " " in operation
    and operation.split("/")[1] in DOCUMENTS  # orders are asked in test_orders, webhooks in test_hooks
]
MODELS: dict[str, type[models.Model]] = {
    "books": Book,
    "reviews": Review,
    "authors": Author,
    "publishers": Publisher,
    "tags": Tag,
}


def test_every_operation_and_every_hidden_field_stands_in_the_table() -> None:  # Z01, Z20
    """One that is added without a line here fails this test, as one whose rule changes does."""
    said = {what: " ".join(cells.values()) for what, cells in access_matrix(shop_api).items()}
    assert said == TABLE


@pytest.fixture
def served(database: Any) -> tuple[API, As]:
    """The bookshop's own declarations, asked by whoever a test says; the second review is ann's."""
    seed_shop(plan_sizes(5), seed=7, using=database.alias)
    who = As()
    api = API(title="Bookshop, asked", authenticate=[who])
    for declared, model in shop_api._classes:
        api.resource(model)(declared)
    return api, who


def _principal(kind: str) -> Principal | None:
    users: Any = get_user_model()
    flags = {"is_staff": kind in ("staff", "superuser"), "is_superuser": kind == "superuser"}
    return None if kind == "anonymous" else Principal(users.objects.create_user(kind, **flags))


def _ask(api: API, operation: str, key: int) -> int:
    method, _, path = operation.partition(" ")
    name = path.split("/")[1]
    url = path.replace("{key}", str(key))
    if method == "QUERY":
        body = b'{"limit": "1"}'
        headers = {"content_type": "application/json", "content_length": str(len(body))}
        return int(send(api, url, method, body=body, **headers).status)
    document = {**DOCUMENTS[name], **({"author": 1, "tags": []} if name == "books" else {})}
    return int(change(api, method, url, document if method in ("POST", "PUT", "PATCH") else None).status)


@pytest.mark.parametrize(("operation", "kind", "cell"), CELLS)
def test_each_cell_of_the_table_holds(operation: str, kind: str, cell: str, served: Any) -> None:  # Z01
    """Asked for real: yes is done, no is refused and changes nothing, rows is done for one's own alone."""
    api, who = served
    who.principal = _principal(kind)
    model = MODELS[operation.split("/")[1]]
    before = list(model._default_manager.order_by("pk").values())
    if cell == "rows":
        Review.objects.filter(pk=2).update(user=who.principal.user)
        assert _ask(api, operation, 2) in (200, 204)
    expected = {"yes": (200, 201, 204), "no": (401,) if kind == "anonymous" else (403,), "rows": (403,)}[cell]
    assert _ask(api, operation, 1) in expected
    if cell == "no":
        assert list(model._default_manager.order_by("pk").values()) == before


def test_the_cost_is_for_staff(served: Any) -> None:  # Z14
    """Nobody else sees it, asks for it, orders by it or writes it; what staff stored stays."""
    api, who = served
    cost = Book.objects.get(pk=1).cost
    assert cost is not None
    for question in ("cost__gt=0", "order=cost", "aggregate=sum(cost)", "fields=cost", "filter=cost%3E0"):
        assert send(api, f"/books?{question}").status == 400
    assert b"cost" not in send(api, "/books").body
    who.principal = _principal("staff")
    assert f'"cost":"{cost}"'.encode() in send(api, "/books/1").body.replace(b": ", b":")
    for question in ("cost__gt=0", "order=cost", "aggregate=sum(cost)", "fields=cost", "filter=cost%3E0"):
        assert send(api, f"/books?{question}").status == 200
    assert change(api, "PATCH", "/books/1", {"cost": "2.50"}).status == 200
    assert str(Book.objects.get(pk=1).cost) == "2.50"
