"""Ask several ways of proving who one is, in order: the first whose credential is there decides, for good or bad."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify.principal import ANONYMOUS, Principal


class Authenticator:
    """One way of proving who one is; an author's own derives from it.

    Shapes: `challenge` is how a refusal offers it in `WWW-Authenticate` (RFC 9110 section 11.6.1), empty where it is
        not offered; `vary` are the request headers that it reads.
    """

    challenge: ClassVar[str] = ""
    vary: ClassVar[tuple[str, ...]] = ()

    def identify(self, request: Request) -> Principal | None:
        """Give who is asking; None where this way's credential is not there.

        Raises: NotIdentified for a credential that is there and proves nothing.
        """
        raise NotImplementedError

    def start(self, title: str) -> Iterable[Misdeclared]:  # noqa: ARG002  # for others to use
        """Read settings and keys, once, when the API of this title is built; give what is wrong with them."""
        return ()


class Identifier:
    """Several ways as one; `challenges` is the value of `WWW-Authenticate`."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self.authenticators = tuple(authenticators)
        self.challenges = ", ".join(way.challenge for way in self.authenticators if way.challenge)
        self._ways = tuple([way.identify for way in self.authenticators])

    def __call__(self, request: Request) -> Principal:
        """Find who is asking; anybody, where no credential is there.

        Raises: NotIdentified for the first credential that is there and proves nothing: it never falls through.
        """
        for identify in self._ways:
            principal = identify(request)
            if principal is not None:
                return principal
        return ANONYMOUS
