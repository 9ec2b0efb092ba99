"""Workers in processes of their own deliver webhooks and mails, whatever becomes of receivers, servers and workers."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.live.processes import children_of, wait_for
from tests.live.racing import temp_url
from tests.live.working import Jobs
from tests.support.receiver import Receiver, receive

_NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgres": "now()"}
_PAID = """
from django.contrib.auth import get_user_model
from nuages.webhooks import register
from shop.models import Author, Book, Order, OrderItem
from shop.selling import pay_order
ann = get_user_model().objects.create_user("ann", "ann@example.org")
endpoint, secret = register({url!r}, ["*"], owner=ann)
book = Book.objects.create(title="Gigi", price="9.99", author=Author.objects.create(name="Colette"))
order = Order.objects.create(customer=ann)
OrderItem.objects.create(order=order, book=book, quantity=1, price="9.99")
with transaction.atomic():
    pay_order(order)
try:
    with transaction.atomic():
        order.paid_at = None
        pay_order(order)
        raise KeyError
except KeyError:
    pass
open("secret", "w").write(secret)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database it is."""
    return str(request.param)


@pytest.fixture
def jobs(kind: str, seeded: Path, tmp_path: Path) -> Iterator[Jobs]:
    """No job yet."""
    with temp_url(kind, tmp_path, seeded) as url:
        yield Jobs(url, tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with receive() as found:
        yield found


def test_a_paid_order_is_told_of(jobs: Jobs, kind: str, receiver: Receiver, tmp_path: Path) -> None:
    """By one mail, and by a webhook that comes in after its worker was killed, and its receiver was away."""
    receiver.holds = True
    jobs.enqueue(_PAID.format(url=receiver.url()))
    letters = tmp_path / "letters"
    with jobs.worker(TEST_LEASE_S="1", TEST_MAILS=str(letters)) as worker:
        wait_for(lambda: len(receiver.received) == 1, worker.said)
        for child in children_of(worker.process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        receiver.answers[:] = [503, 503]  # to whom is gone, and to the next
        receiver.holds = False
        wait_for(lambda: jobs.ask("SELECT error FROM nuages_webhook_delivery") == [("status",)], worker.said)
        wait_for(lambda: _is_done(jobs, kind), worker.said)
    secret = (tmp_path / "secret").read_text()
    told = [Webhook(secret).verify(each.body, each.headers) for each in receiver.received]
    assert len(told) == 3
    assert {each["type"] for each in told} == {"order.paid"}
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    assert jobs.ask("SELECT status_code FROM nuages_webhook_attempt ORDER BY id") == [(503,), (204,)]
    assert jobs.ask("SELECT attempts, status_code FROM nuages_webhook_delivery") == [(2, 204)]
    [letter] = letters.iterdir()
    assert "To: ann@example.org" in letter.read_text()
    assert secret.removeprefix("whsec_") not in worker.said()
    assert json.dumps(jobs.ask("SELECT sealed_secrets FROM nuages_webhook_endpoint")).count(secret) == 0


def _is_done(jobs: Jobs, kind: str) -> bool:
    """Whether every job has succeeded; none waits, as if its 30 s were over."""
    jobs.ask(f"UPDATE nuages_job SET run_at = {_NOW[kind]} WHERE status = 'queued'")
    return set(jobs.statuses()) == {"succeeded"}
