"""Turn what happens to an order into webhooks of its customer's, and what a customer registers into an endpoint."""

from typing import Annotated

import msgspec

from nuages import Principal
from nuages.webhooks import register, send_webhook
from shop.models import Order

PLACED, PAID = "order.placed", "order.paid"


class NewWebhook(msgspec.Struct):
    url: Annotated[str, msgspec.Meta(max_length=1000)]
    events: Annotated[list[str], msgspec.Meta(min_length=1, max_length=10)]


class Registered(msgspec.Struct):
    id: int
    url: str
    events: str
    secret: str


def add_webhook(data: NewWebhook, principal: Principal) -> Registered:
    """Take an address; its secret is shown this once."""
    endpoint, secret = register(data.url, data.events, owner=principal.user)
    return Registered(endpoint.pk, endpoint.url, endpoint.events, secret)


def tell_of_order(event: str, order: Order) -> None:
    """Tell the customer's endpoints, when the transaction is committed; what is in the order they may ask for."""
    send_webhook(event, {"id": order.pk, "created_at": order.created_at, "paid_at": order.paid_at},
                 owners=[order.customer_id])  # fmt: skip
