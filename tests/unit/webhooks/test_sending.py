"""Events become deliveries and jobs; a receiver checks them with the library of Standard Webhooks."""

import datetime as dt
import json
import logging
import socket
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.functions import Now
from standardwebhooks import Webhook

from nuages.errors import Conflict, Unprocessable
from nuages.models import StoredJob
from nuages.testing import run_jobs
from nuages.webhooks import (
    EVERYBODY,
    delivery,
    disable,
    register,
    renew_secret,
    send_again,
    send_ping,
    send_webhook,
    sending,
)
from nuages.webhooks.jobs import tidy_webhooks
from nuages.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tests.support.receiver import Received, Receiver, receive

LOOPBACK = "127.0.0.0/8"


@pytest.fixture(autouse=True)
def opened(settings: Any) -> None:
    """The tests' receivers may be called."""
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS = [LOOPBACK]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes everything, until it is told otherwise."""
    with receive() as found:
        yield found


def person(name: str, **terms: Any) -> Any:
    """A user."""
    return get_user_model().objects.create_user(name, **terms)


def subscribe(receiver: Receiver, *events: str, owner: Any = None, path: str = "/told") -> tuple[Any, str]:
    """Register an endpoint at the receiver."""
    made: tuple[Any, str] = register(receiver.url(path), events or ["*"], owner=owner)
    return made


def only_delivery() -> WebhookDelivery:
    """The one there is."""
    return WebhookDelivery.objects.get()


def noted() -> list[tuple[int | None, str]]:
    """What came of each attempt, in order."""
    return list(WebhookAttempt.objects.order_by("pk").values_list("status_code", "error"))


def opened_by(secret: str, request: Received) -> Any:
    """The document of a message, which the library has checked."""
    return Webhook(secret).verify(request.body, request.headers)


def test_an_event_is_delivered_to_who_wants_it(database: Any, receiver: Receiver) -> None:
    """Signed, once, with what happened and when; nothing of it before the jobs are run."""
    ann = person("ann")
    endpoint, secret = subscribe(receiver, "order.paid", owner=ann)
    assert send_webhook("order.paid", {"id": 7, "total": Decimal("9.90")}, owners=[ann]) == 1
    assert receiver.received == []
    assert [job.status for job in run_jobs()] == ["succeeded"]
    [request] = receiver.received
    document = opened_by(secret, request)
    assert (document["type"], document["data"]) == ("order.paid", {"id": 7, "total": "9.90"})
    assert dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(document["timestamp"]) < dt.timedelta(minutes=1)
    delivery = only_delivery()
    assert request.headers["webhook-id"] == delivery.message_id
    assert (delivery.endpoint_id, delivery.attempts, delivery.status_code) == (endpoint.pk, 1, 204)
    assert delivery.delivered_at is not None
    assert delivery.failed_at is None
    assert delivery.job == StoredJob.objects.get().pk
    assert noted() == [(204, "")]


def test_what_is_rolled_back_is_not_told(database: Any, receiver: Receiver) -> None:
    """Neither the delivery nor its job is there."""
    subscribe(receiver)
    with transaction.atomic(using=database.alias):
        assert send_webhook("order.paid", {}) == 1
        transaction.set_rollback(True, using=database.alias)
    assert run_jobs() == []
    assert (receiver.received, WebhookDelivery.objects.count()) == ([], 0)


def test_who_is_told_of_what(database: Any, receiver: Receiver) -> None:
    """The project of all, users of their own, nobody of what they have not subscribed to."""
    ann, bob, gone = person("ann"), person("bob"), person("gone", is_active=False)
    subscribe(receiver, path="/told?the-project")
    for owner in (ann, bob, gone):
        subscribe(receiver, "order.paid", owner=owner, path=f"/told?{owner.username}")
    subscribe(receiver, "order.placed", owner=ann, path="/told?placed")
    stopped, _ = subscribe(receiver, "*", owner=ann, path="/told?stopped")
    assert disable(stopped.pk, "stopped")

    def told(**terms: Any) -> list[str]:
        receiver.received.clear()
        count = send_webhook("order.paid", {}, **terms)
        run_jobs()
        assert len(receiver.received) == count
        return sorted(each.path.partition("?")[2] for each in receiver.received)

    assert told() == ["the-project"]
    assert told(owners=[]) == ["the-project"]
    assert told(owners=[ann]) == ["ann", "the-project"]
    assert told(owners=[bob.pk, gone]) == ["bob", "the-project"]
    assert told(owners=EVERYBODY) == ["ann", "bob", "the-project"]


def test_what_is_refused_is_tried_again_as_the_same_message(database: Any, receiver: Receiver) -> None:
    """Later and later, with one id, and signed anew; each attempt is noted."""
    endpoint, secret = subscribe(receiver)
    receiver.answers[:] = [503, 302]
    send_webhook("order.placed", {"id": 7})
    run_jobs()
    assert len(receiver.received) == 1  # the second is not due yet
    assert WebhookEndpoint.objects.get().failing_since is not None
    jobs = run_jobs(skip_delays=True)
    assert {job.status for job in jobs} == {"succeeded"}
    assert len(receiver.received) == 3
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert {str(opened_by(secret, request)["data"]) for request in receiver.received} == {"{'id': 7}"}
    assert noted() == [(503, "status"), (302, "status"), (204, "")]
    assert only_delivery().attempts == 3
    assert WebhookEndpoint.objects.get(pk=endpoint.pk).failing_since is None


def test_what_is_never_taken_fails_in_the_end(database: Any, receiver: Receiver) -> None:
    """After a day of attempts; the job is a dead letter, and the message may be sent again by hand."""
    subscribe(receiver)
    receiver.answers[:] = [500] * 14
    send_webhook("order.placed", {})
    jobs = run_jobs(skip_delays=True)
    assert (len(receiver.received), jobs[-1].status) == (14, "failed")
    terms = sending.deliver.function.terms
    waits_s = [min(terms.backoff_s * 2**number, terms.max_backoff_s) for number in range(terms.max_attempts - 1)]
    assert 20 <= sum(waits_s) / 3600 <= 30
    delivery = only_delivery()
    assert delivery.failed_at is not None
    send_again(delivery)
    run_jobs()
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.failed_at) == (15, None)
    assert delivery.delivered_at is not None
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1


def test_a_message_that_was_delivered_is_not_sent_again_by_a_job_that_runs_twice(
    database: Any, receiver: Receiver
) -> None:
    """As after the death of its worker."""
    subscribe(receiver)
    send_webhook("order.placed", {})
    run_jobs()
    StoredJob.objects.update(status="queued", attempts=0)
    run_jobs()
    assert len(receiver.received) == 1


def test_who_answers_410_is_asked_no_more(database: Any, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """Nor with what was on its way already; the endpoint says why."""
    subscribe(receiver)
    receiver.answers[:] = [410]
    send_webhook("order.placed", {})
    send_webhook("order.paid", {})
    with caplog.at_level(logging.WARNING, "nuages.webhooks"):
        assert [job.status for job in run_jobs()] == ["succeeded", "succeeded"]
    assert len(receiver.received) == 1
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.is_active, endpoint.disabled_why) == (False, "gone")
    assert endpoint.disabled_at is not None
    assert receiver.url() not in caplog.text
    assert "gone" in caplog.text
    assert all(each.failed_at is not None for each in WebhookDelivery.objects.all())
    assert send_webhook("order.paid", {}) == 0


def test_who_fails_for_days_is_asked_no_more(database: Any, receiver: Receiver) -> None:
    """Where nothing has been taken in between."""
    subscribe(receiver)
    receiver.answers[:] = [500] * 3
    send_webhook("order.placed", {})
    run_jobs()
    WebhookEndpoint.objects.update(failing_since=Now() - dt.timedelta(days=5, minutes=-1))
    run_later()
    assert WebhookEndpoint.objects.get().is_active
    WebhookEndpoint.objects.update(failing_since=Now() - dt.timedelta(days=5, minutes=1))
    run_later()
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.is_active, endpoint.disabled_why) == (False, "failing")


def test_the_owner_who_may_not_log_in_hears_nothing(database: Any, receiver: Receiver) -> None:
    """Not even of what was on its way."""
    ann = person("ann")
    subscribe(receiver, owner=ann)
    assert send_webhook("order.paid", {}, owners=[ann]) == 1
    get_user_model().objects.update(is_active=False)
    run_jobs()
    assert receiver.received == []
    assert only_delivery().error == "disabled"


def test_o29_the_address_is_checked_at_each_attempt(
    database: Any, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that led elsewhere when it was registered is looked up once, and what is found is what is called."""
    asked: list[str] = []
    answers = ["93.184.215.14", "127.0.0.1", "169.254.169.254", "127.0.0.1", "127.0.0.2"]

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(asked) - 1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS, settings.NUAGES_WEBHOOK_PORTS = [], [receiver.port]
    endpoint, _ = register(receiver.url(host="rebinds.example").replace("http:", "https:"), ["*"], owner=None)
    send_webhook("order.paid", {})
    assert [job.status for job in run_jobs()] == ["queued"]
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    run_later()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=receiver.url(host="rebinds.example"))
    assert receiver.received == []
    run_later()
    assert [request.headers["Host"] for request in receiver.received] == [f"rebinds.example:{receiver.port}"]
    assert noted() == [(None, "forbidden-address"), (None, "forbidden-address"), (204, "")]
    assert asked == ["rebinds.example"] * 4


