"""Django's admin makes endpoints, shows their secrets once, and sends again; it takes no address that users may not."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from standardwebhooks import Webhook

from nuages.testing import run_jobs
from nuages.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.support.receiver import Receiver, receive

pytestmark = pytest.mark.urls("tests.bookshop.admin_urls")
ENDPOINTS, DELIVERIES = "/admin/nuages_webhooks/webhookendpoint/", "/admin/nuages_webhooks/webhookdelivery/"
_SECRET = re.compile(r"<code>(whsec_[\w+/=]{44})</code>")


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """One that may be called."""
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    with receive() as found:
        yield found


@pytest.fixture
def admin(database: Any) -> Client:
    """The browser of a superuser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def _act(admin: Client, url: str, action: str, key: Any) -> str:
    return admin.post(url, {"action": action, "_selected_action": [key]}, follow=True).content.decode()


def test_what_the_admin_does_with_an_endpoint(admin: Client, receiver: Receiver) -> None:
    """Makes it, pings it, changes its secret, stops and enables it; no page shows a secret again."""
    form = {"url": receiver.url(), "events": " order.paid   order.placed ", "owner": ""}
    page = admin.post(f"{ENDPOINTS}add/", form, follow=True).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    [secret] = _SECRET.findall(page)
    assert endpoint.events == "order.paid order.placed"
    assert "on the way" in _act(admin, ENDPOINTS, "ping", endpoint.pk)
    assert "still under way" in _act(admin, ENDPOINTS, "ping", endpoint.pk)
    run_jobs()
    assert len(receiver.received) == 1
    Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    [new] = _SECRET.findall(_act(admin, ENDPOINTS, "renew_secret", endpoint.pk))
    _act(admin, ENDPOINTS, "stop", endpoint.pk)
    assert WebhookEndpoint.objects.get().disabled_why == "stopped"
    _act(admin, ENDPOINTS, "enable", endpoint.pk)
    assert WebhookEndpoint.objects.get().is_active
    for url in (ENDPOINTS, f"{ENDPOINTS}{endpoint.pk}/change/", f"{ENDPOINTS}{endpoint.pk}/history/"):
        page = admin.get(url).content.decode()
        assert "whsec_" not in page
        assert endpoint.sealed_secrets not in page
    form["events"] = "order.paid"
    assert admin.post(f"{ENDPOINTS}{endpoint.pk}/change/", form).status_code == 302
    assert WebhookEndpoint.objects.get().events == "order.paid"
    assert new != secret


def test_a_delivery_is_seen_and_sent_again(admin: Client, receiver: Receiver) -> None:
    """As the same message; nobody makes one by hand."""
    admin.post(f"{ENDPOINTS}add/", {"url": receiver.url(), "events": "*", "owner": ""})
    _act(admin, ENDPOINTS, "ping", WebhookEndpoint.objects.get().pk)
    run_jobs()
    delivery = WebhookDelivery.objects.get()
    assert "204" in admin.get(f"{DELIVERIES}{delivery.pk}/change/").content.decode()
    assert admin.get(f"{DELIVERIES}add/").status_code == 403
    assert "1 on the way" in _act(admin, DELIVERIES, "send_again", delivery.pk)
    run_jobs()
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    assert len(receiver.received) == 2


@pytest.mark.parametrize("wrong", [{"url": "https://127.0.0.2/"}, {"events": "order.payed"}], ids=str)
def test_what_may_not_be_is_refused(wrong: dict[str, str], admin: Client, receiver: Receiver) -> None:
    """In words, beside the field."""
    page = admin.post(f"{ENDPOINTS}add/", {"url": receiver.url(), "events": "*", **wrong}).content.decode()
    assert "errorlist" in page
    assert not WebhookEndpoint.objects.exists()
