"""The first credential that is there decides; none is anybody."""

import pytest

from nuages import Authenticator, Principal
from nuages.errors import BadRequest, NotIdentified
from nuages.http.request import Request
from nuages.identify.chain import Identifier, TokenReader


class By(Authenticator):
    """Somebody whom a header names; "bad" proves nothing."""

    def __init__(self, header: str) -> None:
        self.header = header

    def identify(self, request: Request) -> Principal | None:
        said = request.header(self.header)
        if said == "bad":
            raise NotIdentified("This proves nothing.")
        return Principal(said, self.header) if said else None


IDENTIFY = Identifier([By("x-first"), By("x-second")])


def asked(**headers: str) -> Request:
    return Request("GET", "/", "", {name.replace("_", "-"): value for name, value in headers.items()})


def test_no_credential_is_anybody() -> None:
    """Without any credential, nobody is identified and nothing is refused."""
    assert not IDENTIFY(asked()).is_authenticated


def test_first_credential_that_is_there_decides() -> None:
    """A later way is asked only where the earlier ones' credentials are absent."""
    assert IDENTIFY(asked(x_second="ben")).method == "x-second"
    assert IDENTIFY(asked(x_first="ada", x_second="ben")).user == "ada"


def test_bad_credential_never_falls_through() -> None:
    """A bad credential is refused although another one is good."""
    with pytest.raises(NotIdentified):
        IDENTIFY(asked(x_first="bad", x_second="ben"))


class ByForm(TokenReader):
    """Takes the tokens that begin with a letter; "bad" after it proves nothing."""

    def __init__(self, letter: str) -> None:
        self.letter = letter
        self.asked: list[str] = []

    def is_mine(self, token: str) -> bool:
        return token.startswith(self.letter)

    def identify(self, request: Request) -> Principal | None:
        value = request.header("authorization")
        if value is None:
            return None
        self.asked.append(value)
        if value.endswith("bad"):
            raise NotIdentified("This proves nothing.")
        return Principal(value, self.letter)


def test_each_token_goes_to_whose_form_it_has() -> None:
    """Good or bad, whatever the order; the others are not asked, and what is nobody's is refused at once."""
    ways = [ByForm(letter) for letter in "abb"]
    identify = Identifier(ways)
    assert [identify(asked(authorization=f"Bearer {text}")).method for text in ("b1", "a1")] == ["b", "a"]
    for text in ("bbad", "abad", "c1", "", "b1, Bearer a1"):
        with pytest.raises((NotIdentified, BadRequest)):
            identify(asked(authorization=f"Bearer {text}"))
    assert [way.asked for way in ways] == [["Bearer a1", "Bearer abad"], ["Bearer b1", "Bearer bbad"], []]


def test_one_alone_gets_every_token() -> None:
    """Its form is not looked at."""
    assert Identifier([ByForm("a")])(asked(authorization="Bearer z")).method == "a"


def test_readers_of_tokens_stand_where_the_first_of_them_does() -> None:
    """What is before it is asked before, what is between them after all of them."""
    identify = Identifier([By("x-first"), ByForm("a"), By("x-second"), ByForm("b")])
    both = {"x_second": "ben", "authorization": "Bearer b1"}
    assert identify(asked(**both)).method == "b"
    assert identify(asked(x_first="ada", **both)).method == "x-first"
    for other in (asked(x_second="ben"), asked(x_second="ben", authorization="Basic eDp5")):
        assert identify(other).method == "x-second"
    assert identify.challenges == 'Bearer realm="api"'