def run_later() -> None:
    """Run what waits, once."""
    StoredJob.objects.filter(status="queued").update(run_at=Now())
    run_jobs()


def test_secrets_are_changed_without_a_gap(database: Any, receiver: Receiver) -> None:
    """For a day both sign; what is stored shows neither, and can be read by another SECRET_KEY's fallback alone."""
    endpoint, old = subscribe(receiver)
    new = renew_secret(endpoint)
    assert old != new
    stored = WebhookEndpoint.objects.get().sealed_secrets
    assert old.removeprefix("whsec_") not in stored
    send_ping(endpoint)
    run_jobs()
    [request] = receiver.received
    for secret in (old, new):
        assert opened_by(secret, request)["type"] == "ping"


def test_another_secret_key_reads_what_the_last_one_sealed(database: Any, receiver: Receiver, settings: Any) -> None:
    """While it is a fallback; after a night it need not be one any more."""
    endpoint, secret = subscribe(receiver)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another key of the project, as long as it should be"
    send_ping(endpoint)
    jobs = run_jobs()
    assert (jobs[0].status, receiver.received) == ("queued", [])
    assert secret not in jobs[0].traceback
    settings.SECRET_KEY_FALLBACKS = [before]
    tidy_webhooks()
    settings.SECRET_KEY_FALLBACKS = []
    run_jobs(skip_delays=True)
    assert opened_by(secret, receiver.received[0])["type"] == "ping"


