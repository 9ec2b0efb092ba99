"""Turn a kind of mail and what it tells into a mail that is sent. Who gets which, and when, is not known here.

The texts are templates, which a project may have its own of: the first line is the subject, the rest the body.
Nothing that a stranger chose stands in a mail to somebody else: whoever writes it would write to our users.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_variables

KINDS = ("confirm", "known", "taken", "reset", "changed", "email", "moved")


def template_of(kind: str) -> str:
    """The name of the template of a kind of mail."""
    return f"nuages/accounts/{kind}.txt"


@sensitive_variables()
def send(kind: str, to: str, told: Mapping[str, object]) -> None:
    """Write a mail and send it; without an address it is written and thrown away, which takes as long.

    Raises: whatever the template or the mail server has against it.
    """
    subject, _, body = render_to_string(template_of(kind), dict(told)).strip().partition("\n")
    # Django sends nothing where the only address is none.
    EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to]).send()
