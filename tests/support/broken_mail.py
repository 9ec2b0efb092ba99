"""A mail backend whose server is away. No test lives here."""

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend


class BrokenMail(BaseEmailBackend):
    """Refuses to connect."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        """Fail."""
        raise ConnectionRefusedError("nobody answers")