def test_old_deliveries_are_forgotten(database: Any, receiver: Receiver) -> None:
    """With their attempts, after the days that the project says."""
    endpoint, _ = subscribe(receiver)
    for _ in range(3):
        send_ping(endpoint)
        run_jobs()
    old = WebhookDelivery.objects.first()
    assert old is not None
    WebhookDelivery.objects.filter(pk=old.pk).update(created_at=Now() - dt.timedelta(days=31))
    assert tidy_webhooks() == 1
    assert (WebhookDelivery.objects.count(), WebhookAttempt.objects.count()) == (2, 2)


@pytest.mark.parametrize("events", [[], ["order.payed"], ["order.paid", "ORDER.PAID"], ["ping"], ["x" * 5000]])
def test_events_that_there_are_not_are_refused(events: list[str], database: Any, receiver: Receiver) -> None:
    """With the places in the body."""
    with pytest.raises(Unprocessable) as caught:
        subscribe(receiver, *(events or [""]))
    assert [fault.pointer for fault in caught.value.faults] == [f"/events/{len(events or [1]) - 1}"]
    with pytest.raises(Unprocessable, match=r"order\.paid"):
        register(receiver.url(), [], owner=None)


def test_nobody_has_more_endpoints_than_one_may(database: Any, receiver: Receiver, settings: Any) -> None:
    """Each is one more call for each event."""
    settings.NUAGES_WEBHOOK_MAX_ENDPOINTS = 2
    ann, bob = person("ann"), person("bob")
    for owner in (ann, ann, bob, None, None, None):
        subscribe(receiver, owner=owner)
    with pytest.raises(Conflict):
        subscribe(receiver, owner=ann)


def test_what_cannot_be_told_is_the_callers_fault(database: Any, receiver: Receiver) -> None:
    """And nothing is stored."""
    subscribe(receiver)
    with pytest.raises(ValueError, match=r"mean 'order\.p"):
        send_webhook("order.payed", {})
    with pytest.raises(ValueError, match="262,144 bytes"):
        send_webhook("order.paid", "x" * sending.MOST_BYTES)
    with pytest.raises(TypeError):
        send_webhook("order.paid", object())
    assert WebhookDelivery.objects.count() == 0
    assert json.loads(json.dumps(run_jobs())) == []


def test_who_does_not_answer_keeps_workers_for_a_short_time(
    database: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first time; and is pinged once at a time."""
    monkeypatch.setattr(delivery, "DEADLINE_S", 0.2)
    monkeypatch.setattr(delivery, "FAILING_DEADLINE_S", 0.1)
    endpoint, _ = subscribe(receiver, path="/silence")
    send_ping(endpoint)
    run_jobs()
    with pytest.raises(Conflict):
        send_ping(endpoint)
    monkeypatch.setattr(delivery, "DEADLINE_S", 60.0)  # longer than the receiver is silent
    run_later()
    assert noted() == [(None, "too-slow")] * 2
