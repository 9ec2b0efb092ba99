"""Ask for a second factor after a right password, and count what is wrong: codes, and passkeys. Keeps no factor itself.

Whoever comes this far knows the password. So wrong codes count for the account, wherever they come from: nobody else
can lock its user out by them, and a million codes cannot be tried from as many addresses.
Source: NIST SP 800-63B sections 5.1.3.2 and 5.2.2; RFC 6238 section 5.2; OWASP, Multifactor Authentication Cheat Sheet.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nuages.errors import NotIdentified
from nuages.logins.limits import Limits

PASSWORD = ("pwd",)  # RFC 8176
CODE = ("otp",)
_SEVERAL = "mfa"
NAMED = ("username", "password")
KINDS: dict[str, type] = {"code": str, "passkey": dict, "ceremony": str}
_NO_PROOF: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows beside a password or in its place: a code, or what a passkey has signed.

    Shapes: `passkey` is a browser's `PublicKeyCredential.toJSON()`, `ceremony` what came with its options.
    """

    code: str | None = field(default=None, repr=False)
    passkey: dict[str, Any] | None = field(default=None, repr=False)
    ceremony: str = field(default="", repr=False)

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Shown:
        """Read it from the members of a body, of the kinds `KINDS`."""
        return cls(members.get("code"), members.get("passkey"), members.get("ceremony", ""))

    @property
    def is_nothing(self) -> bool:
        """Whether there is neither."""
        return self.code is None and self.passkey is None


class SecondFactor(Protocol):
    """What keeps the second factors of users."""

    def is_wanted(self, user: Any) -> bool:
        """Whether a password alone does not prove that it is this user."""
        ...

    def use(self, user: Any, code: str) -> bool:
        """Use a code up: whether it was right, and nobody has used it before, whoever asks at once."""
        ...

    def offer_passkeys(self, user: Any) -> Mapping[str, Any] | None:
        """What a page needs to ask a user for a passkey; None for one who has none that could be used here."""
        ...

    def use_passkey(self, user: Any, ceremony: str, credential: dict[str, Any]) -> tuple[str, ...]:
        """What a passkey proves of a user: words of RFC 8176, nothing where it is wrong or this answer came before."""
        ...

    def find_by_passkey(self, ceremony: str, credential: dict[str, Any]) -> tuple[Any, tuple[str, ...]] | None:
        """The active user of a passkey that needs neither name nor password, and what it proves."""
        ...

    @property
    def is_passwordless(self) -> bool:
        """Whether there are such passkeys."""
        ...


class Codes:
    """The codes and passkeys of whatever keeps second factors, None where nothing does."""

    def __init__(self, limits: Limits, factor: SecondFactor | None) -> None:
        self._limits = limits
        self._factor = factor

    def are_wanted(self, user: Any) -> bool:
        """Whether a password alone does not prove that it is this user; asks nothing where there are no factors."""
        return self._factor is not None and self._factor.is_wanted(user)

    def needed(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The members that a login wants: name and password, or a passkey alone where that may let in."""
        if "passkey" not in document:
            return NAMED
        is_alone = self._factor is not None and self._factor.is_passwordless and not set(NAMED) & set(document)
        return ("ceremony",) if is_alone else (*NAMED, "ceremony")

    def find(self, shown: Shown, address: str) -> tuple[Any, tuple[str, ...]]:
        """The user of a passkey that comes alone, and what it proves; failures count for the address.

        Raises: NotIdentified; TooManyRequests.
        """
        self._limits.take_address(address)
        found = None
        if self._factor is not None and shown.passkey is not None:
            found = self._factor.find_by_passkey(shown.ceremony, shown.passkey)
        if found is None:
            raise NotIdentified("This passkey lets nobody in. Begin again.", code="invalid-credentials")
        self._limits.give_back_address(address)
        return found

    def prove(self, user: Any, shown: Shown, account: str, address: str) -> tuple[str, ...]:
        """Say what a right password proves with what is shown beside it; nothing where that is wrong.

        Shapes: words of RFC 8176; `account` and `address` are those for which the password was counted.
        Raises: NotIdentified `second-factor-required` where nothing is shown; TooManyRequests.
        """
        if not self.are_wanted(user):
            return PASSWORD
        if shown.is_nothing:
            # Neither wrong nor right: else guesses at codes could be forgotten by it.
            self._limits.take_back(account, address)
            raise self.wanted(user)
        methods = self.use(user, shown)
        return (*PASSWORD, methods[0], _SEVERAL) if methods else ()

    def use(self, user: Any, shown: Shown) -> tuple[str, ...]:
        """Use a code or a passkey's answer up; what it proves, nothing where it is wrong.

        Raises: TooManyRequests where too many were wrong.
        """
        if self._factor is None:
            return ()
        self._limits.take_code(user.pk)
        methods = self._used(self._factor, user, shown)
        if not methods:
            logging.getLogger("nuages.security").warning("A wrong code of a second factor: user %s.", user.pk)
            return ()
        self._limits.give_back_code(user.pk)
        return methods

    def wanted(self, user: Any) -> NotIdentified:
        """The answer to a right password that does not suffice; with what a page needs to ask for a passkey."""
        detail = "This user has a second factor: send its code beside the password, as code."
        problem = NotIdentified(detail, code="second-factor-required")
        offered = None if self._factor is None else self._factor.offer_passkeys(user)
        if offered is not None:
            problem.extension = {"passkey": offered}
        return problem

    @staticmethod
    def _used(factor: SecondFactor, user: Any, shown: Shown) -> tuple[str, ...]:
        if shown.passkey is not None:
            return factor.use_passkey(user, shown.ceremony, shown.passkey)
        return CODE if shown.code is not None and factor.use(user, shown.code) else _NO_PROOF


def wrong_credentials(shown: Shown) -> NotIdentified:
    """The answer to all that proves nothing, whatever was wrong with it."""
    if shown.passkey is not None:
        detail = "The name, the password or the passkey is wrong."
    elif shown.code is not None:
        detail = "The name, the password or the code is wrong."
    else:
        detail = "The name or the password is wrong."
    return NotIdentified(detail, code="invalid-credentials")
