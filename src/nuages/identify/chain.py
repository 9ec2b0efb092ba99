"""Ask several ways of proving who one is, in order: the first whose credential is there decides, for good or bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, TypeAlias

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify.credentials import BEARER, Scheme
from nuages.identify.principal import ANONYMOUS, Principal


class Authenticator:
    """One way of proving who one is; an author's own derives from it.

    Shapes: `challenge` is how a refusal offers it in `WWW-Authenticate` (RFC 9110 section 11.6.1), empty where it is
        not offered; `vary` are the request headers that it reads.
    """

    challenge: str = ""
    vary: ClassVar[tuple[str, ...]] = ()

    def identify(self, request: Request) -> Principal | None:
        """Give who is asking; None where this way's credential is not there.

        Raises: NotIdentified for a credential that is there and proves nothing.
        """
        raise NotImplementedError

    def start(self, title: str) -> Iterable[Misdeclared]:  # noqa: ARG002  # for others to use
        """Read settings and keys, once, when the API of this title is built; give what is wrong with them."""
        return ()

    def remarks(self, title: str) -> Iterable[Misdeclared]:  # noqa: ARG002  # for others to use
        """Give what stops nothing today and should be looked at, such as a date that is over."""
        return ()


class TokenReader(Authenticator):
    """A way that reads `Authorization: Bearer`. Where several do, each gets the tokens of its own form.

    Shapes: `spoken` is the scheme, where the word before the token is another one.
    """

    spoken: Scheme = BEARER
    challenge = BEARER.challenge
    vary = ("Authorization",)

    def is_mine(self, token: str) -> bool:
        """Whether a token has the form of this way's tokens: cheap, and without looking whether it is valid."""
        raise NotImplementedError


Identify: TypeAlias = Callable[[Request], Principal | None]


class Identifier:
    """Several ways as one; `challenges` is the value of `WWW-Authenticate`."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self.authenticators = tuple(authenticators)
        # Two ways may be offered in the same words.
        self.challenges = ", ".join(dict.fromkeys(way.challenge for way in self.authenticators if way.challenge))
        self._ways = tuple(_joined(self.authenticators))

    def __call__(self, request: Request) -> Principal:
        """Find who is asking; anybody, where no credential is there.

        Raises: NotIdentified for the first credential that is there and proves nothing: it never falls through.
        """
        for identify in self._ways:
            principal = identify(request)
            if principal is not None:
                return principal
        return ANONYMOUS


def _joined(ways: Sequence[Authenticator]) -> list[Identify]:
    """What is asked in turn; those that read tokens behind one word are asked as one, where the first of them is."""
    readers: dict[str, list[TokenReader]] = {}
    asked: list[Authenticator | list[TokenReader]] = []
    for way in ways:
        if not isinstance(way, TokenReader):
            asked.append(way)
        elif (word := way.spoken.name.lower()) in readers:
            readers[word].append(way)
        else:
            asked.append(readers.setdefault(word, [way]))
    return [_by_form(each) if isinstance(each, list) else each.identify for each in asked]


def _by_form(readers: Sequence[TokenReader]) -> Identify:
    if len(readers) == 1:  # one alone takes every token
        return readers[0].identify
    scheme = readers[0].spoken

    def identify(request: Request) -> Principal | None:
        value = request.header("authorization")
        token = None if value is None else scheme.read(value)
        if token is None:
            return None
        for reader in readers:
            if reader.is_mine(token):
                return reader.identify(request)
        raise scheme.invalid_token()

    return identify
