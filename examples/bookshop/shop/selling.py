"""Turn books into items of an order, and an order into one that is paid: the copies and the money, or neither."""

from collections import Counter

from django.db.models import F, OuterRef, Subquery, Sum
from django.utils import timezone

from nuages import Conflict, Fault
from shop.hooks import PAID, tell_of_order
from shop.mails import confirm_order
from shop.models import Book, Order, OrderItem


def priced(values, order=None):
    """Give each item whose book is new to it the price that the book has now; what was ordered before keeps its own.

    Shapes: `values` as the hooks of a resource get them; `values["items"].rows` have a `key`, None for a new one, and
        `values` of their own.
    """
    items = values["items"].rows if "items" in values else []
    before = dict(order.items.values_list("pk", "book_id")) if order and items else {}
    new = [item for item in items if "book" in item.values and before.get(item.key) != item.values["book"]]
    prices = dict(Book.objects.filter(pk__in={item.values["book"] for item in new}).values_list("pk", "price"))
    for item in new:
        item.values["price"] = prices.get(item.values["book"])
    return values


def pay_order(order: Order) -> None:
    """Take the copies and note the payment, of an order that is locked, inside a transaction; tell its customer after.

    As many statements for fifty items as for one.
    Raises: Conflict for an order that is paid or empty, or for too few copies.
    """
    if order.paid_at is not None:
        raise Conflict("This order is paid already.", code="already-paid")
    items = list(order.items.order_by("pk"))
    if not items:
        raise Conflict("There is nothing in this order.", code="empty-order")
    _take_copies(order, items)
    order.paid_at = timezone.now()
    order.save(update_fields=["paid_at"])
    confirm_order.enqueue(order.pk)
    tell_of_order(PAID, order)


def _take_copies(order: Order, items: list[OrderItem]) -> None:
    """Lock the books, in one order for everybody, so that two orders of the same books do not wait for each other."""
    wanted: Counter[int] = Counter()
    for item in items:
        wanted[item.book_id] += item.quantity
    books = Book.objects.filter(pk__in=wanted)
    stock = dict(books.order_by("pk").select_for_update().values_list("pk", "stock"))
    faults = [
        Fault(f"/items/{place}/quantity", "sold-out", f"There are {stock[item.book_id]} copies left.")
        for place, item in enumerate(items)
        if stock[item.book_id] < wanted[item.book_id]
    ]
    if faults:
        raise Conflict("There are not so many copies.", faults=faults, code="sold-out")
    ordered = OrderItem.objects.filter(order=order, book=OuterRef("pk")).order_by().values("book")
    books.update(stock=F("stock") - Subquery(ordered.annotate(copies=Sum("quantity")).values("copies")))
