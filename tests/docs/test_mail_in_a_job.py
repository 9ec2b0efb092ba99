"""What docs/how-to/mail-in-a-job.md writes runs: its job, its payment, its test."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core import mail
from django.db import transaction

from nuages.jobs import registry
from nuages.testing import run_jobs
from shop.models import Order
from tests.docs.blocks import ROOT, blocks
from tests.http.accounting import LOCMEM, choose_mailer

PAGE = ROOT / "docs/how-to/mail-in-a-job.md"


def test_the_page_sends_a_mail(database: Any, settings: Any, monkeypatch: Any) -> None:
    """Once, though it is asked for twice, and none for what is taken back; its own test is green."""
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    choose_mailer(settings, LOCMEM)
    scope: dict[str, Any] = {"__name__": "shop.documented_mails"}
    for block in blocks(PAGE):
        if block.text.startswith(("# shop/jobs.py", "# shop/paying.py", "# shop/tests.py")):
            text = block.text.replace("from shop.jobs import confirm_order\n", "")
            text = text.replace("@transaction.atomic", f'@transaction.atomic(using="{database.alias}")')
            exec(compile(text, str(PAGE), "exec"), scope)  # the page's own words
    ann = get_user_model().objects.create_user("ann", "ann@example.org")
    with transaction.atomic(using=database.alias):
        scope["pay"](Order.objects.create(customer=ann))
        transaction.set_rollback(True, using=database.alias)
    assert run_jobs() == []
    order = Order.objects.create(customer=ann)
    scope["test_who_pays_gets_a_mail"](order)
    scope["pay"](order)
    assert run_jobs() == []
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["ann@example.org"]
