"""Turn the orders of a year, or all of them, into a CSV file, row by row, however many there are."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO, Any

from django.db.models import Count, DecimalField, F, Sum

from shop.models import Order

_COLUMNS = ("order", "day", "buyer", "items", "quantity", "total")
_AT_ONCE = 500
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for one


def write_sales(file: IO[bytes], year: int | None, tell: Callable[[int, int], None]) -> None:
    """Write a row for each order.

    Shapes: `tell(done, total)` is called after each row.
    """
    orders = Order.objects.all() if year is None else Order.objects.filter(created_at__year=year)
    total = orders.count()
    with io.TextIOWrapper(file, "utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(_COLUMNS)
        for done, row in enumerate(_read(orders), start=1):
            rows.writerow(row)
            tell(done, total)


def _read(orders: Any) -> Iterator[tuple[Any, ...]]:
    """Give the rows from a cursor of the server, where the database has such."""
    money = Sum(F("items__price") * F("items__quantity"), default=Decimal(0),
                output_field=DecimalField(max_digits=12, decimal_places=2))  # fmt: skip
    found = orders.annotate(count=Count("items"), copies=Sum("items__quantity", default=0), total=money)
    names = ("pk", "created_at", "customer__username", "count", "copies", "total")
    for key, created_at, buyer, count, copies, total in found.order_by("pk").values_list(*names).iterator(_AT_ONCE):
        day: dt.date = created_at.date()
        yield key, day.isoformat(), f"'{buyer}" if buyer.startswith(_FORMULAS) else buyer, count, copies, f"{total:.2f}"
