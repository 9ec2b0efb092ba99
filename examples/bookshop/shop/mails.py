"""Turn a paid order into the mail that confirms it: a job, so that no customer waits for a mail server."""

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from nuages.jobs import job
from shop.models import Order


# Once for each order, however often it is asked for. Not atomic: no transaction is to wait for a mail server.
@job(unique=True, atomic=False, max_attempts=8, backoff_s=30)
def confirm_order(order_id: int) -> str:
    """Write to the customer, where there is an address; where it fails, it is tried again."""
    order = Order.objects.select_related("customer").get(pk=order_id)
    if not order.customer.email:
        return "no address"
    items = list(order.items.select_related("book").order_by("pk"))
    told = {"order": order, "items": items, "total": sum(item.price * item.quantity for item in items)}
    mail = EmailMultiAlternatives(
        f"Your order {order.pk}", render_to_string("shop/mails/order.txt", told), to=[order.customer.email]
    )
    mail.attach_alternative(render_to_string("shop/mails/order.html", told), "text/html")
    mail.send()
    return "sent"
