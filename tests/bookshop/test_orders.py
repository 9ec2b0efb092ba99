"""Orders: a customer's own, priced when they are made, paid once, and never with copies that there are not."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.test import Client

from shop.api import api
from shop.models import Author, Book, Order, OrderItem
from tests.http.acting import as_user
from tests.http.asking import ask, send
from tests.http.writing import change, faults, shown

pytestmark = pytest.mark.usefixtures("books")


@pytest.fixture
def books(database: Any) -> None:
    """Three books, of which there are five, one and no copies."""
    author = Author.objects.create(id=1, name="Colette")
    for key, (title, price, stock) in enumerate([("Chéri", "12.50", 5), ("Gigi", "9.99", 1), ("Sido", "7.00", 0)], 1):
        Book.objects.create(id=key, title=title, price=price, stock=stock, author=author)


@pytest.fixture
def ann(database: Any) -> dict[str, str]:
    """The headers of a customer."""
    return as_user("ann")


def order(who: dict[str, str], *items: tuple[int, int]) -> dict[str, Any]:
    """Make an order of some books, so many copies of each."""
    document = {"items": [{"book": book, "quantity": quantity} for book, quantity in items]}
    response = change(api, "POST", "/orders", document, **who)
    assert response.status == 201, response.body
    made: dict[str, Any] = shown(response)
    return made


def pay(who: dict[str, str], made: dict[str, Any], **headers: str) -> Any:
    """Pay an order."""
    return change(api, "POST", f"/orders/{made['id']}/pay", **who, **headers)


def problem(response: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status, shown(response)["type"].rpartition(":")[2]


def stock() -> list[int]:
    """The copies of each book."""
    return list(Book.objects.order_by("id").values_list("stock", flat=True))


def test_an_order_is_its_customers_with_the_prices_of_the_day(ann: dict[str, str]) -> None:
    """Neither is for the client to say; the total is shown."""
    made = order(ann, (1, 2), (2, 1))
    assert made["customer"] == get_user_model().objects.get(username="ann").pk
    assert [(item["book"], item["quantity"], item["price"]) for item in made["items"]] == [
        (1, 2, "12.50"), (2, 1, "9.99"),
    ]  # fmt: skip
    assert (made["total"], made["paid_at"]) == ("34.99", None)
    assert ask(api, f"/orders/{made['id']}", **ann) == made


def test_a_price_cannot_be_sent(ann: dict[str, str]) -> None:
    """Nor the customer, nor that it is paid."""
    document = {"items": [{"book": 1, "price": "0.01"}], "customer": 1, "paid_at": "2024-01-01", "total": "0.01"}
    response = change(api, "POST", "/orders", document, **ann)
    assert response.status == 422
    assert faults(response) == [
        ("/items/0/price", "read-only"), ("/customer", "read-only"), ("/paid_at", "read-only"), ("/total", "read-only"),
    ]  # fmt: skip
    assert change(api, "POST", "/orders", {"items": [{"book": 1, "quantity": 0}]}, **ann).status == 422
    assert not Order.objects.exists()


def test_an_item_keeps_its_price_until_it_is_of_another_book(ann: dict[str, str]) -> None:
    """Who changes the number does not pay more; who changes the book does not pay less."""
    made = order(ann, (1, 1), (2, 1))
    Book.objects.filter(pk=1).update(price="99.00")
    url, (first, second) = f"/orders/{made['id']}", made["items"]
    changed = change(api, "PATCH", url, {"items": [{"id": first["id"], "quantity": 3}]}, **ann)
    assert [item["price"] for item in shown(changed)["items"]] == ["12.50", "9.99"]
    put_back = change(api, "PUT", url, shown(changed), **ann)
    assert put_back.body == changed.body
    other = change(api, "PATCH", url, {"items": [{"id": second["id"], "book": 1}, {"book": 3}]}, **ann)
    assert [item["price"] for item in shown(other)["items"]] == ["12.50", "99.00", "7.00"]
    whole = {"items": [{"id": second["id"], "book": 2, "quantity": 2}]}
    assert [(i["price"], i["quantity"]) for i in shown(change(api, "PUT", url, whole, **ann))["items"]] == [("9.99", 2)]


def test_to_pay_takes_the_copies(ann: dict[str, str]) -> None:
    """The order is answered as reading shows it."""
    made = order(ann, (1, 2), (2, 1), (1, 3))
    response = pay(ann, made)
    assert response.status == 200, response.body
    assert response.body == send(api, f"/orders/{made['id']}", **ann).body
    assert shown(response)["paid_at"] is not None
    assert stock() == [0, 0, 0]


def test_an_order_is_paid_once(ann: dict[str, str]) -> None:
    """Whoever asks again is told so, unless by the same Idempotency-Key."""
    made = order(ann, (1, 2))
    assert pay(ann, made, idempotency_key="k").status == 200
    assert problem(pay(ann, made)) == (409, "already-paid")
    assert pay(ann, made, idempotency_key="k").status == 200
    assert stock() == [3, 1, 0]


def test_what_is_sold_out_is_named(ann: dict[str, str]) -> None:
    """Each item, in the order of the document; nothing is taken, and nothing is paid."""
    made = order(ann, (1, 3), (3, 1), (2, 1), (1, 3))
    response = pay(ann, made)
    assert problem(response) == (409, "sold-out")
    assert faults(response) == [
        ("/items/0/quantity", "sold-out"), ("/items/1/quantity", "sold-out"), ("/items/3/quantity", "sold-out"),
    ]  # fmt: skip
    assert stock() == [5, 1, 0]
    assert Order.objects.get().paid_at is None


def test_what_cannot_be_paid(ann: dict[str, str]) -> None:
    """An empty order; a body says nothing here, and is passed over."""
    assert problem(pay(ann, order(ann))) == (409, "empty-order")
    assert stock() == [5, 1, 0]
    made = order(ann, (1, 1))
    assert change(api, "POST", f"/orders/{made['id']}/pay", {"amount": 1}, **ann).status == 200


def test_an_order_is_for_its_customer_alone(ann: dict[str, str]) -> None:
    """Others do not see it, nobody at all makes none; staff sees and changes it, and does not pay it."""
    made = order(ann, (1, 1))
    url, bob, sam = f"/orders/{made['id']}", as_user("bob"), as_user("sam", is_staff=True)
    for method, body in (("GET", None), ("PATCH", {"items": []}), ("DELETE", None)):
        assert change(api, method, url, body, **bob).status == 404
    assert pay(bob, made).status == 404
    assert (send(api, url).status, pay({}, made).status, change(api, "POST", "/orders", {}).status) == (401, 401, 401)
    assert ask(api, "/orders", **bob)["items"] == []
    assert ask(api, url, **sam) == made
    assert pay(sam, made).status == 403
    assert change(api, "PATCH", url, {"items": [{"book": 2}]}, **sam).status == 200


def test_a_paid_order_is_not_changed_any_more(ann: dict[str, str]) -> None:
    """Its customer still sees it; only staff may mend it."""
    made = order(ann, (1, 1))
    assert pay(ann, made).status == 200
    url = f"/orders/{made['id']}"
    for method, body in (("PATCH", {"items": []}), ("PUT", {"items": []}), ("DELETE", None)):
        assert change(api, method, url, body, **ann).status == 403
    assert ask(api, url, **ann)["items"] == made["items"]
    assert send(api, url, "DELETE", **as_user("sam", is_staff=True)).status == 204


def test_an_order_that_has_changed_is_not_paid_blindly(ann: dict[str, str]) -> None:
    """If-Match names what the client has seen."""
    made = order(ann, (1, 1))
    etag = send(api, f"/orders/{made['id']}", **ann).header("ETag") or ""
    change(api, "PATCH", f"/orders/{made['id']}", {"items": [{"book": 2}]}, **ann)
    assert pay(ann, made, if_match=etag).status == 412
    assert pay(ann, made).status == 200


def test_as_many_statements_for_fifty_items_as_for_five(ann: dict[str, str], statements: Any) -> None:
    """To make an order, to change it, to pay it."""
    Book.objects.bulk_create(Book(id=n, title=f"{n}", price=1, stock=9, author_id=1) for n in range(100, 150))

    def count(many: int) -> list[int]:
        counts = []
        statements.clear()
        made = order(ann, *((100 + n, 1) for n in range(many)))
        counts.append(len(statements))
        changed = {"items": [{**item, "quantity": 2} for item in made["items"]]}
        statements.clear()
        made = shown(change(api, "PUT", f"/orders/{made['id']}", changed, **ann))
        counts.append(len(statements))
        statements.clear()
        assert pay(ann, made).status == 200
        return [*counts, len(statements)]

    assert count(5) == count(50)
    assert set(Book.objects.filter(pk__lt=105, pk__gte=100).values_list("stock", flat=True)) == {5}


def test_the_longest_order_can_be_paid(ann: dict[str, str]) -> None:
    """As many items as a document may own."""
    made = order(ann, *((1, 1) for _ in range(999)), (2, 1))
    Book.objects.filter(pk=1).update(stock=1000)
    assert pay(ann, made).status == 200
    assert stock() == [1, 0, 0]


@pytest.mark.parametrize("change_it", [
    lambda: Book.objects.filter(pk=1).update(stock=-1),
    lambda: OrderItem.objects.update(quantity=0),
])  # fmt: skip
def test_the_tables_themselves_hold_the_bounds(change_it: Any, ann: dict[str, str], database: Any) -> None:
    """No copies below nought, no item of none."""
    order(ann, (1, 1))
    with pytest.raises(IntegrityError), transaction.atomic(using=database.alias):
        change_it()


def test_a_book_that_was_ordered_stays(ann: dict[str, str]) -> None:
    """DELETE is a 409."""
    order(ann, (1, 1))
    assert problem(send(api, "/books/1", "DELETE", **as_user("sam", is_staff=True))) == (409, "in-use")


def test_the_stock_is_not_shown(ann: dict[str, str]) -> None:
    """It is the shop's own business."""
    assert "stock" not in ask(api, "/books/1")
    assert send(api, "/books?stock=1").status == 400


@pytest.mark.urls("tests.bookshop.admin_urls")
@pytest.mark.parametrize("page", ["", "?q=Ch", "1/change/"])
def test_the_admin_shows_orders(page: str, ann: dict[str, str], database: Any) -> None:
    """To look at; what they hold is settled by the API."""
    user = get_user_model().objects.create_superuser("root")
    made = Order.objects.create(id=1, customer=user)
    OrderItem.objects.create(order=made, book_id=1, quantity=2, price=Decimal(3))
    client = Client()
    client.force_login(user)
    answer = client.get(f"/admin/shop/order/{page}")
    assert answer.status_code == 200
    assert client.get("/admin/shop/order/add/").status_code == 403
