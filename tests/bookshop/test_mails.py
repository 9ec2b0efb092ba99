"""Whoever has paid an order gets one mail once that is stored: on a console, in a file, and when the server is back."""

from pathlib import Path
from typing import Any

import pytest
from django import VERSION
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connections, transaction

from nuages.errors import Conflict
from nuages.testing import run_jobs
from shop.mails import confirm_order
from shop.models import Author, Book, Order, OrderItem
from shop.selling import pay_order
from tests.http.accounting import LOCMEM, choose_mailer

BACKENDS = "django.core.mail.backends"


@pytest.fixture
def order(database: Any, settings: Any) -> Order:
    """Two books of one title, for zoë."""
    choose_mailer(settings, LOCMEM)
    zoe = get_user_model().objects.create_user("zoë", "zoe@example.org")
    book = Book.objects.create(title="Gigi & <Chéri>", price="9.99", author=Author.objects.create(name="Colette"))
    made = Order.objects.create(customer=zoe)
    OrderItem.objects.create(order=made, book=book, quantity=2, price="9.99")
    return made


def pay(order: Order) -> None:
    """Pay it as the action does."""
    with transaction.atomic(using=connections[order._state.db or "default"].alias):
        pay_order(order)


def test_who_has_paid_gets_one_mail(order: Order) -> None:
    """As text and as HTML, with what was bought; whoever asks for it again gets none."""
    pay(order)
    assert mail.outbox == []
    assert [job.status for job in run_jobs()] == ["succeeded"]
    confirm_order.enqueue(order.pk)
    assert run_jobs() == []
    [letter] = mail.outbox
    assert (letter.subject, letter.to) == (f"Your order {order.pk}", ["zoe@example.org"])
    assert "Thank you, zoë." in letter.body
    assert "2 x Gigi & <Chéri>, 9.99 each" in letter.body
    assert "In all: 19.98" in letter.body
    [(page, kind)] = letter.alternatives
    assert kind == "text/html"
    assert "2 &times; Gigi &amp; &lt;Chéri&gt;, 9.99 each" in page


def test_an_order_that_is_taken_back_sends_nothing(order: Order) -> None:
    """Nor does one that cannot be paid."""
    with transaction.atomic(using=order._state.db):
        pay_order(order)
        transaction.set_rollback(True, using=order._state.db)
    Book.objects.update(stock=0)
    order.refresh_from_db()
    with pytest.raises(Conflict):
        pay(order)
    assert run_jobs() == []
    assert mail.outbox == []


def test_who_has_no_address_gets_none(order: Order) -> None:
    """And the job is done."""
    get_user_model().objects.update(email="")
    pay(order)
    assert [job.status for job in run_jobs()] == ["succeeded"]
    assert mail.outbox == []


def test_a_mail_waits_for_its_server(order: Order, settings: Any) -> None:
    """It is tried again, and sent when the server is back."""
    choose_mailer(settings, "tests.support.broken_mail.BrokenMail")
    pay(order)
    assert [job.status for job in run_jobs()] == ["queued"]
    choose_mailer(settings, LOCMEM)
    assert run_jobs() == []
    assert [job.status for job in run_jobs(skip_delays=True)] == ["succeeded"]
    assert len(mail.outbox) == 1


def test_mails_appear_on_the_console(order: Order, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """As the demo sends them."""
    choose_mailer(settings, f"{BACKENDS}.console.EmailBackend")
    pay(order)
    run_jobs()
    assert f"Subject: Your order {order.pk}" in capsys.readouterr().out


def test_mails_are_written_to_files(order: Order, settings: Any, tmp_path: Path) -> None:
    """One for each."""
    if VERSION >= (6, 1):
        options = {"file_path": str(tmp_path)}
        settings.MAILERS = {"default": {"BACKEND": f"{BACKENDS}.filebased.EmailBackend", "OPTIONS": options}}
    else:
        choose_mailer(settings, f"{BACKENDS}.filebased.EmailBackend")
        settings.EMAIL_FILE_PATH = str(tmp_path)
    pay(order)
    run_jobs()
    [written] = tmp_path.iterdir()
    assert f"Subject: Your order {order.pk}" in written.read_text()
