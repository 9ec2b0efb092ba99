"""Customers have their orders told to a server of theirs, which checks who tells; nobody hears of anybody else's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from nuages.models import IdempotentAnswer
from nuages.testing import run_jobs
from nuages.webhooks.models import WebhookEndpoint
from shop.api import api
from shop.models import Author, Book
from tests.http.acting import as_user
from tests.http.asking import ask, send
from tests.http.writing import change, faults, shown
from tests.support.receiver import Receiver, receive


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """One that may be called."""
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    with receive() as found:
        yield found


def add(who: dict[str, str], url: str, *events: str) -> Any:
    """Register an endpoint."""
    return change(api, "POST", "/webhooks", {"url": url, "events": list(events)}, **who)


def test_a_customer_hears_of_their_orders(database: Any, receiver: Receiver) -> None:
    """Of those placed and those paid, each as they have subscribed; the secret is shown once."""
    ann, bob = as_user("ann"), as_user("bob")
    made = add(ann, receiver.url("/told?ann"), "order.placed", "order.paid")
    assert made.status == 201, made.body
    secret = shown(made)["secret"]
    assert add(bob, receiver.url("/told?bob"), "*").status == 201
    url = f"/webhooks/{shown(made)['id']}"
    assert "secret" not in str(ask(api, "/webhooks", **ann)["items"]) + str(ask(api, url, **ann))
    Book.objects.create(id=1, title="Chéri", price="12.50", stock=5, author=Author.objects.create(name="Colette"))
    order = shown(change(api, "POST", "/orders", {"items": [{"book": 1, "quantity": 2}]}, **ann))
    assert change(api, "POST", f"/orders/{order['id']}/pay", **ann).status == 200
    assert change(api, "POST", f"/orders/{order['id']}/pay", **ann).status == 409
    run_jobs()
    told = [Webhook(secret).verify(each.body, each.headers) for each in receiver.received]
    assert {each.path for each in receiver.received} == {"/told?ann"}
    assert [(each["type"], each["data"]["id"]) for each in told] == [
        ("order.placed", order["id"]), ("order.paid", order["id"]),
    ]  # fmt: skip
    assert told[0]["data"]["paid_at"] is None
    assert told[1]["data"]["paid_at"] is not None
    deliveries = ask(api, url, **ann)["deliveries"]
    assert {(each["status_code"], each["attempts"], each["error"]) for each in deliveries} == {(204, 1, "")}
    assert {each["event_type"] for each in deliveries} == {"order.placed", "order.paid"}


def test_an_endpoint_is_its_owners(database: Any, receiver: Receiver) -> None:
    """Others neither see nor ping nor delete it, staff neither; who asks for nobody registers none."""
    ann, others = as_user("ann"), (as_user("bob"), as_user("sam", is_staff=True))
    url = f"/webhooks/{shown(add(ann, receiver.url(), '*'))['id']}"
    for who in others:
        assert ask(api, "/webhooks", **who)["items"] == []
        assert send(api, url, **who).status == 404
        assert change(api, "POST", f"{url}/ping", **who).status == 404
        assert change(api, "DELETE", url, **who).status == 404
    assert add({}, receiver.url(), "*").status == 401
    assert change(api, "PATCH", url, {"url": "https://a.example"}, **ann).status in {403, 405}
    assert change(api, "POST", f"{url}/ping", **ann).status == 204
    run_jobs()
    assert [json.loads(each.body)["type"] for each in receiver.received] == ["ping"]
    assert change(api, "DELETE", url, **ann).status == 204
    assert not WebhookEndpoint.objects.exists()


def test_a_secret_is_kept_with_no_answer(database: Any, receiver: Receiver) -> None:
    """An Idempotency-Key, which would have the answer stored in clear, is refused, and nothing is registered."""
    document = {"url": receiver.url(), "events": ["*"]}
    response = change(api, "POST", "/webhooks", document, **as_user("ann"), idempotency_key="k")
    assert response.status == 400
    assert not WebhookEndpoint.objects.exists()
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize(
    ("url", "events", "pointer"),
    [
        ("https://169.254.169.254/latest/", ["*"], "/url"),
        ("https://127.0.0.2/", ["*"], "/url"),
        ("no url", ["*"], "/url"),
        ("x" * 1001, ["*"], "/url"),
        (None, [], "/events"),
        (None, ["order.payed"], "/events/0"),
        (None, [1], "/events/0"),
    ],
)
def test_what_may_not_be_registered(
    url: str | None, events: list[Any], pointer: str, database: Any, receiver: Receiver
) -> None:
    """A 422 with its place."""
    response = add(as_user("ann"), url or receiver.url(), *events)
    assert response.status == 422, response.body
    assert [place for place, _ in faults(response)] == [pointer]
