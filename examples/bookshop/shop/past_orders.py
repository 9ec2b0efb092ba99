"""Turn the demo's customers and books into the orders of some years, so that there is something to report on."""

import datetime as dt
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from shop.models import Book, Order, OrderItem
from shop.people import CUSTOMERS

_DAYS, _MOST_ITEMS, _MOST_COPIES = 700, 4, 3


def add_orders(count: int, *, using: str, seed: int = 1) -> int:
    """Add paid orders of the customers up to `count`; nothing is taken from the stock. Gives how many were added."""
    chance = Random(f"{seed} orders")
    with transaction.atomic(using=using):
        rows = Order._default_manager.using(using)
        users = list(get_user_model()._default_manager.using(using).filter(username__in=CUSTOMERS).order_by("pk"))
        books = list(Book._default_manager.using(using).order_by("pk").values_list("pk", "price")[:1000])
        missing = count - rows.count()
        if missing <= 0 or not users or not books:
            return 0
        orders = rows.bulk_create([_order(chance, users) for _ in range(missing)])
        items = [item for order in orders for item in _items(chance, order, books)]
        OrderItem._default_manager.using(using).bulk_create(items)
    return missing


def _order(chance: Random, users: list[Any]) -> Order:
    at = timezone.now() - dt.timedelta(days=chance.randrange(1, _DAYS), minutes=chance.randrange(1440))
    return Order(customer=chance.choice(users), created_at=at, paid_at=at + dt.timedelta(minutes=5))


def _items(chance: Random, order: Order, books: list[tuple[int, Any]]) -> list[OrderItem]:
    chosen = chance.sample(books, k=min(len(books), chance.randrange(1, _MOST_ITEMS + 1)))
    copies = range(1, _MOST_COPIES + 1)
    return [OrderItem(order=order, book_id=key, price=price, quantity=chance.choice(copies)) for key, price in chosen]
