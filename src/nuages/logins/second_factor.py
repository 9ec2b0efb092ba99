"""Ask for the code of a second factor after a right password, and count those that are wrong. Keeps no factor itself.

Whoever comes this far knows the password. So wrong codes count for the account, wherever they come from: nobody else
can lock its user out by them, and a million codes cannot be tried from as many addresses.
Source: NIST SP 800-63B sections 5.1.3.2 and 5.2.2; RFC 6238 section 5.2; OWASP, Multifactor Authentication Cheat Sheet.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

from nuages.errors import NotIdentified
from nuages.logins.limits import Limits

PASSWORD = ("pwd",)  # RFC 8176
WITH_CODE = ("pwd", "otp", "mfa")
CODE = ("otp",)


class SecondFactor(Protocol):
    """What keeps the second factors of users."""

    def is_wanted(self, user: Any) -> bool:
        """Whether a password alone does not prove that it is this user."""
        ...

    def use(self, user: Any, code: str) -> bool:
        """Use a code up: whether it was right, and nobody has used it before, whoever asks at once."""
        ...


class Codes:
    """The codes of whatever keeps second factors, None where nothing does."""

    def __init__(self, limits: Limits, factor: SecondFactor | None) -> None:
        self._limits = limits
        self._factor = factor

    def are_wanted(self, user: Any) -> bool:
        """Whether a password alone does not prove that it is this user; asks nothing where there are no factors."""
        return self._factor is not None and self._factor.is_wanted(user)

    def prove(self, user: Any, code: str | None, account: str, address: str) -> tuple[str, ...]:
        """Say what a right password proves with this code; nothing where the code is wrong.

        Shapes: words of RFC 8176; `account` and `address` are those for which the password was counted.
        Raises: NotIdentified `second-factor-required` where there is no code; TooManyRequests.
        """
        if not self.are_wanted(user):
            return PASSWORD
        if code is None:
            # Neither wrong nor right: else guesses at codes could be forgotten by it.
            self._limits.take_back(account, address)
            raise code_wanted()
        return WITH_CODE if self.use(user, code) else ()

    def use(self, user: Any, code: str) -> bool:
        """Use a code up; whether it was right.

        Raises: TooManyRequests where too many were wrong.
        """
        if self._factor is None:
            return False
        self._limits.take_code(user.pk)
        if not self._factor.use(user, code):
            logging.getLogger("nuages.security").warning("A wrong code of a second factor: user %s.", user.pk)
            return False
        self._limits.give_back_code(user.pk)
        return True


def code_wanted() -> NotIdentified:
    """The answer to a right password that does not suffice."""
    detail = "This user has a second factor: send its code beside the password, as code."
    return NotIdentified(detail, code="second-factor-required")


def wrong_credentials(*, has_code: bool) -> NotIdentified:
    """The answer to all that proves nothing, whatever was wrong with it."""
    detail = "The name, the password or the code is wrong." if has_code else "The name or the password is wrong."
    return NotIdentified(detail, code="invalid-credentials")
